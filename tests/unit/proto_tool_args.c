#include "tests/support/tap.h"

#include "proto/tool_args.h"
#include "proto/tool_id.h"

static const struct {
	const char *args;
	bool cut;
	enum tool_input how;
	const char *want;
} inputs[] = {
    {"", false, INPUT_AS_IS, "{}"},
    {" \n ", false, INPUT_AS_IS, "{}"},
    {"null", false, INPUT_AS_IS, "{}"},
    {" {\"a\": 1} ", false, INPUT_AS_IS, "{\"a\": 1}"},
    {"{\"n\":1234567890123456789,\"f\":12.0}", false, INPUT_AS_IS,
     "{\"n\":1234567890123456789,\"f\":12.0}"},
    {"\"{\\\"a\\\":1}\"", false, INPUT_AS_IS, "{\"a\":1}"},
    {"\"\\\"x\\\"\"", false, INPUT_AS_IS, "{\"value\":\"\\\"x\\\"\"}"},
    {"[1]", false, INPUT_AS_IS, "{\"value\":[1]}"},
    {"5", false, INPUT_AS_IS, "{\"value\":5}"},
    {"city=Oslo", false, INPUT_RAW, "{\"raw_arguments\":\"city=Oslo\"}"},
    {"{\"a\":", false, INPUT_RAW, "{\"raw_arguments\":\"{\\\"a\\\":\"}"},
    {"{\"a\":", true, INPUT_REPAIRED, "{\"a\":null}"},
    {"{", true, INPUT_REPAIRED, "{}"},
    {"{\"a\":1,", true, INPUT_REPAIRED, "{\"a\":1}"},
    {"{\"a\":[1,{\"b\":\"x", true, INPUT_REPAIRED, "{\"a\":[1,{\"b\":\"x\"}]}"},
    {"{\"a\":\"x\\", true, INPUT_REPAIRED, "{\"a\":\"x\"}"},
    {"{\"a\":\"x\\u00", true, INPUT_REPAIRED, "{\"a\":\"x\"}"},
    {"{\"a\":\"x\\\\", true, INPUT_REPAIRED, "{\"a\":\"x\\\\\"}"},
    {"{\"a\":1,\"b", true, INPUT_REPAIRED, "{\"a\":1,\"b\":null}"},
    {"{\"a\":tr", true, INPUT_RAW, "{\"raw_arguments\":\"{\\\"a\\\":tr\"}"},
    {"{\"a\":]", true, INPUT_RAW, "{\"raw_arguments\":\"{\\\"a\\\":]\"}"},
    {"[1,", true, INPUT_RAW, "{\"raw_arguments\":\"[1,\"}"},
    {"{\"a\":\"\\ud83d\",\"b\":\"\\ud83c\\udf89\\udf89\"}", false, INPUT_AS_IS,
     "{\"a\":\"\\ufffd\",\"b\":\"\\ud83c\\udf89\\ufffd\"}"},
    {"{\"a\":\"\\\\ud83d\"}", false, INPUT_AS_IS, "{\"a\":\"\\\\ud83d\"}"},
};

static void test_inputs(void)
{
	struct jdoc scratch;

	jdoc_init(&scratch);
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		struct buf out = BUF_INIT(1000);
		enum tool_input how = tool_args_input(
		    &out, str_of(inputs[i].args), inputs[i].cut, &scratch);

		is_text(buf_str(&out), inputs[i].want, inputs[i].args);
		ok(how == inputs[i].how, "and how");
		buf_release(&out);
	}
	jdoc_release(&scratch);
}

static const struct {
	const char *bytes, *kept;
	bool complete;
	int64_t late;
} scans[] = {
    {"{\"a\":1}", "{\"a\":1}", true, 0},
    {" \n{} \n", "{}", true, 0},
    {"{}{}", "{}", true, 2},
    {"{\"a\":\"}\\\"{\"", "{\"a\":\"}\\\"{\"", false, 0},
    {"{\"a\":[}", "{\"a\":[}", false, 0},
    {"{\"a\":\"x\ny\"}", "{\"a\":\"x\\ny\"}", true, 0},
    {"{\n\"a\":1}", "{\n\"a\":1}", true, 0},
    {"\"ab\" x", "\"ab\"", true, 1},
    {"5 ", "5 ", false, 0},
    {"", "", false, 0},
};

static void test_scans(void)
{
	for (size_t i = 0; i < sizeof(scans) / sizeof(scans[0]); i++) {
		struct str s = str_of(scans[i].bytes);

		for (size_t step = 1; step <= s.n + 1; step++) {
			struct tool_args a = {.depth = 0};
			struct buf out = BUF_INIT(1000);
			int64_t late = 0;

			for (size_t at = 0; at < s.n; at += step)
				late += (int64_t)tool_args_feed(
				    &a, str_sub(s, at, at + step), &out);
			ok(str_is(buf_str(&out), scans[i].kept) &&
			       a.complete == scans[i].complete &&
			       late == scans[i].late,
			   "scan %zu by %zu", i, step);
			buf_release(&out);
		}
	}
}

static const struct {
	const char *id, *shown; /* NULL: none */
} ids[] = {
    {"call_1-a", "call_1-a"},
    {"", NULL},
    {"functions.Bash:0", "rly64_ZnVuY3Rpb25zLkJhc2g6MA"},
    {"rly64_YWJj", "rly64_cmx5NjRfWVdKag"},
};

static void test_ids(void)
{
	uint64_t seed = 7;
	struct buf out = BUF_INIT(200), other = BUF_INIT(200);

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		bool shown = tool_id_show(&out, str_of(ids[i].id));

		ok(shown == (ids[i].shown != NULL) &&
		       (!shown || str_is(buf_str(&out), ids[i].shown)),
		   "id %s", ids[i].id);
		buf_reset(&out);
	}
	tool_id_make(&out, &seed);
	tool_id_make(&other, &seed);
	ok(tool_id_plain(buf_str(&out)) && out.len == 30 &&
	       str_starts(buf_str(&out), STR("toolu_")) &&
	       !str_eq(buf_str(&out), buf_str(&other)),
	   "new ids");
	buf_release(&out);
	buf_release(&other);
}

int main(void)
{
	test_inputs();
	test_scans();
	test_ids();
	return done_testing();
}
