/* proto/pass_request.c: what is read of a request, and its bytes spliced. */
#include "tests/support/tap.h"

#include "proto/pass_request.h"

static const struct write_row {
	const char *in, *model;
	bool usage;
	const char *out;
} writes[] = {
    {"{\"model\":\"a\"}", "", true, "{\"model\":\"a\"}"},
    {" { \"model\" : \"a\" , \"n\":1e400 }\n", "b", false,
     " { \"model\" : \"b\" , \"n\":1e400 }\n"},
    {"{\"model\":\"x\",\"a\":{\"model\":\"x\"},\"mod\\u0065l\":\"y\"}", "q\"",
     false,
     "{\"model\":\"q\\\"\",\"a\":{\"model\":\"x\"},\"mod\\u0065l\":\"q\\\"\"}"},
    {"{\"model\":\"a\",\"M\\u006fdEL\":\"c\",\"models\":1}", "a", false,
     "{\"model\":\"a\",\"M\\u006fdEL\":\"a\",\"models\":1}"},
    {"{}", "b", false, "{\"model\":\"b\"}"},
    {"{\"x\":[]}", "b", false, "{\"model\":\"b\",\"x\":[]}"},
    {"{\"stream\":true}", "", true,
     "{\"stream_options\":{\"include_usage\":true},\"stream\":true}"},
    {"{\"stream\":false}", "", true, "{\"stream\":false}"},
    {"{\"stream\":true,\"stream_options\":null}", "", true,
     "{\"stream\":true,\"stream_options\":{\"include_usage\":true}}"},
    {"{\"stream_options\":{},\"stream\":true,\"model\":\"a\"}", "b", true,
     "{\"stream_options\":{\"include_usage\":true},\"stream\":true,\"model\":"
     "\"b\"}"},
    {"{\"stream\":true,\"stream_options\":{ \"x\":1}}", "", true,
     "{\"stream\":true,\"stream_options\":{\"include_usage\":true, \"x\":1}}"},
    {"{\"stream\":true,\"stream_options\":{\"include_usage\":false}}", "", true,
     "{\"stream\":true,\"stream_options\":{\"include_usage\":false}}"},
    {"{\"stream\":true,\"stream_options\":7}", "", true,
     "{\"stream\":true,\"stream_options\":7}"},
};

static void check_write(const struct write_row *row)
{
	struct buf out = BUF_INIT(4096);
	struct jerror why;
	struct jdoc doc;
	bool added;

	jdoc_init(&doc);
	jdoc_parse(&doc, str_of(row->in), &jscan_request_limits, &why);
	added = pass_request_write(&out, &doc, str_of(row->model), row->usage);
	is_text(buf_str(&out), row->out, row->in);
	ok(added == (str_find(buf_str(&out), STR("include_usage\":true")) !=
		     SIZE_MAX),
	   "says whether it was added");
	jdoc_release(&doc);
	buf_release(&out);
}

static const struct read_row {
	const char *in, *error; /* NULL: none */
	const char *model;
	bool stream, images, single;
	int64_t max_tokens;
} reads[] = {
    {"{\"model\":\"\\u0061b\",\"stream\":true,\"max_tokens\":5,"
     "\"max_completion_tokens\":7}",
     NULL, "ab", true, false, true, 7},
    {"{\"model\":\"m\",\"stream\":null,\"n\":2}", NULL, "m", false, false,
     false, 0},
    {"{\"model\":\"m\",\"prompt\":[\"a\",\"b\"]}", NULL, "m", false, false,
     false, 0},
    {"{\"model\":\"m\",\"messages\":[{\"content\":[{\"type\":\"image_url\"}]}]"
     "}",
     NULL, "m", false, true, true, 0},
    {"{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":"
     "\"input_image\"}]}]}",
     NULL, "m", false, true, true, 0},
    {"{\"model\":\"m\",\"tools\":[{\"type\":\"image_url\"}],\"messages\":[{"
     "\"content\":\"{\\\"type\\\":\\\"image_url\\\"}\"}]}",
     NULL, "m", false, false, true, 0},
    {"[]", "the body must be a JSON object", "", false, false, false, 0},
    {"", "the body is not valid JSON: unexpected end at byte 0", "", false,
     false, false, 0},
    {"{\"model\":7}", "model: must be a string", "", false, false, false, 0},
    {"{\"model\":\"\"}", "you must provide a model parameter", "", false, false,
     false, 0},
    {"{\"model\":null}", "you must provide a model parameter", "", false, false,
     false, 0},
    {"{\"model\":\"m\",\"stream\":\"yes\"}", "stream: must be a boolean", "",
     false, false, false, 0},
};

static void check_read(const struct read_row *row)
{
	struct pass_request more = {.path_model = STR_NONE};
	struct arena a = ARENA_INIT;
	struct chat_request chat;
	struct err e = {0};
	struct jdoc doc;
	int rc;

	jdoc_init(&doc);
	rc = pass_request_read(&chat, &more, &doc, str_of(row->in), &a, &e);
	is_text(str_of(e.message), row->error ? row->error : "", row->in);
	ok((rc < 0) == (row->error != NULL), "as it says");
	if (rc == 0) {
		is_text(chat.model, row->model, "model");
		ok(chat.stream == row->stream &&
		       chat.has_images == row->images &&
		       more.single == row->single,
		   "stream, images, one choice");
		is_int(chat.max_tokens, row->max_tokens, "max_tokens");
		ok(more.input_estimate > 0, "an estimate");
	}
	jdoc_release(&doc);
	arena_release(&a);
}

static int64_t estimate_of(struct str body)
{
	struct pass_request more = {.path_model = STR("m")};
	struct arena a = ARENA_INIT;
	struct chat_request chat;
	struct jdoc doc;
	struct err e;

	jdoc_init(&doc);
	pass_request_read(&chat, &more, &doc, body, &a, &e);
	jdoc_release(&doc);
	arena_release(&a);
	return more.input_estimate;
}

/* A picture is not the length of its base64. */
static void test_estimate(void)
{
	struct buf body = BUF_INIT(1 << 20);

	is_int(estimate_of(STR("{\"prompt\":[1,2,3,4]}")), 6, "tokens count");
	buf_adds(&body, "{\"x\":\"");
	for (int i = 0; i < 500000; i++)
		buf_addc(&body, 'A');
	buf_adds(&body, "\"}");
	is_int(estimate_of(buf_str(&body)), 1601, "a file");
	buf_reset(&body);
	buf_adds(&body, "{\"x\":\"");
	for (int i = 0; i < 10000; i++)
		buf_adds(&body, "\xe4\xbd\xa0");
	buf_adds(&body, "\"}");
	is_int(estimate_of(buf_str(&body)), 11001, "no file: Chinese");
	buf_release(&body);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
		check_write(&writes[i]);
	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++)
		check_read(&reads[i]);
	test_estimate();
	return done_testing();
}
