/* The CGI environment (RFC 3875), as the web server hands it to the bridge. */
#ifndef BRIDGE_ENVIRONMENT_H
#define BRIDGE_ENVIRONMENT_H

#include "base/buf.h"

/* env is a list of NAME=VALUE ended by NULL, as in main().  "" when absent. */
const char *environment_value(char *const *env, const char *name);
/* The same for what Apache renames when it rewrites a request: NAME, else
 * REDIRECT_NAME, and so on; the first that is not empty. */
const char *environment_redirected(char *const *env, const char *name);
/* Appends what CGI defines, and the client's header, as FastCGI name-value
 * pairs (specification, section 3.4). */
void environment_params(char *const *env, struct buf *out);

#endif
