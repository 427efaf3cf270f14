/*
 * What the parts of the Messages reader share: the state of one request, the
 * place in the body that an error message names, and typed access that refuses
 * with the messages of §3.  Private to the request reader.
 */
#ifndef PROTO_REQUEST_READER_H
#define PROTO_REQUEST_READER_H

#include "proto/anthropic_request.h"
#include "proto/chat_turn.h"
#include "proto/json_fields.h"

struct request_reader {
	const struct jdoc *doc;
	struct arena *arena;
	const struct anthropic_request_options *options;
	struct chat_request *out;
	struct err *e;
};

/* A step of a path: `messages.3` inside nothing, `content.1` inside that. */
struct place {
	const struct place *up;
	const char *name;
	size_t index; /* NO_INDEX: the name alone */
};
#define NO_INDEX SIZE_MAX

/*
 * Fails with `<place>.<member>: <reason>`; at may be NULL, member may be NULL.
 */
int reader_fail(struct request_reader *r, const struct place *at,
		const char *member, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* A part of a client's word that is short enough to be shown. */
struct str reader_shown(struct str word);

/* Fails when v is a container whose inside was not recorded. */
int reader_recorded(struct request_reader *r, const struct place *at, jref v);
/* Fails when the string v holds a lone surrogate. */
int reader_whole(struct request_reader *r, jref v);
/* The source of v, which is passed on as it is; fails when anything in it holds
 * a lone surrogate. */
int reader_raw(struct request_reader *r, jref v, struct str *out);
/* Chars of the string v; fails `Field required` when v is no string. */
int reader_chars(struct request_reader *r, const struct place *at,
		 const char *member, jref v, struct str *out);
/* Chars of v when it is a string, else out->p is NULL. */
int reader_optional_chars(struct request_reader *r, jref v, struct str *out);
/* As reader_chars, decoded, and not empty. */
int reader_word(struct request_reader *r, const struct place *at,
		const char *member, jref v, struct str *out);
/* v must be true or false when present. */
int reader_bool(struct request_reader *r, const char *path, jref v, bool *out);

/* Members of content blocks and of what stands inside them. */
enum block_field {
	BF_TYPE,
	BF_TEXT,
	BF_THINKING,
	BF_ID,
	BF_NAME,
	BF_INPUT,
	BF_TOOL_USE_ID,
	BF_CONTENT,
	BF_IS_ERROR,
	BF_SOURCE,
	BF_TITLE,
	BF_CONTEXT,
	BF_URL,
	BF_TOOL_NAME,
	BF_ERROR_CODE,
	BF_STDOUT,
	BF_STDERR,
	BF_LINES,
	BF_REFERENCES,
	BF_FIELDS
};

struct block {
	struct place at;
	jref f[BF_FIELDS];
	bool assistant; /* stands in an assistant's turn */
	bool nested;	/* stands inside another block */
};

/* Finds the members of v, an object of any kind. */
int block_fields(struct request_reader *r, jref v, struct block *b);
/* The same, but v must be an object with a type. */
int block_open(struct request_reader *r, jref v, struct block *b);
bool block_is(const struct request_reader *r, const struct block *b,
	      const char *type);

/* The parts, each in a file of its name. */
int request_system_read(struct request_reader *r, jref v,
			struct chat_items *texts);
int request_system_texts(struct request_reader *r, const struct place *at,
			 jref content, struct chat_items *texts);
int request_messages_read(struct request_reader *r, jref messages,
			  struct chat_items *system);
int request_block_read(struct request_reader *r, const struct block *b,
		       struct chat_items *out);
int request_text_read(struct request_reader *r, const struct block *b,
		      struct chat_items *out);
int request_image_read(struct request_reader *r, const struct block *b,
		       struct chat_items *out);
int request_document_read(struct request_reader *r, const struct block *b,
			  struct chat_items *out);
int request_search_result_read(struct request_reader *r, const struct block *b,
			       struct chat_items *out);
int request_result_content(struct request_reader *r, const struct block *b,
			   struct chat_items *out);
/* Whatever text stands in v, a value of a type that nobody knows. */
int request_gather(struct request_reader *r, const struct block *outer, jref v,
		   struct chat_items *out);
int request_tools_read(struct request_reader *r, jref tools, jref choice,
		       jref mcp_servers);
int request_search_read(struct request_reader *r, const struct place *at,
			jref tool);
int request_thinking_read(struct request_reader *r, jref thinking,
			  jref output_config, jref output_format);
int request_pairs_match(struct request_reader *r, struct chat_turn *turns,
			size_t n);
/* The backend's own id of a tool call (§11.4). */
struct str request_tool_id(struct str id, struct arena *a);

#endif
