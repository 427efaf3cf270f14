/*
 * Conversations in any order of turns and blocks, as the input's bytes say:
 * whatever they are, each text reaches the backend exactly once and each call
 * is answered directly after it.
 */
#include "proto/anthropic_request.h"
#include "proto/openai_request.h"
#include "tests/fuzz/check_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { BODY_MAX = 1 << 20, STEPS_MAX = 400 };

struct script {
	struct buf body;
	enum side { NOBODY, USER, ASSISTANT, SYSTEM } side;
	bool comma;
	unsigned marks; /* texts so far: `<1>`, `<2>`, ... */
};

static void end_turn(struct script *s)
{
	if (s->side != NOBODY)
		buf_adds(&s->body, "]}");
	s->side = NOBODY;
}

static void begin_turn(struct script *s, enum side side)
{
	static const char *const names[] = {
	    [USER] = "user", [ASSISTANT] = "assistant", [SYSTEM] = "system"};
	bool first = s->side == NOBODY && s->body.data[s->body.len - 1] == '[';

	end_turn(s);
	buf_addf(&s->body, "%s{\"role\":\"%s\",\"content\":[", first ? "" : ",",
		 names[side]);
	s->side = side;
	s->comma = false;
}

/* A block; %u is the number of the next mark or the id, as format wants. */
static void block(struct script *s, const char *format, unsigned number)
{
	if (s->comma)
		buf_addc(&s->body, ',');
	s->comma = true;
	if (*format == 'T') {
		buf_addf(&s->body, "{\"type\":\"%s\",\"text\":\"<%u>\"}",
			 format + 1, ++s->marks);
		return;
	}
	buf_addf(&s->body, "{\"type\":\"%s\",", format);
	buf_addf(&s->body, "\"id\":\"i%u\",\"tool_use_id\":\"i%u\",", number,
		 number);
	buf_addf(&s->body,
		 "\"name\":\"f\",\"source\":{\"type\":\"url\",\"url\":"
		 "\"u\"},\"content\":[{\"type\":\"text\",\"text\":\"<%u>\"}"
		 "%s]}",
		 ++s->marks,
		 number % 3 ? ""
			    : ",{\"type\":\"image\",\"source\":{\"type\":"
			      "\"url\",\"url\":\"u\"}}");
}

static void step(struct script *s, uint8_t byte)
{
	unsigned number = byte >> 4;

	switch (byte & 15) {
	case 0:
	case 1:
		begin_turn(s, USER);
		return;
	case 2:
	case 3:
		begin_turn(s, ASSISTANT);
		return;
	case 4:
		begin_turn(s, SYSTEM);
		return;
	default:
		break;
	}
	if (s->side == NOBODY)
		begin_turn(s, USER);
	if ((byte & 15) < 9 && s->side == ASSISTANT) {
		/* Calls have no text: the mark of this one does not count. */
		block(s, "tool_use", number);
		s->marks--;
	} else if ((byte & 15) < 9 && s->side == USER) {
		block(s, "tool_result", number);
	} else if ((byte & 15) == 9 && s->side != SYSTEM) {
		block(s, "mid_conv_system", number);
	} else {
		block(s, "Ttext", 0);
	}
}

/* How often the mark of that number stands in text. */
static unsigned count(struct str text, unsigned mark)
{
	struct buf needle = BUF_INIT(32);
	unsigned found = 0;
	size_t at;

	buf_addf(&needle, "<%u>", mark);
	while ((at = str_find(text, buf_str(&needle))) != SIZE_MAX) {
		text = str_sub(text, at + needle.len, text.n);
		found++;
	}
	buf_release(&needle);
	return found;
}

static void check(const struct script *s, const struct chat_request *r,
		  struct arena *a, bool keep)
{
	struct openai_target target = {.flavour = FLAVOUR_VLLM,
				       .model = STR("m"),
				       .keep_system_turns = keep,
				       .tool_images_inline = s->marks % 2};
	struct buf out = BUF_INIT(BODY_MAX);
	struct tool_names names;
	struct err e;

	require(openai_request_write(&out, r, &target, a, &names, &e) == 0);
	check_body(buf_str(&out));
	for (unsigned i = 1; i <= s->marks; i++)
		require(count(buf_str(&out), i) == 1);
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct anthropic_request_options options = {.counting = true};
	struct script s = {.body = BUF_INIT(BODY_MAX)};
	struct arena a = ARENA_INIT;
	struct chat_request r;
	struct jdoc doc;
	struct err e;

	buf_adds(&s.body, "{\"model\":\"m\",\"messages\":[");
	for (size_t i = 0; i < n && i < STEPS_MAX; i++)
		step(&s, data[i]);
	if (n == 0)
		begin_turn(&s, USER);
	end_turn(&s);
	buf_adds(&s.body, "]}");
	jdoc_init(&doc);
	require(anthropic_request_read(&r, &doc, buf_str(&s.body), &a, &options,
				       &e) == 0);
	check(&s, &r, &a, false);
	check(&s, &r, &a, true);
	jdoc_release(&doc);
	arena_release(&a);
	buf_release(&s.body);
	return 0;
}
