/*
 * What a request asks for: as much of it as the demo answers to.  One struct
 * for all of its dialects.  Reading is strict where strict servers are, so that
 * a request that only lenient ones would take fails here.
 */
#ifndef DEMO_ASK_H
#define DEMO_ASK_H

#include "base/jscan.h"
#include "base/err.h"

enum dialect {
	DIALECT_CHAT, /* chat/completions */
	DIALECT_COMPLETIONS,
	DIALECT_RESPONSES,
	DIALECT_MESSAGES, /* Anthropic's */
	DIALECTS
};

enum { ASK_STOPS = 16, ASK_TOOLS = 4096 };
/* The prompt's size in tokens: words of all texts and arguments, and these. */
enum { ASK_TOKENS_MESSAGE = 3, ASK_TOKENS_TOOL = 16, ASK_TOKENS_IMAGE = 64 };

enum ask_choice { CHOICE_AUTO, CHOICE_NONE, CHOICE_REQUIRED, CHOICE_NAMED };
enum ask_format { FORMAT_TEXT, FORMAT_OBJECT, FORMAT_SCHEMA };

struct ask {
	struct jdoc doc;
	struct arena mem; /* decoded strings; others are slices of the body */
	struct str model;
	bool stream, include_usage, continuous;
	int64_t max_tokens; /* 0: no limit was given */
	struct str stop[ASK_STOPS];
	size_t nstop;
	struct buf user;   /* texts of the last user message, a line each */
	struct buf result; /* texts of the tool messages at the end */
	bool after_tool;   /* the last message is a tool's */
	size_t images, image_bytes;
	size_t messages, ntools;
	jref tools; /* array of tools, JNONE without any */
	enum ask_choice choice;
	struct str choice_name;
	enum ask_format format;
	jref schema;
	int64_t prompt_tokens;
};

/* body must outlive a; release in any case. */
int ask_read(struct ask *a, enum dialect dialect, struct str body,
	     struct err *e);
void ask_release(struct ask *a);

#endif
