/* proto/json_tap.c: values found, kept and replaced in texts cut anywhere. */
#include "tests/support/tap.h"

#include <string.h>

#include "proto/json_tap.h"

enum { N_TEXT, N_MODEL, N_KEEP, N_LIST, N_ITEM, N_NAME, N_WORDS, N_DEEP };

static const struct tap_node nodes[] = {
    [N_TEXT] = {0, TAP_STEP, NULL},
    [N_MODEL] = {N_TEXT, TAP_SPLICE, "model"},
    [N_KEEP] = {N_TEXT, TAP_KEEP, "keep"},
    [N_LIST] = {N_TEXT, TAP_STEP, "list"},
    [N_ITEM] = {N_LIST, TAP_STEP, ""},
    [N_NAME] = {N_ITEM, TAP_KEEP, "name"},
    [N_WORDS] = {N_ITEM, TAP_TEXT, "words"},
    [N_DEEP] = {N_KEEP, TAP_KEEP, "name"},
};

struct seen {
	struct buf kept, words;
	unsigned begun[8];
};

static void on_begin(void *ctx, unsigned node, char first)
{
	struct seen *s = ctx;

	(void)first;
	s->begun[node]++;
}

static void on_kept(void *ctx, unsigned node, struct str raw)
{
	struct seen *s = ctx;

	buf_addf(&s->kept, "%u:%.*s;", node, STR_ARG(raw));
}

static void on_text(void *ctx, struct str chars)
{
	struct seen *s = ctx;

	buf_addstr(&s->words, chars);
}

static const struct tap_table table = {nodes, sizeof(nodes) / sizeof(nodes[0]),
				       on_begin, on_kept, on_text};

static const struct row {
	const char *in, *out, *kept, *words;
	bool complete;
} rows[] = {
    {"{}", "{}", "", "", true},
    {" {\"model\":\"a\"} \n", " {\"model\":\"NEW\"} \n", "", "", true},
    {"{\"model\" : \"a\\\"\\\\\" , \"x\":1}", "{\"model\" : \"NEW\" , \"x\":1}",
     "", "", true},
    {"{\"model\":\"\",\"model\":\"b\"}",
     "{\"model\":\"NEW\",\"model\":\"NEW\"}", "", "", true},
    {"{\"model\":null,\"model\":7}", "{\"model\":null,\"model\":7}", "", "",
     true},
    {"{\"a\":{\"model\":\"x\"},\"b\":[\"model\",\"x\"]}",
     "{\"a\":{\"model\":\"x\"},\"b\":[\"model\",\"x\"]}", "", "", true},
    {"{\"x\":\"{\\\"model\\\":\\\"y\\\"}\"}",
     "{\"x\":\"{\\\"model\\\":\\\"y\\\"}\"}", "", "", true},
    {"{\"keep\":{\"model\":\"m\",\"name\":[1,{}]},\"keep\":-1.5e3,\"keep\":"
     "\"s\"}",
     NULL, "2:{\"model\":\"m\",\"name\":[1,{}]};2:-1.5e3;2:\"s\";", "", true},
    {"{\"list\":[{\"name\":\"a\"},[{\"name\":\"no\"}],{\"name\":true}]}", NULL,
     "5:\"a\";5:true;", "", true},
    {"{\"list\":[{\"words\":\"a\\n\"},{\"words\":[\"no\"]},{\"words\":\"\xc3"
     "\xa9\"}]}",
     NULL, "", "a\\n\xc3\xa9", true},
    {"{\"list\":[],\"list\":{\"0\":{\"name\":\"no\"}}}", NULL, "", "", true},
    {"[1,2,[]]", NULL, "", "", true},
    {"{\"model\":\"a\"", "{\"model\":\"NEW\"", "", "", false},
    {"{\"model\":\"abc", "{\"model\":\"NEW\"", "", "", false},
    {"{\"model\" \"a\"}", NULL, "", "", false},
    {"{\"model\":\"a\"}}", "{\"model\":\"NEW\"}}", "", "", false},
    {"{\"a\":1]", NULL, "", "", false},
    {"{,\"model\":\"a\"}", NULL, "", "", false},
    {"[DONE]", NULL, "", "", false},
    {"plain", NULL, "", "", false},
    {"{\"a-key-that-is-longer-than-any-known\":1,\"model\":\"a\"}",
     "{\"a-key-that-is-longer-than-any-known\":1,\"model\":\"NEW\"}", "", "",
     true},
};

static void check(const struct row *row, size_t piece)
{
	struct seen s = {.kept = BUF_INIT(4096), .words = BUF_INIT(4096)};
	struct buf out = BUF_INIT(4096);
	struct str in = str_of(row->in);
	struct json_tap t;

	json_tap_init(&t, &table, &s);
	json_tap_reset(&t);
	t.replacement = STR("\"NEW\"");
	for (size_t i = 0; i < in.n; i += piece)
		json_tap_feed(&t, str_sub(in, i, i + piece), &out);
	is_str(buf_str(&out), str_of(row->out ? row->out : row->in),
	       "%s by %zu", row->in, piece);
	is_str(buf_str(&s.kept), str_of(row->kept), "kept");
	is_str(buf_str(&s.words), str_of(row->words), "text");
	ok(json_tap_complete(&t) == row->complete, "complete");
	json_tap_release(&t);
	buf_release(&s.kept);
	buf_release(&s.words);
	buf_release(&out);
}

/* Too deep, too long: nothing is lost but what it says. */
static void test_limits(void)
{
	struct seen s = {.kept = BUF_INIT(65536), .words = BUF_INIT(64)};
	struct buf in = BUF_INIT(65536), out = BUF_INIT(65536);
	struct json_tap t;

	for (int i = 0; i < 300; i++)
		buf_addc(&in, '[');
	json_tap_init(&t, &table, &s);
	json_tap_reset(&t);
	json_tap_feed(&t, buf_str(&in), &out);
	is_str(buf_str(&out), buf_str(&in), "deep: passes");
	ok(!json_tap_complete(&t), "deep: not followed");
	buf_reset(&in);
	buf_reset(&out);
	buf_adds(&in, "{\"keep\":\"");
	for (int i = 0; i < 5000; i++)
		buf_addc(&in, 'x');
	buf_adds(&in, "\",\"keep\":1}");
	json_tap_reset(&t);
	json_tap_feed(&t, buf_str(&in), &out);
	is_str(buf_str(&out), buf_str(&in), "long: passes");
	is_text(buf_str(&s.kept), "2:1;", "long: is not kept, the next is");
	json_tap_release(&t);
	buf_release(&in);
	buf_release(&out);
	buf_release(&s.kept);
	buf_release(&s.words);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t piece = 1; piece <= 7; piece++)
			check(&rows[i], piece);
		check(&rows[i], 1000);
	}
	test_limits();
	return done_testing();
}
