/* What some kinds of servers tell at an address of their own: how long a prompt
 * may be, as they run and not as the model was trained. */
#include <string.h>

#include "base/jscan.h"
#include "io/probe_impl.h"

static const struct jlimits limits = {64, 12, 20000};

static int64_t number_at(const struct jdoc *d, jref v, const char *key)
{
	int64_t n = 0;

	return jdoc_i64(d, jdoc_get(d, v, key), &n) == 0 && n > 0 ? n : 0;
}

/* llama.cpp: of one slot. */
static int64_t props_window(const struct jdoc *d, const char *model)
{
	(void)model;
	return number_at(d, jdoc_get(d, 0, "default_generation_settings"),
			 "n_ctx");
}

static int64_t info_window(const struct jdoc *d, const char *model)
{
	(void)model;
	return number_at(d, 0, "max_total_tokens");
}

/* "qwen3" is short for "qwen3:latest". */
static bool is_model(struct str name, const char *model)
{
	struct str wanted = str_of(model);

	if (!str_starts(name, wanted))
		return false;
	name = str_sub(name, wanted.n, name.n);
	return name.n == 0 || str_is(name, ":latest");
}

/* Ollama: the models that are loaded, as this one is by now. */
static int64_t loaded_window(const struct jdoc *d, const char *model)
{
	jref list = jdoc_get(d, 0, "models");

	for (jref m = jdoc_first(d, list); m != JNONE;
	     m = jdoc_next(d, list, m)) {
		if (is_model(jdoc_chars(d, jdoc_get(d, m, "name")), model))
			return number_at(d, m, "context_length");
	}
	return 0;
}

static const struct {
	const char *flavour, *path;
	int64_t (*window)(const struct jdoc *d, const char *model);
} sources[] = {
    {"llamacpp", "props", props_window},
    {"tgi", "info", info_window},
    {"ollama", "api/ps", loaded_window},
};
enum { SOURCES = sizeof(sources) / sizeof(sources[0]) };

const char *probe_facts_path(const struct probe_result *r)
{
	for (size_t i = 0; i < SOURCES && !r->context_window; i++) {
		if (strcmp(r->flavour, sources[i].flavour) == 0)
			return sources[i].path;
	}
	return NULL;
}

void probe_read_facts(struct str body, const char *model,
		      struct probe_result *r)
{
	struct jerror why;
	struct jdoc d;

	jdoc_init(&d);
	for (size_t i = 0; i < SOURCES; i++) {
		if (strcmp(r->flavour, sources[i].flavour) == 0 &&
		    jdoc_parse(&d, body, &limits, &why) == 0)
			r->context_window = sources[i].window(&d, model);
	}
	jdoc_release(&d);
}
