/*
 * The operator's way in: at start the responder writes a random token to
 * state_dir/control, which only the owner of state_dir can read.  Who reads it
 * could read the database as well, so it grants nothing new.
 *
 * The administrators' interface takes the token from anywhere, web servers
 * included, and that is safe: 256 random bits that live as long as the process
 * cannot be guessed, it is compared in constant time, here only its keyed hash
 * is kept, and no browser ever holds it.  A request with it comes from somebody
 * who has read the file.
 */
#ifndef APP_CONTROL_H
#define APP_CONTROL_H

#include "app/app.h"

enum { CONTROL_TOKEN = 64 }; /* characters */

/* A new token, which replaces the one before. */
void control_renew(struct app *app, char token[CONTROL_TOKEN + 1]);
/* The same, written to the file with the address of the listening socket.  A
 * relay without it serves all the same: what fails is logged. */
void control_publish(struct app *app, int listen_fd);
/* Removes the file, if it was published, and forgets the token. */
void control_withdraw(struct app *app);
bool control_matches(const struct app *app, struct str token);

/* The file as llmrelayctl reads it. */
struct control {
	char *token;
	char *socket; /* absolute path; "" when it is no Unix socket */
	int64_t pid;
};

enum control_found {
	CONTROL_THERE,	/* *out is filled: control_release() */
	CONTROL_ABSENT, /* no responder runs */
	CONTROL_DENIED, /* we may not read it */
	CONTROL_BROKEN
};

enum control_found control_read(const char *state_dir, struct control *out,
				struct err *e);
void control_release(struct control *c);

#endif
