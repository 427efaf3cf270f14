/* Secrets and files that a command is given. */
#ifndef CTL_INPUT_H
#define CTL_INPUT_H

#include "base/json.h"

/*
 * Each initialises *out; -1 with *e.  A secret is one line without its end; on
 * a terminal it is asked for, without echo; a new one twice.  The name says
 * what is asked for.
 */
int input_line_of_file(const char *path, struct buf *out, struct err *e);
int input_secret(const char *name, struct buf *out, struct err *e);
int input_new_secret(const char *name, struct buf *out, struct err *e);
void input_wipe(struct buf *secret);

/* Up to 1 MB of JSON; "-" is standard input.  NULL with *e. */
cJSON *input_json(const char *path, struct err *e);

#endif
