#include "proto/builtin_tools.h"

#include "base/buf.h"

enum { SCHEMA_MAX_BYTES = 4096 };

enum kind {
	WORDS, /* those of the row, required */
	PATH,  /* a text that is required */
	TEXT,
	WAY,
	WHOLE,
	NUMBER,
	FLAG,
	PAIR,
	AREA, /* four numbers; only where zoom is one of the words */
	END
};

struct field {
	const char *name;
	enum kind kind;
};

static const struct field bash_fields[] = {
    {"command", TEXT}, {"restart", FLAG}, {NULL, END}};
static const struct field edit_fields[] = {
    {"command", WORDS},	  {"path", PATH},    {"file_text", TEXT},
    {"old_str", TEXT},	  {"new_str", TEXT}, {"insert_line", WHOLE},
    {"view_range", PAIR}, {NULL, END}};
static const struct field memory_fields[] = {
    {"command", WORDS},	   {"path", TEXT},     {"file_text", TEXT},
    {"old_str", TEXT},	   {"new_str", TEXT},  {"insert_line", WHOLE},
    {"insert_text", TEXT}, {"old_path", TEXT}, {"new_path", TEXT},
    {"view_range", PAIR},  {NULL, END}};
static const struct field screen_fields[] = {
    {"action", WORDS},		{"coordinate", PAIR},
    {"start_coordinate", PAIR}, {"text", TEXT},
    {"scroll_direction", WAY},	{"scroll_amount", WHOLE},
    {"duration", NUMBER},	{"key", TEXT},
    {"region", AREA},		{NULL, END}};

static const char edit_text[] =
    "View, create and edit text files. str_replace replaces old_str, which "
    "must occur exactly once, by new_str.";
static const char memory_text[] =
    "Read and keep notes in files under /memories that last between "
    "conversations.";
static const char bash_text[] =
    "Run a command in a persistent bash session. Set restart to true to "
    "start a new session.";
static const char screen_text[] =
    "Control the screen, the mouse and the keyboard of a computer.";

#define EDITS	    "view,create,str_replace,insert"
#define EDITS_UNDO  EDITS ",undo_edit"
#define EDITS_FILES EDITS ",delete,rename"
#define CLICKS                                                                 \
	"key,type,mouse_move,left_click,left_click_drag,right_click,"          \
	"middle_click,double_click,screenshot,cursor_position"
#define MORE_CLICKS                                                            \
	CLICKS ",triple_click,left_mouse_down,left_mouse_up,scroll,hold_key,"  \
	       "wait"
#define CLICKS_ZOOM MORE_CLICKS ",zoom"

struct row {
	const char *prefix; /* of the type, up to the version */
	int64_t until;	    /* the last version */
	const char *text, *words;
	const struct field *fields;
};

/* The first row that fits is taken: older versions stand first. */
static const struct row rows[] = {
    {"bash_", INT64_MAX, bash_text, "", bash_fields},
    {"text_editor_", 20250124, edit_text, EDITS_UNDO, edit_fields},
    {"text_editor_", INT64_MAX, edit_text, EDITS, edit_fields},
    {"memory_", INT64_MAX, memory_text, EDITS_FILES, memory_fields},
    {"computer_", 20241022, screen_text, CLICKS, screen_fields},
    {"computer_", 20250124, screen_text, MORE_CLICKS, screen_fields},
    {"computer_", INT64_MAX, screen_text, CLICKS_ZOOM, screen_fields},
};

static void write_words(struct buf *out, struct str words)
{
	buf_adds(out, "{\"type\":\"string\",\"enum\":[");
	while (words.n) {
		buf_json(out, str_cut(&words, ','));
		if (words.n)
			buf_addc(out, ',');
	}
	buf_adds(out, "]}");
}

static void write_fields(struct buf *out, const struct row *row)
{
	static const char *const schemas[] = {
	    [PATH] = "{\"type\":\"string\"}",
	    [TEXT] = "{\"type\":\"string\"}",
	    [WAY] = "{\"type\":\"string\",\"enum\":[\"up\",\"down\",\"left\","
		    "\"right\"]}",
	    [WHOLE] = "{\"type\":\"integer\"}",
	    [NUMBER] = "{\"type\":\"number\"}",
	    [FLAG] = "{\"type\":\"boolean\"}",
	    [PAIR] = "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},"
		     "\"minItems\":2,\"maxItems\":2}",
	    [AREA] = "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},"
		     "\"minItems\":4,\"maxItems\":4}",
	};
	struct str words = str_of(row->words);

	for (const struct field *f = row->fields; f->kind != END; f++) {
		if (f->kind == AREA && !str_ends(words, STR(",zoom")))
			continue;
		if (f != row->fields)
			buf_addc(out, ',');
		buf_json(out, str_of(f->name));
		buf_addc(out, ':');
		if (f->kind == WORDS)
			write_words(out, words);
		else
			buf_adds(out, schemas[f->kind]);
	}
}

static void write_required(struct buf *out, const struct row *row)
{
	bool any = false;

	for (const struct field *f = row->fields; f->kind != END; f++) {
		if (f->kind != WORDS && f->kind != PATH)
			continue;
		buf_adds(out, any ? "," : ",\"required\":[");
		buf_json(out, str_of(f->name));
		any = true;
	}
	buf_adds(out, any ? "]" : "");
}

static struct str parameters(const struct row *row, struct arena *a)
{
	struct buf out = BUF_INIT(SCHEMA_MAX_BYTES);
	struct str copy;

	buf_adds(&out, "{\"type\":\"object\",\"properties\":{");
	write_fields(&out, row);
	buf_addc(&out, '}');
	write_required(&out, row);
	buf_addc(&out, '}');
	copy = arena_str(a, buf_str(&out));
	buf_release(&out);
	return copy;
}

static bool fits(const struct row *row, struct str type)
{
	struct str prefix = str_of(row->prefix);
	int64_t version;

	if (!str_starts(type, prefix))
		return false;
	/* Versions are dates; what is none is newer than all. */
	if (str_to_i64(str_sub(type, prefix.n, type.n), 0, INT64_MAX,
		       &version) < 0)
		version = INT64_MAX;
	return version <= row->until;
}

bool builtin_tool_find(struct str type, int64_t width, int64_t height,
		       struct arena *a, struct builtin_tool *out)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!fits(&rows[i], type))
			continue;
		out->description = str_of(rows[i].text);
		out->parameters = parameters(&rows[i], a);
		if (width > 0 && height > 0)
			out->description = arena_printf(
			    a, "%s The screen is %lld x %lld pixels.",
			    rows[i].text, (long long)width, (long long)height);
		return true;
	}
	return false;
}

bool builtin_tool_is_servers(struct str type)
{
	static const char *const prefixes[] = {
	    "web_search_",  "web_fetch_",  "code_execution_",
	    "tool_search_", "mcp_toolset", "advisor_",
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (str_starts(type, str_of(prefixes[i])))
			return true;
	}
	return false;
}
