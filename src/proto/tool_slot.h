/*
 * The tool calls of one answer, as their pieces come (messages-api §13.4).
 * Backends number calls, or number all of them 0, or do not number them; give
 * ids, repeat them or do not: tool_slots_find() says which call a piece
 * belongs to.
 */
#ifndef PROTO_TOOL_SLOT_H
#define PROTO_TOOL_SLOT_H

#include "proto/tool_args.h"

enum {
	TOOL_SLOTS = 512,	     /* ceiling of calls in one answer */
	TOOL_ARGS_BYTES = 32 << 20,  /* ceiling of one call's arguments */
	TOOL_LABEL_BYTES = 64 << 10, /* ceiling of an id and of a name */
};

/* One piece of a call: decoded, borrowed; what is absent is empty. */
struct tool_piece {
	bool indexed;
	int64_t index;
	struct str id, name;
	bool has_args; /* more than white space in arguments */
	bool whole;    /* a call of a complete message: always its own */
};

struct tool_slot {
	enum { SLOT_WAIT, SLOT_OPEN, SLOT_DONE } state;
	bool indexed;
	bool closed;   /* arguments came as a value, not as text */
	bool again;    /* id and name were repeated after the end */
	uint16_t high; /* surrogate that waits for its other half */
	int64_t index;
	struct tool_args scan;
	struct buf id, name; /* the backend's */
	struct buf shown;    /* id given to the client, once open */
	struct buf args;     /* arguments not yet passed on */
	size_t nargs;	     /* bytes of arguments in all */
};

struct tool_slots {
	struct tool_slot *slot;
	size_t n, cap;
};

void tool_slots_release(struct tool_slots *l);
/* Number of the slot that the piece continues; l->n when it begins a call. */
size_t tool_slots_find(const struct tool_slots *l, const struct tool_piece *p);
/* A new one at the end; NULL past the ceiling. Moves the others. */
struct tool_slot *tool_slots_add(struct tool_slots *l);
/* Takes over what the piece says about the call: index, id and name, once. */
void tool_slot_label(struct tool_slot *s, const struct tool_piece *p);
/* Chooses the id for the client (§11.4) and keeps it in shown. */
void tool_slots_show(struct tool_slots *l, size_t i, uint64_t *seed);
/* Gives back the arguments of a call that is done with. */
void tool_slot_drop(struct tool_slot *s);

#endif
