/* Accounts: options, remarks on what was written, new ones without address. */
#include "tests/support/tap.h"

#include <string.h>

#include "admin/account_json.h"
#include "admin/account_new.h"
#include "admin/account_remarks.h"
#include "admin/unknown.h"
#include "app/backend.h"
#include "app/options.h"
#include "base/mem.h"

static cJSON *parse(const char *text)
{
	cJSON *o = json_parse_object(str_of(text), NULL);

	if (!o)
		diag("no JSON: %s", text);
	return o;
}

static void read_into(struct account *a, const char *text)
{
	struct err e = {.message = ""};
	cJSON *o = parse(text);

	ok(account_read(a, o, &e) == 0, "%s: %s", text, e.message);
	cJSON_Delete(o);
}

static void test_kept(void)
{
	struct account a;

	account_init(&a);
	a.platform = PLATFORM_OPENAI;
	read_into(&a, "{\"name\":\"n\",\"options\":{\"thinkTags\":\"strip\","
		      "\"thinkOpen\":true,\"pdf\":\"placeholder\","
		      "\"noThinkEffort\":\"low\"}}");
	is_text(str_of(a.options),
		"{\"thinkTags\":\"strip\",\"thinkOpen\":true,"
		"\"noThinkEffort\":\"low\"}",
		"what is no default is kept");
	read_into(&a, "{\"options\":{\"thinkOpen\":false,\"thinkTags\":null,"
		      "\"images\":\"data\"}}");
	is_text(str_of(a.options),
		"{\"images\":\"data\",\"noThinkEffort\":\"low\"}",
		"the others stay, null is the default");
	read_into(&a, "{\"priority\":3}");
	ok(a.options != NULL, "nothing said, nothing changed");
	read_into(&a, "{\"options\":null}");
	ok(a.options == NULL, "null brings all defaults back");
	account_release(&a);
}

/* Each option gets where it is meant to get. */
static void test_target(void)
{
	struct settings s = {.connect_ms = 1};
	struct openai_target t;
	struct backend *b;
	struct account a;

	account_init(&a);
	a.name = mem_strdup("n");
	a.address = mem_strdup("http://h");
	a.options = mem_strdup(
	    "{\"thinkTags\":\"off\",\"thinkOpen\":true,\"eofIsEnd\":true,"
	    "\"images\":\"data\",\"pdf\":\"refuse\",\"toolImages\":\"inline\","
	    "\"systemRole\":\"developer\",\"systemTurns\":\"keep\","
	    "\"reasoning\":true,\"allEfforts\":true,\"noThinkEffort\":\"low\","
	    "\"upstreamAuth\":\"passthrough\",\"later\":1}");
	b = backend_new(&a, &s);
	backend_target(b, STR("m"), 10, &t);
	ok(b->options.think_tags == 1 && b->options.think_open &&
	       b->options.eof_is_end &&
	       b->options.upstream_auth == AUTH_PASSTHROUGH,
	   "options of answers");
	ok(t.data_images_only && t.refuse_pdf && t.tool_images_inline &&
	       t.developer_role && t.keep_system_turns && t.reasoning &&
	       t.all_efforts && str_is(t.off_effort, "low"),
	   "options of requests");
	backend_release(b);
	mem_free(a.options);
	a.options = mem_strdup("no JSON");
	b = backend_new(&a, &s);
	backend_target(b, STR("m"), 10, &t);
	ok(!t.data_images_only && !t.reasoning && !t.off_effort.n,
	   "a record that cannot be read is no option");
	backend_release(b);
	account_release(&a);
}

static void check_error(const char *options, int status, enum err_kind before,
			enum upstream_class class, enum err_kind kind,
			const char *message)
{
	struct upstream_verdict v = {.class = class};
	struct settings s = {.connect_ms = 1};
	struct account a;
	struct backend *b;
	struct err e;

	account_init(&a);
	a.name = mem_strdup("n");
	a.address = mem_strdup("http://h");
	a.options = mem_strdup(options);
	b = backend_new(&a, &s);
	err_set(&e, before, "m");
	backend_word_error(b, status, &v, &e);
	is_int(e.kind, kind, "%s %d", options, status);
	is_text(str_of(e.message), message, "its message");
	backend_release(b);
	account_release(&a);
}

static void test_errors(void)
{
	static const char pass[] = "{\"upstreamAuth\":\"passthrough\"}";
	static const char named[] = "m (account \"n\": its test says more)";

	check_error("{}", 401, ERR_UPSTREAM, CLASS_AUTH, ERR_UPSTREAM, named);
	check_error(pass, 401, ERR_UPSTREAM, CLASS_AUTH, ERR_AUTH, "m");
	check_error(pass, 403, ERR_UPSTREAM, CLASS_AUTH, ERR_FORBIDDEN, "m");
	check_error(pass, 500, ERR_UPSTREAM, CLASS_SERVER, ERR_UPSTREAM, named);
	check_error("{}", 0, ERR_TIMEOUT, CLASS_SERVER, ERR_TIMEOUT, named);
	check_error("{}", 400, ERR_BAD_REQUEST, CLASS_CLIENT, ERR_BAD_REQUEST,
		    "m");
	check_error("{}", 404, ERR_NOT_FOUND, CLASS_MODEL, ERR_NOT_FOUND, "m");
}

/* Remarks on a body, as one text. */
static void check_remarks(const char *text, const char *want)
{
	const struct face *face = face_of(PLATFORM_OPENAI);
	struct buf out = BUF_INIT(4096);
	cJSON *body = parse(text), *shown, *unknown;
	struct account a;
	struct err e;

	account_init(&a);
	a.platform = PLATFORM_OPENAI;
	account_read(&a, body, &e);
	shown = account_write(&a);
	unknown = account_unknown(body, shown, face);
	unknown_remark(&out, unknown);
	is_str(buf_str(&out), str_of(want), "%s", text);
	cJSON_Delete(unknown);
	cJSON_Delete(shown);
	cJSON_Delete(body);
	account_release(&a);
	buf_release(&out);
}

#define IGNORED " is not a field of accounts and was ignored"

static void test_remarks(void)
{
	static const char *const cases[][2] = {
	    {"{\"name\":\"n\",\"priority\":1}", ""},
	    {"{\"name\":\"n\",\"schedulible\":true}",
	     "; schedulible" IGNORED ": did you mean schedulable?"},
	    {"{\"name\":\"n\",\"baseURL\":\"http://h\"}",
	     "; baseURL" IGNORED ": did you mean baseApi?"},
	    {"{\"name\":\"n\",\"azureEndpoint\":\"http://h\"}",
	     "; azureEndpoint" IGNORED ": did you mean baseApi?"},
	    {"{\"name\":\"n\",\"model\":\"m\",\"is_active\":true}",
	     "; model" IGNORED
	     ": did you mean deploymentName or supportedModels?"
	     "; is_active" IGNORED ": did you mean isActive?"},
	    {"{\"name\":\"n\",\"rateLimitDuration\":60}",
	     "; rateLimitDuration" IGNORED},
	    {"{\"name\":\"n\",\"timeouts\":{\"idle\":5,\"totalms\":1}}",
	     "; timeouts.idle" IGNORED
	     ": did you mean idleMs?; timeouts.totalms" IGNORED
	     ": did you mean totalMs?"},
	    {"{\"name\":\"n\",\"headers\":{\"X-A\":\"b\"},"
	     "\"extraBody\":{\"top_k\":1}}",
	     ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_remarks(cases[i][0], cases[i][1]);
}

static void check_new(const char *text, const char *want)
{
	const struct face *face = face_of(PLATFORM_OPENAI);
	struct buf out = BUF_INIT(4096);
	cJSON *body = parse(text), *shown;
	struct account a;
	struct err e;

	account_init(&a);
	a.platform = PLATFORM_OPENAI;
	account_read(&a, body, &e);
	shown = account_write(&a);
	account_remark_new(&out, body, shown, face);
	is_str(buf_str(&out), str_of(want), "%s", text);
	cJSON_Delete(shown);
	cJSON_Delete(body);
	account_release(&a);
	buf_release(&out);
}

/* The guide's second method gives no address. */
static void test_new(void)
{
	check_new("{\"name\":\"Qwen3-235B Local\",\"supportedModels\":["
		  "\"qwen3-235b\",\"claude-3-opus-20240229\"]}",
		  "; no baseApi was given: its requests go to "
		  "https://api.openai.com/v1");
	check_new("{\"name\":\"n\",\"baseApi\":\"http://h\","
		  "\"supportedModels\":[]}",
		  "; without supportedModels it serves every model name");
	check_new("{\"name\":\"n\",\"baseApi\":\"http://h\","
		  "\"supportedModels\":{\"a\":\"b\"}}",
		  "");
}

static void check_address(enum account_platform platform, const char *text,
			  const char *want)
{
	char map[] = "qwen3-32b = http://a:1/v1, glm-4.6=http://b:2/v1,=x,bad";
	struct settings s = {.openai_endpoints = map};
	struct app app = {.settings = &s};
	struct err e = {.message = ""};
	cJSON *body = parse(text);
	struct account a;
	int rc = account_new(&app, platform, body, &a, &e);

	is_text(str_of(rc == 0 ? a.address : e.message), want, text);
	cJSON_Delete(body);
	account_release(&a);
}

static void test_addresses(void)
{
	static const char unknown[] =
	    "{\"name\":\"n\",\"supportedModels\":[\"m\"]}";

	check_address(
	    PLATFORM_OPENAI,
	    "{\"name\":\"n\",\"supportedModels\":[\"m\",\"GLM-4.6\"]}",
	    "http://b:2/v1");
	check_address(PLATFORM_OPENAI,
		      "{\"name\":\"n\",\"deploymentName\":\"qwen3-32b\"}",
		      "http://a:1/v1");
	check_address(PLATFORM_OPENAI,
		      "{\"name\":\"n\",\"supportedModels\":{\"claude-x\":"
		      "\"qwen3-32b\"}}",
		      "http://a:1/v1");
	check_address(PLATFORM_OPENAI,
		      "{\"name\":\"n\",\"baseApi\":\"http://c\","
		      "\"deploymentName\":\"qwen3-32b\"}",
		      "http://c");
	check_address(PLATFORM_OPENAI, unknown, "https://api.openai.com/v1");
	check_address(PLATFORM_OPENAI_RESPONSES, unknown,
		      "Base API URL is required");
}

int main(void)
{
	struct err e;

	ok(secret_start(&e) == 0, "secrets");
	test_kept();
	test_target();
	test_errors();
	test_remarks();
	test_addresses();
	test_new();
	return done_testing();
}
