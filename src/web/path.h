/* From the request line to the path that routes are looked up by. */
#ifndef WEB_PATH_H
#define WEB_PATH_H

#include "base/arena.h"
#include "base/str.h"

/*
 * uri is REQUEST_URI: origin or absolute form.  The path is cut at `?`, freed
 * of the script's own name (cgi-bin installations), percent-decoded, its
 * repeated and trailing slashes removed; "/" stays.  The query is as sent.
 */
void path_split(struct str uri, struct str script_name, struct arena *a,
		struct str *path, struct str *query);

#endif
