#include "ctl/print.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"

enum { CELL_BYTES = 64 * 1024, FIELD_WIDTH = 18, GAP = 2 };

/* text -------------------------------------------------------------------- */

/* Controls of ASCII and C1, and the marks that turn the direction of text. */
static bool is_safe(wchar_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false;
	return !(c >= 0x200b && c <= 0x200f) && !(c >= 0x2028 && c <= 0x202e) &&
	       !(c >= 0x2066 && c <= 0x2069) && c != 0xfeff;
}

void print_safe(struct buf *out, struct str s)
{
	mbstate_t state = {0};
	wchar_t c;

	while (s.n) {
		size_t n = mbrtowc(&c, s.p, s.n, &state);

		if (n == (size_t)-1 || n == (size_t)-2 || n == 0) {
			state = (mbstate_t){0};
			buf_addc(out, '?');
			n = 1;
		} else if (is_safe(c)) {
			buf_add(out, s.p, n);
		} else {
			buf_addc(out, c == '\n' || c == '\t' ? ' ' : '?');
		}
		s = str_sub(s, n, s.n);
	}
}

size_t print_width(const char *text)
{
	mbstate_t state = {0};
	size_t left = strlen(text), width = 0;
	wchar_t c;

	while (left) {
		size_t n = mbrtowc(&c, text, left, &state);
		int w = 1;

		if (n == (size_t)-1 || n == (size_t)-2 || n == 0) {
			state = (mbstate_t){0};
			n = 1;
		} else {
			w = wcwidth(c);
		}
		width += w > 0 ? (size_t)w : 0;
		text += n;
		left -= n;
	}
	return width;
}

/* values ------------------------------------------------------------------ */

static void add_number(struct buf *out, double v)
{
	if (v == floor(v) && fabs(v) < 1e15)
		buf_addf(out, "%.0f", v);
	else
		buf_addf(out, "%.6g", v);
}

/* "2026-01-31T12:00:00.123Z" for people. */
static void add_time(struct buf *out, const char *iso)
{
	struct str s = str_of(iso);

	if (s.n < 20 || s.p[10] != 'T') {
		print_safe(out, s);
		return;
	}
	print_safe(out, str_sub(s, 0, 10));
	buf_addc(out, ' ');
	print_safe(out, str_sub(s, 11, 19));
	buf_addc(out, 'Z');
}

static void add_scalar(struct buf *out, const cJSON *v)
{
	if (cJSON_IsString(v))
		print_safe(out, str_of(v->valuestring));
	else if (cJSON_IsNumber(v))
		add_number(out, v->valuedouble);
	else if (cJSON_IsBool(v))
		buf_adds(out, cJSON_IsTrue(v) ? "yes" : "no");
	else
		json_append(out, v);
}

/* "a, b" of a list, "a=1, b=2" of an object. */
static void add_members(struct buf *out, const cJSON *v)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, v)
	{
		if (member != v->child)
			buf_adds(out, ", ");
		if (cJSON_IsObject(v)) {
			print_safe(out, str_of(member->string));
			buf_addc(out, '=');
		}
		add_scalar(out, member);
	}
}

static const char *stand_in(const cJSON *v, enum column_kind kind)
{
	bool none =
	    !v || cJSON_IsNull(v) || (cJSON_IsString(v) && !v->valuestring[0]);

	if (kind == COLUMN_TIME && none)
		return "never";
	if (kind == COLUMN_LIMIT && (none || v->valuedouble == 0))
		return "none";
	if (kind == COLUMN_ANY && (none || !v->child))
		return "any";
	return none ? "-" : NULL;
}

char *print_text(const cJSON *v, enum column_kind kind)
{
	struct buf out = BUF_INIT(CELL_BYTES);
	const char *fixed = stand_in(v, kind);

	if (fixed)
		buf_adds(&out, fixed);
	else if (kind == COLUMN_TIME && cJSON_IsString(v))
		add_time(&out, v->valuestring);
	else if (cJSON_IsArray(v) || cJSON_IsObject(v))
		add_members(&out, v);
	else
		add_scalar(&out, v);
	return out.len ? buf_take(&out, NULL) : mem_strdup("-");
}

const cJSON *print_member(const cJSON *o, const char *path)
{
	struct str rest = str_of(path);

	while (o && rest.n) {
		struct str name = str_cut(&rest, '.');
		char *key = mem_strndup(name.p, name.n);

		o = cJSON_GetObjectItemCaseSensitive(o, key);
		mem_free(key);
	}
	return o;
}

/* tables ------------------------------------------------------------------ */

struct cell {
	char *text;
	size_t width;
	bool right;
};

static struct cell cell_of(const cJSON *row, const struct column *column)
{
	const cJSON *v = print_member(row, column->path);
	struct cell cell = {print_text(v, column->kind), 0, cJSON_IsNumber(v)};

	cell.width = print_width(cell.text);
	return cell;
}

static void put_cell(const char *text, size_t fill, bool right, bool last)
{
	if (right)
		printf("%*s", (int)fill, "");
	fputs(text, stdout);
	if (!last)
		printf("%*s", (int)(right ? 0 : fill) + GAP, "");
}

static void put_row(const struct cell *cells, const size_t *widths, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_cell(cells[i].text, widths[i] - cells[i].width,
			 cells[i].right, i + 1 == n);
	putchar('\n');
}

static void put_heads(const struct column *columns, const struct cell *first,
		      const size_t *widths, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_cell(columns[i].head,
			 widths[i] - print_width(columns[i].head),
			 first[i].right, i + 1 == n);
	putchar('\n');
}

void print_table(const cJSON *list, const struct column *columns, size_t n)
{
	size_t rows =
	    cJSON_IsArray(list) ? (size_t)cJSON_GetArraySize(list) : 0;
	struct cell *cells = mem_array(rows * n, sizeof(*cells));
	size_t *widths = mem_array(n, sizeof(*widths)), at = 0;
	const cJSON *row;

	for (size_t i = 0; i < n; i++)
		widths[i] = print_width(columns[i].head);
	cJSON_ArrayForEach(row, list)
	{
		for (size_t i = 0; rows && i < n; i++, at++) {
			cells[at] = cell_of(row, &columns[i]);
			if (cells[at].width > widths[i])
				widths[i] = cells[at].width;
		}
	}
	if (rows)
		put_heads(columns, cells, widths, n);
	else
		puts("(none)");
	for (size_t i = 0; i < rows; i++)
		put_row(cells + i * n, widths, n);
	for (size_t i = 0; i < rows * n; i++)
		mem_free(cells[i].text);
	mem_free(cells);
	mem_free(widths);
}

void print_field(const char *head, const char *text)
{
	printf("%-*s%s\n", FIELD_WIDTH, head, text);
}

void print_fields(const cJSON *o, const struct column *columns, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const cJSON *v = print_member(o, columns[i].path);
		char *text = print_text(v, columns[i].kind);

		if (v || columns[i].kind != COLUMN_PLAIN)
			print_field(columns[i].head, text);
		mem_free(text);
	}
}

void print_json(const cJSON *v)
{
	char *text = json_print(v);

	puts(text);
	mem_free(text);
}

void print_note(const char *text)
{
	struct buf out = BUF_INIT(CELL_BYTES);

	print_safe(&out, str_of(text));
	fprintf(stderr, "note: %s\n", out.data ? out.data : "");
	buf_release(&out);
}

void print_line(const char *text)
{
	struct buf out = BUF_INIT(CELL_BYTES);

	print_safe(&out, str_of(text));
	puts(out.data ? out.data : "");
	buf_release(&out);
}

void print_named(const char *name, const char *text)
{
	struct buf out = BUF_INIT(CELL_BYTES);

	print_safe(&out, str_of(name));
	buf_adds(&out, ": ");
	print_safe(&out, str_of(text));
	puts(out.data);
	fflush(stdout); /* the next one may take long */
	buf_release(&out);
}
