/*
 * Choices of an account that few need: how its backend differs from what is
 * usual (messages-api §§5, 6, 8, 13, 14.2).  One table names them, says what
 * they mean and where they go; JSON, checks and the manual follow from it.
 */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include "base/json.h"

enum option_images { IMAGES_ALL, IMAGES_DATA };
enum option_pdf { PDF_PLACEHOLDER, PDF_REFUSE };
enum option_tool_images { TOOL_IMAGES_AFTER, TOOL_IMAGES_INLINE };
enum option_system_role { ROLE_SYSTEM, ROLE_DEVELOPER };
enum option_system_turns { TURNS_FOLD, TURNS_KEEP };
enum option_auth { AUTH_GATEWAY, AUTH_PASSTHROUGH };

/* All zero: the defaults. */
struct backend_options {
	int think_tags; /* enum think_tags */
	bool think_open;
	bool eof_is_end;
	int images, pdf, tool_images, system_role, system_turns;
	bool reasoning;
	bool all_efforts;
	char no_think_effort[32];
	int upstream_auth;
};

enum option_type { OPTION_SWITCH, OPTION_WORD, OPTION_TEXT };

struct option_row {
	const char *name;
	enum option_type type;
	size_t at;	   /* in struct backend_options */
	const char *words; /* OPTION_WORD: "first|second", in enum order */
	const char *help;
};
extern const struct option_row option_rows[];
extern const size_t option_count;

/* Changes what the object names; null brings the default back.  -1 with
 * ERR_BAD_REQUEST for an unknown name or a wrong value. */
int options_read(struct backend_options *o, const cJSON *object, struct err *e);
/* From the text of a record; what cannot be read is left at its default. */
void options_parse(struct backend_options *o, const char *text);
/* The reverse: those that are no defaults; NULL when all are (mem_free). */
char *options_text(const struct backend_options *o);
cJSON *options_show(const struct backend_options *o); /* all of them */

#endif
