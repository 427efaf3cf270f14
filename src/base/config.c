#include "base/config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { FILE_BYTES = 1024 * 1024 };

static void *field(void *settings, const struct config_row *row)
{
	return (char *)settings + row->offset;
}

static bool is_text(const struct config_row *row)
{
	return row->type == CONFIG_STRING || row->type == CONFIG_WORD;
}

static int parse_bool(struct str value, bool *out)
{
	static const char *const words[] = {"no",  "yes", "false", "true",
					    "off", "on",  "0",	   "1"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_is(value, words[i])) {
			*out = i & 1;
			return 0;
		}
	}
	return -1;
}

static bool is_choice(const char *choices, struct str value)
{
	struct str rest = str_of(choices);

	while (rest.n) {
		if (str_eq(str_cut(&rest, '|'), value))
			return true;
	}
	return false;
}

static int assign(void *settings, const struct config_row *row,
		  struct str value, struct err *e)
{
	int64_t number;
	bool truth;
	char **text;

	switch (row->type) {
	case CONFIG_INT:
		if (str_to_i64(value, row->min, row->max, &number) < 0)
			return err_set(e, ERR_BAD_REQUEST,
				       "%s must be a whole number from %" PRId64
				       " to %" PRId64,
				       row->name, row->min, row->max);
		*(int64_t *)field(settings, row) = number;
		return 0;
	case CONFIG_BOOL:
		if (parse_bool(value, &truth) < 0)
			return err_set(e, ERR_BAD_REQUEST,
				       "%s must be yes or no", row->name);
		*(bool *)field(settings, row) = truth;
		return 0;
	case CONFIG_WORD:
		if (!is_choice(row->choices, value))
			return err_set(e, ERR_BAD_REQUEST,
				       "%s must be one of %s", row->name,
				       row->choices);
		break;
	case CONFIG_STRING:
		break;
	}
	text = field(settings, row);
	mem_free(*text);
	*text = mem_strndup(value.p, value.n);
	return 0;
}

void config_defaults(void *settings, const struct config_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (is_text(&rows[i]))
			*(char **)field(settings, &rows[i]) = NULL;
		assign(settings, &rows[i], str_of(rows[i].fallback), NULL);
	}
}

void config_release(void *settings, const struct config_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (is_text(&rows[i])) {
			mem_free(*(char **)field(settings, &rows[i]));
			*(char **)field(settings, &rows[i]) = NULL;
		}
	}
}

int config_set(void *settings, const struct config_row *rows, size_t n,
	       struct str name, struct str value, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (str_is(name, rows[i].name))
			return assign(settings, &rows[i], value, e);
	}
	return err_set(e, ERR_BAD_REQUEST, "unknown setting '%.*s'",
		       STR_ARG(name));
}

static int read_file(struct buf *text, const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");
	char *room;
	size_t n;

	if (!f)
		return err_set(e, ERR_INTERNAL, "%s: %s", path,
			       strerror(errno));
	do {
		room = buf_room(text, 4096);
		n = room ? fread(room, 1, 4096, f) : 0;
		if (n)
			buf_wrote(text, n);
	} while (n);
	n = (size_t)ferror(f);
	fclose(f);
	if (n || !buf_ok(text))
		return err_set(e, ERR_INTERNAL, "%s: cannot be read whole",
			       path);
	return 0;
}

static int load_line(void *settings, const struct config_row *rows, size_t n,
		     struct str line, struct err *e)
{
	struct str name;

	line = str_trim(line);
	if (line.n == 0 || line.p[0] == '#')
		return 0;
	if (!memchr(line.p, '=', line.n))
		return err_set(e, ERR_BAD_REQUEST, "expected 'name = value'");
	name = str_trim(str_cut(&line, '='));
	return config_set(settings, rows, n, name, str_trim(line), e);
}

int config_load(void *settings, const struct config_row *rows, size_t n,
		const char *path, struct err *e)
{
	struct buf text = BUF_INIT(FILE_BYTES);
	struct str rest;
	struct err why;
	size_t number = 0;
	int rc = read_file(&text, path, e);

	for (rest = buf_str(&text); rc == 0 && rest.n;) {
		number++;
		if (load_line(settings, rows, n, str_cut(&rest, '\n'), &why) <
		    0)
			rc = err_set(e, ERR_BAD_REQUEST, "%s:%zu: %s", path,
				     number, why.message);
	}
	buf_release(&text);
	return rc;
}

void config_sample(struct buf *out, const struct config_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_addf(out, "# %s", rows[i].help);
		if (rows[i].choices)
			buf_addf(out, " One of: %s.", rows[i].choices);
		buf_addf(out, "\n#%s = %s\n\n", rows[i].name, rows[i].fallback);
	}
}
