#include "base/config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/nearest.h"

enum { FILE_BYTES = 1024 * 1024 };

static void *field(void *settings, const struct config_row *row)
{
	return (char *)settings + row->offset;
}

static bool is_text(const struct config_row *row)
{
	return row->type == CONFIG_STRING || row->type == CONFIG_PATH ||
	       row->type == CONFIG_WORD;
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

static int check_path(const struct config_row *row, struct str value,
		      struct err *e)
{
	if (value.n < (size_t)row->min)
		return err_set(e, ERR_BAD_REQUEST, "%s must not be empty",
			       row->name);
	if (value.n > (size_t)row->max)
		return err_set(e, ERR_BAD_REQUEST,
			       "%s must have at most %" PRId64 " bytes",
			       row->name, row->max);
	if (value.n && value.p[0] != '/')
		return err_set(e, ERR_BAD_REQUEST,
			       "%s must be an absolute path, one that begins "
			       "with /",
			       row->name);
	return 0;
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
	case CONFIG_PATH:
		if (check_path(row, value, e) < 0)
			return -1;
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

static const struct config_row *find(const struct config_row *rows, size_t n,
				     struct str name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_is(name, rows[i].name))
			return &rows[i];
	}
	return NULL;
}

static int refuse_name(const struct config_row *rows, size_t n, struct str name,
		       struct err *e)
{
	struct nearest nearest = {.given = name};

	for (size_t i = 0; i < n; i++)
		nearest_offer(&nearest, rows[i].name);
	if (!nearest.name)
		return err_set(e, ERR_BAD_REQUEST, "unknown setting '%.*s'",
			       STR_ARG(name));
	return err_set(e, ERR_BAD_REQUEST,
		       "unknown setting '%.*s'; did you mean %s?",
		       STR_ARG(name), nearest.name);
}

int config_set(void *settings, const struct config_row *rows, size_t n,
	       struct str name, struct str value, struct err *e)
{
	const struct config_row *row = find(rows, n, name);

	return row ? assign(settings, row, value, e)
		   : refuse_name(rows, n, name, e);
}

static const void *field_of(const void *settings, const struct config_row *row)
{
	return (const char *)settings + row->offset;
}

static const char *text_of(const void *settings, const struct config_row *row)
{
	return *(char *const *)field_of(settings, row);
}

bool config_same(const void *a, const void *b, const struct config_row *row)
{
	if (is_text(row))
		return strcmp(text_of(a, row), text_of(b, row)) == 0;
	if (row->type == CONFIG_BOOL)
		return *(const bool *)field_of(a, row) ==
		       *(const bool *)field_of(b, row);
	return *(const int64_t *)field_of(a, row) ==
	       *(const int64_t *)field_of(b, row);
}

void config_copy(void *to, const void *from, const struct config_row *row)
{
	if (is_text(row)) {
		char **text = field(to, row);

		mem_free(*text);
		*text = mem_strdup(text_of(from, row));
	} else if (row->type == CONFIG_BOOL) {
		*(bool *)field(to, row) = *(const bool *)field_of(from, row);
	} else {
		*(int64_t *)field(to, row) =
		    *(const int64_t *)field_of(from, row);
	}
}

void config_value(struct buf *out, const void *settings,
		  const struct config_row *row)
{
	if (is_text(row))
		buf_adds(out, text_of(settings, row));
	else if (row->type == CONFIG_BOOL)
		buf_adds(out,
			 *(const bool *)field_of(settings, row) ? "yes" : "no");
	else
		buf_addi(out, *(const int64_t *)field_of(settings, row));
}

/* files ------------------------------------------------------------------- */

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

struct loading {
	void *settings;
	const struct config_row *rows;
	size_t n;
	size_t *lines; /* where each setting was given; 0: nowhere yet */
	size_t number; /* of the line */
};

static bool has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' && s.p[i] != '\t')
			return true;
	}
	return false;
}

static int check_line(struct str line, struct err *e)
{
	if (has_control(line))
		return err_set(e, ERR_BAD_REQUEST,
			       "there is a control character in the line");
	if (!memchr(line.p, '=', line.n))
		return err_set(e, ERR_BAD_REQUEST, "expected 'name = value'");
	if (str_find(line, STR(" #")) != SIZE_MAX)
		return err_set(e, ERR_BAD_REQUEST,
			       "a comment must have a line of its own");
	return 0;
}

static int load_line(struct loading *l, struct str line, struct err *e)
{
	const struct config_row *row;
	struct str name;

	line = str_trim(line);
	if (line.n == 0 || line.p[0] == '#')
		return 0;
	if (check_line(line, e) < 0)
		return -1;
	name = str_trim(str_cut(&line, '='));
	row = find(l->rows, l->n, name);
	if (!row)
		return refuse_name(l->rows, l->n, name, e);
	if (l->lines[row - l->rows])
		return err_set(e, ERR_BAD_REQUEST,
			       "%s was given in line %zu already", row->name,
			       l->lines[row - l->rows]);
	l->lines[row - l->rows] = l->number;
	return assign(l->settings, row, str_trim(line), e);
}

static int load_text(struct loading *l, struct str text, const char *path,
		     struct buf *report, struct err *e)
{
	struct err why, first;
	size_t errors = 0;

	while (text.n) {
		l->number++;
		if (load_line(l, str_cut(&text, '\n'), &why) == 0)
			continue;
		if (report)
			buf_addf(report, "%s:%zu: %s\n", path, l->number,
				 why.message);
		if (++errors == 1)
			err_set(&first, why.kind, "%s:%zu: %s", path, l->number,
				why.message);
	}
	if (errors > 1)
		return err_set(e, first.kind, "%s (and %zu more)",
			       first.message, errors - 1);
	return errors ? err_set(e, first.kind, "%s", first.message) : 0;
}

int config_load(void *settings, const struct config_row *rows, size_t n,
		const char *path, struct buf *report, struct err *e)
{
	struct loading l = {.settings = settings, .rows = rows, .n = n};
	struct buf text = BUF_INIT(FILE_BYTES);
	struct err why;
	int rc;

	if (read_file(&text, path, &why) < 0) {
		if (report)
			buf_addf(report, "%s\n", why.message);
		rc = err_set(e, why.kind, "%s", why.message);
	} else {
		l.lines = mem_array(n, sizeof(*l.lines));
		rc = load_text(&l, buf_str(&text), path, report, e);
		mem_free(l.lines);
	}
	buf_release(&text);
	return rc;
}

/* documents --------------------------------------------------------------- */

static void add_range(struct buf *out, const struct config_row *row)
{
	if (row->choices)
		buf_addf(out, "One of: %s.", row->choices);
	else if (row->type == CONFIG_INT)
		buf_addf(out, "From %" PRId64 " to %" PRId64 ".", row->min,
			 row->max);
	else if (row->type == CONFIG_BOOL)
		buf_adds(out, "yes or no.");
	else if (row->type == CONFIG_PATH)
		buf_adds(out, "An absolute path.");
}

/* Breaks the text into comment lines. */
static void add_comment(struct buf *out, struct str text)
{
	enum { COLUMNS = 78 };
	size_t used = COLUMNS;

	while (text.n) {
		struct str word = str_cut(&text, ' ');

		if (used + 1 + word.n > COLUMNS) {
			buf_adds(out, out->len ? "\n# " : "# ");
			used = 2;
		} else {
			buf_addc(out, ' ');
			used++;
		}
		buf_addstr(out, word);
		used += word.n;
	}
}

void config_sample(struct buf *out, const struct config_row *rows, size_t n)
{
	struct buf text = BUF_INIT(4096);

	for (size_t i = 0; i < n; i++) {
		buf_reset(&text);
		buf_addf(&text, "%s ", rows[i].help);
		add_range(&text, &rows[i]);
		add_comment(out, buf_str(&text));
		buf_addf(out, "\n#%s =%s%s\n", rows[i].name,
			 rows[i].fallback[0] ? " " : "", rows[i].fallback);
	}
	buf_release(&text);
}

/* A sentence a line; a backslash would begin an escape. */
static void add_roff(struct buf *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '\\')
			buf_adds(out, "\\e");
		else
			buf_addc(out, *s);
		if (*s == '.' && s[1] == ' ') {
			buf_addc(out, '\n');
			s++;
		}
	}
	buf_addc(out, '\n');
}

void config_manual(struct buf *out, const struct config_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf range = BUF_INIT(4096);

		add_range(&range, &rows[i]);
		buf_addf(out, ".It Cm %s\n", rows[i].name);
		add_roff(out, rows[i].help);
		if (range.len)
			add_roff(out, range.data);
		buf_adds(out, "Default:");
		if (rows[i].fallback[0])
			buf_addf(out, "\n.Ql %s .\n", rows[i].fallback);
		else
			buf_adds(out, " empty.\n");
		buf_release(&range);
	}
}
