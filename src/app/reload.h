/*
 * The configuration file read again while requests are served.  The new
 * settings are published whole beside the old ones, which stay readable until
 * the end, so whoever reads needs no lock: a request may see old and new ones
 * if it reads twice, never half of a value.
 */
#ifndef APP_RELOAD_H
#define APP_RELOAD_H

#include "app/app.h"

struct reload_report {
	struct buf changed; /* names, one a line: these count from now on */
	struct buf restart; /* these differ in the file but need a new start */
	struct buf errors;  /* mistakes, one a line: nothing was changed */
};

void reload_report_init(struct reload_report *r);
void reload_report_release(struct reload_report *r);

/*
 * Logs what it did and fills the report.  ERR_BAD_REQUEST when the file has
 * mistakes, ERR_CONFLICT when this process has read no configuration itself.
 */
int reload(struct app *app, struct reload_report *report, struct err *e);
void reload_release(struct app *app); /* when nobody reads any more */

#endif
