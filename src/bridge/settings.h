/*
 * Where the responder is: llmrelay-cgi.conf beside the bridge, overridden by
 * LLMRELAY_CONFIG, LLMRELAY_SOCKET, LLMRELAY_RESPONDER and LLMRELAY_LOG that
 * the web server sets.
 */
#ifndef BRIDGE_SETTINGS_H
#define BRIDGE_SETTINGS_H

#include "base/err.h"

/* Paths; absolute, those of the file being relative to its folder. */
struct settings {
	char *file;	 /* llmrelay-cgi.conf; "": there is none */
	char *config;	 /* of the responder; "": its own default */
	char *socket;	 /* that the responder listens on */
	char *responder; /* the program, started when it is not running */
	char *log;	 /* its descriptors 1 and 2; "": none */
};

/* Release in any case. */
int settings_load(struct settings *s, char *const *env, struct err *e);
void settings_release(struct settings *s);

#endif
