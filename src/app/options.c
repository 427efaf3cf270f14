#include "app/options.h"

#include <string.h>

#include "base/mem.h"
#include "base/nearest.h"

#define AT(member) offsetof(struct backend_options, member)

const struct option_row option_rows[] = {
    {"thinkTags", OPTION_WORD, AT(think_tags), "auto|off|strip",
     "What happens to <think> at the start of an answer: it becomes thinking, "
     "stays text, or is taken out."},
    {"thinkOpen", OPTION_SWITCH, AT(think_open), NULL,
     "The chat template ends the prompt with <think>: answers start inside of "
     "it."},
    {"eofIsEnd", OPTION_SWITCH, AT(eof_is_end), NULL,
     "A stream that ends without finish_reason and [DONE] is complete."},
    {"images", OPTION_WORD, AT(images), "all|data",
     "Whether images by URL are passed on, or refused with 400 because the "
     "backend takes data only."},
    {"pdf", OPTION_WORD, AT(pdf), "placeholder|refuse",
     "What happens to PDF documents when the backend reads none: a text "
     "stands for them, or 400."},
    {"toolImages", OPTION_WORD, AT(tool_images), "after|inline",
     "Where images of tool results go: into a user message after them, or "
     "into the tool message."},
    {"systemRole", OPTION_WORD, AT(system_role), "system|developer",
     "The role of the system prompt."},
    {"systemTurns", OPTION_WORD, AT(system_turns), "fold|keep",
     "Whether system messages in the middle of a conversation are folded "
     "into their neighbours or kept; keep needs a template that takes them."},
    {"reasoning", OPTION_SWITCH, AT(reasoning), NULL,
     "OpenAI and Azure only: the model reasons, so reasoning_effort may be "
     "sent."},
    {"allEfforts", OPTION_SWITCH, AT(all_efforts), NULL,
     "The efforts xhigh and max are passed on as they are instead of as "
     "high."},
    {"noThinkEffort", OPTION_TEXT, AT(no_think_effort), NULL,
     "reasoning_effort to send when thinking is switched off, for models that "
     "do not know none: low, for example."},
    {"upstreamAuth", OPTION_WORD, AT(upstream_auth), "gateway|passthrough",
     "What clients are told when the backend answers 401 or 403: 502, since "
     "the gateway's credentials were refused, or the same status."},
};
const size_t option_count = sizeof(option_rows) / sizeof(option_rows[0]);

static void *slot(struct backend_options *o, const struct option_row *row)
{
	return (char *)o + row->at;
}

static const void *value(const struct backend_options *o,
			 const struct option_row *row)
{
	return (const char *)o + row->at;
}

static const struct option_row *row_of(const char *name)
{
	for (size_t i = 0; i < option_count; i++) {
		if (strcmp(option_rows[i].name, name) == 0)
			return &option_rows[i];
	}
	return NULL;
}

static int unknown(const char *name, struct err *e)
{
	struct nearest near = {.given = str_of(name)};
	struct buf names = BUF_INIT(1024);

	for (size_t i = 0; i < option_count; i++) {
		nearest_offer(&near, option_rows[i].name);
		buf_addf(&names, "%s%s", i ? ", " : "", option_rows[i].name);
	}
	err_set(e, ERR_BAD_REQUEST,
		"options.%.*s is no option%s%s; there are: %s",
		STR_ARG(str_sub(str_of(name), 0, 100)),
		near.name ? ": did you mean " : "", near.name ? near.name : "",
		names.data);
	buf_release(&names);
	return -1;
}

static size_t size_of(enum option_type type)
{
	static const size_t sizes[] = {
	    [OPTION_SWITCH] = sizeof(bool),
	    [OPTION_WORD] = sizeof(int),
	    [OPTION_TEXT] =
		sizeof(((struct backend_options *)0)->no_think_effort)};

	return sizes[type];
}

static int read_switch(bool *to, const struct option_row *row, const cJSON *v,
		       struct err *e)
{
	if (!cJSON_IsBool(v))
		return err_set(e, ERR_BAD_REQUEST,
			       "options.%s must be true or false", row->name);
	*to = cJSON_IsTrue(v);
	return 0;
}

static int read_word(int *to, const struct option_row *row, const cJSON *v,
		     struct err *e)
{
	struct str words = str_of(row->words);

	for (int i = 0; cJSON_IsString(v) && words.n; i++) {
		if (!str_is(str_cut(&words, '|'), v->valuestring))
			continue;
		*to = i;
		return 0;
	}
	return err_set(e, ERR_BAD_REQUEST, "options.%s must be one of %s",
		       row->name, row->words);
}

/* Becomes a JSON string of the upstream body: plain words only. */
static int read_text(char *to, const struct option_row *row, const cJSON *v,
		     struct err *e)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-";
	size_t max = size_of(OPTION_TEXT);

	if (!cJSON_IsString(v) || strlen(v->valuestring) >= max ||
	    v->valuestring[strspn(v->valuestring, plain)])
		return err_set(e, ERR_BAD_REQUEST,
			       "options.%s must be a word of at most %zu "
			       "letters, digits, hyphens and underscores",
			       row->name, max - 1);
	str_put(to, max, str_of(v->valuestring));
	return 0;
}

static int read_one(struct backend_options *o, const cJSON *v, struct err *e)
{
	const struct option_row *row = row_of(v->string);

	if (!row)
		return unknown(v->string, e);
	if (cJSON_IsNull(v)) {
		memset(slot(o, row), 0, size_of(row->type));
		return 0;
	}
	switch (row->type) {
	case OPTION_SWITCH:
		return read_switch(slot(o, row), row, v, e);
	case OPTION_WORD:
		return read_word(slot(o, row), row, v, e);
	case OPTION_TEXT:
		return read_text(slot(o, row), row, v, e);
	}
	return 0;
}

int options_read(struct backend_options *o, const cJSON *object, struct err *e)
{
	const cJSON *v;

	cJSON_ArrayForEach(v, object)
	{
		if (read_one(o, v, e) < 0)
			return -1;
	}
	return 0;
}

void options_parse(struct backend_options *o, const char *text)
{
	cJSON *object = text ? json_parse_object(str_of(text), NULL) : NULL;
	const cJSON *v;

	*o = (struct backend_options){.think_tags = 0};
	cJSON_ArrayForEach(v, object) read_one(o, v, NULL);
	cJSON_Delete(object);
}

static void show_word(cJSON *to, const struct option_row *row, int index)
{
	struct str words = str_of(row->words), word = STR_NONE;
	struct buf text = BUF_INIT(64);

	for (int i = 0; i <= index; i++)
		word = str_cut(&words, '|');
	buf_addstr(&text, word);
	cJSON_AddStringToObject(to, row->name, text.data);
	buf_release(&text);
}

static void show_one(cJSON *to, const struct backend_options *o,
		     const struct option_row *row)
{
	const void *p = value(o, row);

	switch (row->type) {
	case OPTION_SWITCH:
		cJSON_AddBoolToObject(to, row->name, *(const bool *)p);
		break;
	case OPTION_WORD:
		show_word(to, row, *(const int *)p);
		break;
	case OPTION_TEXT:
		cJSON_AddStringToObject(to, row->name, p);
		break;
	}
}

cJSON *options_show(const struct backend_options *o)
{
	cJSON *object = cJSON_CreateObject();

	for (size_t i = 0; i < option_count; i++)
		show_one(object, o, &option_rows[i]);
	return object;
}

char *options_text(const struct backend_options *o)
{
	static const struct backend_options defaults;
	cJSON *object = cJSON_CreateObject();
	char *text = NULL;

	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (memcmp(value(o, row), value(&defaults, row),
			   size_of(row->type)) != 0)
			show_one(object, o, row);
	}
	if (object->child)
		text = json_print(object);
	cJSON_Delete(object);
	return text;
}
