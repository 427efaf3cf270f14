#include "demo/answer.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "demo/fill.h"
#include "demo/prompt.h"
#include "demo/words.h"

enum { TEXT_BYTES = 64 * 1024 * 1024 };

void filler_release(struct filler *f)
{
	mem_free(f->p);
	*f = (struct filler){NULL, 0};
}

struct str filler_text(struct filler *f, size_t n)
{
	static const char words[] = "one relay passes on every word it gets "
				    "and adds none of its own to them ";

	if (!f->p)
		f->p = mem_alloc(ANSWER_FILLER_BYTES);
	for (; f->filled < n; f->filled++)
		f->p[f->filled] = words[f->filled % (sizeof(words) - 1)];
	return (struct str){f->p, n};
}

static int check_context(const struct ask *ask, const struct switches *sw,
			 struct err *e)
{
	int64_t prompt = ask->prompt_tokens, most = ask->max_tokens;

	if (sw->context == 0 || prompt + (most ? most : 1) <= sw->context)
		return 0;
	return err_set(e, ERR_BAD_REQUEST,
		       "This model's maximum context length is %" PRId64
		       " tokens. However, you requested %" PRId64
		       " tokens (%" PRId64 " in the messages, %" PRId64
		       " in the completion). Please reduce the length of the "
		       "messages or completion.",
		       sw->context, prompt + most, prompt, most);
}

static void add_call(struct answer *a, struct str name, struct str args)
{
	a->call[a->ncalls] = (struct call){
	    .name = arena_str(&a->mem, name),
	    .args = arena_str(&a->mem, args),
	    .id = arena_printf(&a->mem, "call_%06" PRIu64 "_%zu", a->number,
			       a->ncalls),
	};
	a->ncalls++;
}

/* tool_choice demands a call that the prompt did not word. */
static void add_forced_call(struct answer *a, const struct ask *ask)
{
	const struct jdoc *d = &ask->doc;
	struct buf args = BUF_INIT(TEXT_BYTES);
	struct arena mem = ARENA_INIT;
	jref chosen = JNONE;

	for (jref t = jdoc_first(d, ask->tools); t != JNONE;
	     t = jdoc_next(d, ask->tools, t)) {
		jref function = jdoc_get(d, t, "function");
		struct str name =
		    jdoc_string(d, jdoc_get(d, function, "name"), &mem);

		if (chosen == JNONE || (ask->choice == CHOICE_NAMED &&
					str_eq(name, ask->choice_name)))
			chosen = function;
	}
	fill_schema(&args, d, jdoc_get(d, chosen, "parameters"));
	add_call(a, jdoc_string(d, jdoc_get(d, chosen, "name"), &mem),
		 args.data && args.data[0] == '{' ? buf_str(&args) : STR("{}"));
	arena_release(&mem);
	buf_release(&args);
}

static void add_calls(struct answer *a, const struct ask *ask,
		      const struct prompt *p, const struct switches *sw)
{
	if (!ask->after_tool) {
		for (size_t i = 0; i < p->ncalls; i++)
			add_call(a, prompt_call_name(p, i),
				 prompt_call_args(p, i));
	}
	if (a->ncalls == 0 && ask->choice >= CHOICE_REQUIRED)
		add_forced_call(a, ask);
	for (size_t i = 0; i < a->ncalls; i++) {
		struct call *call = &a->call[i];

		if (str_is(str_of(sw->calls), "same_id"))
			call->id = a->call[0].id;
		if (str_is(str_of(sw->calls), "broken"))
			call->args.n--;
	}
}

static void say(struct buf *out, const char *intro, struct str words,
		const struct ask *ask)
{
	struct str head =
	    str_sub(words, 0, words_chars(words, ANSWER_ECHO_CHARS));

	buf_adds(out, intro);
	buf_addstr(out, head);
	buf_adds(out, head.n < words.n ? " ..." : "");
	if (ask->images)
		buf_addf(out, "\nI got %zu image%s of %zu bytes.", ask->images,
			 ask->images == 1 ? "" : "s", ask->image_bytes);
	buf_adds(out, "\nThis answer comes from llmrelay-demo.");
}

static void say_json(struct buf *out, const struct ask *ask, struct str words)
{
	if (ask->format == FORMAT_SCHEMA) {
		fill_schema(out, &ask->doc, ask->schema);
		return;
	}
	buf_adds(out, "{\"answer\":");
	buf_json(out, str_sub(words, 0, words_chars(words, ANSWER_ECHO_CHARS)));
	buf_addc(out, '}');
}

static void say_text(struct answer *a, const struct ask *ask,
		     const struct prompt *p)
{
	struct buf out = BUF_INIT(TEXT_BYTES);
	struct str rest = str_trim(buf_str(&p->rest));

	if (ask->after_tool && a->ncalls == 0)
		say(&out, "The tool said: ", buf_str(&ask->result), ask);
	else if (a->ncalls && rest.n == 0)
		return;
	else if (a->ncalls == 0 && ask->format != FORMAT_TEXT)
		say_json(&out, ask, rest);
	else
		say(&out, "You said: ", rest, ask);
	a->text = arena_str(&a->mem, buf_str(&out));
	buf_release(&out);
}

static void place_reasoning(struct answer *a, const struct switches *sw,
			    struct str think)
{
	if (think.n == 0)
		return;
	if (str_is(str_of(sw->reasoning), "tags"))
		a->text =
		    arena_printf(&a->mem, "<think>\n%.*s\n</think>\n\n%.*s",
				 STR_ARG(think), STR_ARG(a->text));
	else
		a->reasoning = arena_str(&a->mem, think);
}

static void apply_stops(struct answer *a, const struct ask *ask)
{
	size_t first = SIZE_MAX;

	for (size_t i = 0; i < ask->nstop; i++) {
		size_t at =
		    ask->stop[i].n ? str_find(a->text, ask->stop[i]) : SIZE_MAX;

		if (at < first) {
			first = at;
			a->stop_reason = ask->stop[i];
		}
	}
	if (first == SIZE_MAX)
		return;
	a->text = str_sub(a->text, 0, first);
	a->stop_reason = arena_str(&a->mem, a->stop_reason);
	a->ncalls = 0;
}

/* Cuts s to what is left of the budget and counts it; true when cut. */
static bool spend(struct str *s, int64_t *left, int64_t *count)
{
	int64_t n = words_count(*s);
	bool cut = n > *left;

	if (cut) {
		n = *left;
		*s = words_head(*s, n);
	}
	*left -= n;
	*count += n;
	return cut;
}

/* Counts the tokens and stops where the budget ends: a word is a token, and a
 * call's name another. */
static void apply_budget(struct answer *a, int64_t max_tokens)
{
	int64_t left = max_tokens ? max_tokens : INT64_MAX;
	bool cut = spend(&a->reasoning, &left, &a->reasoning_tokens);

	a->completion_tokens = a->reasoning_tokens;
	cut |= spend(&a->text, &left, &a->completion_tokens);
	for (size_t i = 0; i < a->ncalls; i++) {
		if (left == 0) {
			a->ncalls = i;
			cut = true;
			break;
		}
		left--;
		a->completion_tokens++;
		cut |= spend(&a->call[i].args, &left, &a->completion_tokens);
	}
	if (cut) {
		a->finish = STR("length");
		a->stop_reason = STR_NONE;
	}
}

int answer_make(struct answer *a, const struct ask *ask,
		const struct switches *sw, struct filler *f, struct err *e)
{
	struct prompt p;
	bool calls = ask->ntools && ask->choice != CHOICE_NONE;
	int64_t filler = sw->chunks * sw->size;

	if (check_context(ask, sw, e) < 0)
		return -1;
	if (filler > ANSWER_FILLER_BYTES)
		return err_set(e, ERR_BAD_REQUEST,
			       "chunks times size is more than %d",
			       ANSWER_FILLER_BYTES);
	prompt_read(&p, buf_str(&ask->user), calls);
	a->model = arena_str(&a->mem, ask->model);
	a->prompt_tokens = ask->prompt_tokens;
	add_calls(a, ask, &p, sw);
	if (filler)
		a->text = filler_text(f, (size_t)filler);
	else
		say_text(a, ask, &p);
	place_reasoning(a, sw, buf_str(&p.think));
	prompt_release(&p);
	apply_stops(a, ask);
	a->finish = a->ncalls ? STR("tool_calls") : STR("stop");
	apply_budget(a, ask->max_tokens);
	if (sw->finish[0])
		a->finish = arena_str(&a->mem, str_of(sw->finish));
	return 0;
}

void answer_release(struct answer *a)
{
	arena_release(&a->mem);
}
