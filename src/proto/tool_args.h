/*
 * The arguments of a tool call (messages-api §11.3, §13.4): a running scanner
 * that knows when the JSON of a call is complete, and the reading of complete
 * arguments as the `input` object of a tool_use block.
 */
#ifndef PROTO_TOOL_ARGS_H
#define PROTO_TOOL_ARGS_H

#include "base/buf.h"
#include "base/jscan.h"

struct tool_args {
	enum { ARGS_EMPTY, ARGS_OBJECT, ARGS_OTHER } kind; /* so far */
	uint32_t depth;					   /* brackets open */
	bool in_string;
	bool escaped;  /* behind a backslash */
	bool complete; /* the value has ended; only white space may follow */
	size_t part;   /* of an escape: so many bytes at the end of out */
};

/*
 * The next bytes (decoded) of the arguments: appends to out those that belong
 * to the value, without the white space around it.  A control character inside
 * a string, which models write and JSON forbids, is escaped, and lone
 * surrogates become \ufffd; for that the last a->part bytes of out must still
 * be there when more comes.  Returns how many bytes that are not white space
 * stood behind the end of the value.
 */
size_t tool_args_feed(struct tool_args *a, struct str bytes, struct buf *out);

enum tool_input { INPUT_AS_IS, INPUT_REPAIRED, INPUT_RAW };

/*
 * Appends a JSON object for args: args itself, the object in a JSON string,
 * {} for nothing or null, {"value": ...} for other JSON and
 * {"raw_arguments": "..."} for what is none.  cut: the answer ended at its
 * token limit, so open strings and brackets may be closed first.  scratch is
 * any document.
 */
enum tool_input tool_args_input(struct buf *out, struct str args, bool cut,
				struct jdoc *scratch);

#endif
