/* Accounts from and to JSON: every field, good and bad. */
#include "tests/support/tap.h"

#include <string.h>

#include "admin/account_json.h"
#include "base/mem.h"

#define ENDPOINT                                                               \
	"Invalid endpoint format. Expected: http://ip:port or https://domain"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct bad {
	enum account_platform platform;
	const char *body, *message;
} bad[] = {
    {PLATFORM_AZURE_OPENAI, "{}", "Account name is required"},
    {PLATFORM_AZURE_OPENAI, "{\"name\":\"\"}", "Account name is required"},
    {PLATFORM_AZURE_OPENAI, "{\"name\":\"  \"}", "Account name is required"},
    {PLATFORM_AZURE_OPENAI, "{\"name\":null}", "Account name is required"},
    {PLATFORM_AZURE_OPENAI, "{\"name\":\"n\"}", "Azure endpoint is required"},
    {PLATFORM_AZURE_OPENAI, "{\"name\":\"n\",\"azureEndpoint\":\"\"}",
     "Azure endpoint is required"},
    {PLATFORM_AZURE_OPENAI, "{\"name\":\"n\",\"baseApi\":\"http://h\"}",
     "Azure endpoint is required"},
    {PLATFORM_AZURE_OPENAI, "{\"name\":\"n\",\"azureEndpoint\":\"http://h\"}",
     "Deployment name is required"},
    {PLATFORM_AZURE_OPENAI,
     "{\"name\":\"n\",\"azureEndpoint\":\"h\",\"deploymentName\":\"d\"}",
     ENDPOINT},
    {PLATFORM_OPENAI, "{}", "Account name is required"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"baseApi\":\"ftp://h\"}", ENDPOINT},
    {PLATFORM_OPENAI_RESPONSES, "{\"name\":\"n\"}", "Base API URL is required"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"baseApi\":5}",
     "baseApi must be a string"},
    {PLATFORM_OPENAI, "{\"name\":5}", "name must be a string"},
    {PLATFORM_OPENAI, "{\"name\":\"a\\nb\"}",
     "name must not hold control characters"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"description\":{}}",
     "description must be a string"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"accountType\":\"mine\"}",
     "accountType must be one of shared, dedicated, group"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"accountType\":true}",
     "accountType must be a string"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"apiVersion\":\"1&x=y\"}",
     "apiVersion must consist of letters, digits, dots and hyphens, as in "
     "2024-02-01"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"protocol\":\"Anthropic\"}",
     "protocol must be openai or anthropic"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"flavour\":\"vLLM\"}",
     "flavour must be one of auto, vllm, sglang, tgi, ollama, llamacpp, "
     "fastchat, azure, openai, generic"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"deploymentName\":\"a b\"}",
     "deploymentName must not hold spaces, quotes or any of ? # % \\"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"deploymentName\":\"a?x\"}",
     "deploymentName must not hold spaces, quotes or any of ? # % \\"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"apiKey\":\"a\\r\\nX: y\"}",
     "apiKey must be printable ASCII without spaces (a masked key cannot be "
     "sent back)"},
    {PLATFORM_OPENAI,
     "{\"name\":\"n\",\"apiKey\":\"sk-\xe2\x80\xa6"
     "3f2a\"}",
     "apiKey must be printable ASCII without spaces (a masked key cannot be "
     "sent back)"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"apiKey\":1}",
     "apiKey must be a string"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"supportedModels\":\"m\"}",
     "supportedModels must be a list of names or an object {asked: sent}"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"supportedModels\":[1]}",
     "supportedModels must hold strings"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"supportedModels\":{\"a\":1}}",
     "supportedModels must hold strings"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"supportedModels\":[\"\"]}",
     "supportedModels must hold names of 1 to 127 bytes without control "
     "characters, with * only at the end"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"supportedModels\":[\"a*b\"]}",
     "supportedModels must hold names of 1 to 127 bytes without control "
     "characters, with * only at the end"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"supportedModels\":{\"a\":\"b*\"}}",
     "supportedModels: the name to send must have at most 127 bytes, no "
     "control characters and no *"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"capabilities\":[\"sight\"]}",
     "capabilities must hold any of vision, tools, thinking"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"capabilities\":\"vision\"}",
     "capabilities must be a list"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"priority\":0}",
     "priority must be a whole number from 1 to 100"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"priority\":101}",
     "priority must be a whole number from 1 to 100"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"priority\":50.5}",
     "priority must be a whole number from 1 to 100"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"priority\":\"50\"}",
     "priority must be a whole number from 1 to 100"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"weight\":0}",
     "weight must be a whole number from 1 to 1000"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"maxConcurrentTasks\":-1}",
     "maxConcurrentTasks must be a whole number from 0 to 1000000"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"contextWindow\":true}",
     "contextWindow must be a whole number from 0 to 1073741824"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"isActive\":\"true\"}",
     "isActive must be true or false"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"schedulable\":1}",
     "schedulable must be true or false"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"timeouts\":5}",
     "timeouts must be an object"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"timeouts\":{\"idleMs\":-1}}",
     "timeouts.idleMs must be a whole number from 0 to 86400000"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"pricing\":[1]}",
     "pricing must be an object"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"pricing\":{\"input\":-1}}",
     "pricing.input must be a number from 0 to 1e+06"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"headers\":[]}",
     "headers must be an object"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"headers\":{\"a b\":\"c\"}}",
     "headers: a name must be an HTTP token of 1 to 100 bytes"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"headers\":{\"\":\"c\"}}",
     "headers: a name must be an HTTP token of 1 to 100 bytes"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"headers\":{\"HOST\":\"c\"}}",
     "headers must not set HOST, which the relay sets itself"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"headers\":{\"Content-Length\":\"1\"}}",
     "headers must not set Content-Length, which the relay sets itself"},
    {PLATFORM_OPENAI,
     "{\"name\":\"n\",\"apiKey\":\"k\",\"headers\":{\"Authorization\":\"x\"}}",
     "headers must not set Authorization when apiKey is set"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"headers\":{\"X-A\":1}}",
     "headers.X-A must be a string"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"headers\":{\"X-A\":\"a\\r\\nb\"}}",
     "headers.X-A must have at most 4096 bytes and no control characters"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"extraBody\":\"{}\"}",
     "extraBody must be an object"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"extraBody\":{\"stream\":false}}",
     "extraBody must not set stream, which the relay sets itself"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"extraBody\":{\"model\":\"m\"}}",
     "extraBody must not set model, which the relay sets itself"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"extraBody\":{\"stream_options\":{}}}",
     "extraBody must not set stream_options, which the relay sets itself"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"extraBody\":{\"tools\":[]}}",
     "extraBody must not set tools, which the relay sets itself"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"options\":[]}",
     "options must be an object"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"options\":{\"think_tag\":\"off\"}}",
     "options.think_tag is no option: did you mean thinkTags; there are: "
     "thinkTags, thinkOpen, eofIsEnd, images, pdf, toolImages, systemRole, "
     "systemTurns, reasoning, allEfforts, noThinkEffort, upstreamAuth"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"options\":{\"thinkTags\":true}}",
     "options.thinkTags must be one of auto|off|strip"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"options\":{\"pdf\":\"\"}}",
     "options.pdf must be one of placeholder|refuse"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"options\":{\"eofIsEnd\":1}}",
     "options.eofIsEnd must be true or false"},
    {PLATFORM_OPENAI,
     "{\"name\":\"n\",\"options\":{\"noThinkEffort\":\"a\\\"b\"}}",
     "options.noThinkEffort must be a word of at most 31 letters, digits, "
     "hyphens and underscores"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"proxy\":5}",
     "proxy must be a URL such as http://host:port or "
     "socks5://user:password@host:port, or an object {type, host, port, "
     "username, password}"},
    {PLATFORM_OPENAI,
     "{\"name\":\"n\",\"proxy\":\"http://169.254.169.254:80\"}",
     "proxy must be a URL such as http://host:port or "
     "socks5://user:password@host:port, or an object {type, host, port, "
     "username, password}"},
    {PLATFORM_OPENAI, "{\"name\":\"n\",\"proxy\":{\"type\":\"http\"}}",
     "proxy needs type, host and port"},
    {PLATFORM_OPENAI,
     "{\"name\":\"n\",\"proxy\":{\"type\":\"ftp\",\"host\":\"h\",\"port\":1}}",
     "proxy.type must be one of http, https, socks5, socks5h, socks4, "
     "socks4a"},
    {PLATFORM_OPENAI,
     "{\"name\":\"n\",\"proxy\":{\"type\":\"http\",\"host\":\"h\","
     "\"port\":\"1\"}}",
     "proxy.port must be a whole number from 1 to 65535"},
};

/* Reads body into the account; is the message the one that is wanted? */
static void check_read(struct account *a, const char *body, const char *message)
{
	struct err e = {.message = "no JSON"};
	cJSON *o = json_parse_object(str_of(body), &e);

	if (o && account_read(a, o, &e) == 0)
		e.message[0] = '\0';
	is_text(str_of(e.message), message, body);
	cJSON_Delete(o);
}

static void start(struct account *a, enum account_platform platform)
{
	account_init(a);
	a->platform = platform;
}

static void test_bad(void)
{
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct account a;

		start(&a, bad[i].platform);
		check_read(&a, bad[i].body, bad[i].message);
		account_release(&a);
	}
}

/* One member of what is shown. */
static void check_shown(const struct account *a, const char *key,
			const char *json)
{
	cJSON *o = account_write(a);
	cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);
	char *text = v ? json_print(v) : mem_strdup("absent");

	is_text(str_of(text), json, key);
	mem_free(text);
	cJSON_Delete(o);
}

static void test_guide(void)
{
	static const char body[] =
	    "{\"name\":\"Qwen3-32B\",\"description\":\"self-hosted "
	    "Qwen3-32B\",\"accountType\":\"shared\",\"azureEndpoint\":"
	    "\"http://192.168.1.100:8000\",\"apiVersion\":\"2024-02-01\","
	    "\"deploymentName\":\"qwen3-32b\",\"apiKey\":"
	    "\"sk-dummy-key-not-required\",\"supportedModels\":["
	    "\"qwen3-32b\",\"claude-3-opus-20240229\"],\"priority\":50,"
	    "\"isActive\":true,\"schedulable\":true,\"unknown\":[1]}";
	struct account a;
	cJSON *o;
	char *text;

	start(&a, PLATFORM_AZURE_OPENAI);
	check_read(&a, body, "");
	o = account_write(&a);
	text = json_print(o);
	is_text(str_of(text),
		"{\"id\":\"\",\"platform\":\"azure-openai\","
		"\"name\":\"Qwen3-32B\",\"description\":\"self-hosted "
		"Qwen3-32B\",\"accountType\":\"shared\",\"groupId\":\"\","
		"\"groupIds\":[],"
		"\"azureEndpoint\":"
		"\"http://192.168.1.100:8000\",\"apiVersion\":"
		"\"2024-02-01\",\"protocol\":\"openai\","
		"\"flavour\":\"auto\",\"detectedFlavour\":"
		"\"\",\"deploymentName\":\"qwen3-32b\",\"apiKey\":"
		"\"sk-\xe2\x80\xa6"
		"ired\",\"supportedModels\":["
		"\"qwen3-32b\",\"claude-3-opus-20240229\"],"
		"\"capabilities\":[\"vision\",\"tools\",\"thinking\"],"
		"\"priority\":50,\"weight\":1,\"maxConcurrentTasks\":0,"
		"\"probeSeconds\":0,"
		"\"contextWindow\":0,\"maxOutputTokens\":0,\"isActive\":"
		"true,\"schedulable\":true,\"timeouts\":{\"connectMs\":0,"
		"\"firstByteMs\":0,\"idleMs\":0,\"totalMs\":0},"
		"\"pricing\":null,\"proxy\":null,\"headers\":{},"
		"\"extraBody\":null,\"options\":{\"thinkTags\":\"auto\","
		"\"thinkOpen\":false,\"eofIsEnd\":false,\"images\":\"all\","
		"\"pdf\":\"placeholder\",\"toolImages\":\"after\","
		"\"systemRole\":\"system\",\"systemTurns\":\"fold\","
		"\"reasoning\":false,\"allEfforts\":false,"
		"\"noThinkEffort\":\"\",\"upstreamAuth\":\"gateway\"},"
		"\"createdAt\":null,\"updatedAt\":null}",
		"the guide's account, as it is shown");
	mem_free(text);
	cJSON_Delete(o);
	account_release(&a);
}

static void test_defaults(void)
{
	struct account a;

	start(&a, PLATFORM_OPENAI);
	check_read(&a, "{\"name\":\"n\"}", "");
	check_shown(&a, "baseApi", "\"https://api.openai.com/v1\"");
	check_shown(&a, "azureEndpoint", "absent");
	check_shown(&a, "apiKey", "\"\"");
	check_shown(&a, "supportedModels", "[]");
	account_release(&a);
}

static void test_lists(void)
{
	struct account a;

	start(&a, PLATFORM_OPENAI);
	check_read(&a,
		   "{\"name\":\"n\",\"supportedModels\":[\"a\",\"b*\","
		   "\"a\"],\"capabilities\":[\"tools\",\"tools\"]}",
		   "");
	check_shown(&a, "supportedModels", "[\"a\",\"b*\"]");
	check_shown(&a, "capabilities", "[\"tools\"]");
	check_read(&a, "{\"supportedModels\":{\"a\":\"x\",\"b*\":\"\"}}", "");
	check_shown(&a, "supportedModels", "{\"a\":\"x\",\"b*\":\"\"}");
	check_shown(&a, "name", "\"n\"");
	check_read(&a, "{\"supportedModels\":[],\"capabilities\":[]}", "");
	check_shown(&a, "supportedModels", "[]");
	check_shown(&a, "capabilities", "[]");
	account_release(&a);
}

static void test_limits(void)
{
	struct account a;

	start(&a, PLATFORM_OPENAI);
	check_read(&a,
		   "{\"name\":\"n\",\"priority\":100,\"weight\":7,"
		   "\"timeouts\":{\"connectMs\":1,\"totalMs\":86400000},"
		   "\"pricing\":{\"input\":0.5,\"output\":2},"
		   "\"extraBody\":{\"top_k\":20,\"a\":[1,{}]}}",
		   "");
	check_shown(&a, "priority", "100");
	check_shown(&a, "weight", "7");
	check_shown(&a, "timeouts",
		    "{\"connectMs\":1,\"firstByteMs\":0,\"idleMs\":0,"
		    "\"totalMs\":86400000}");
	check_shown(&a, "pricing",
		    "{\"input\":0.5,\"output\":2,\"cacheRead\":0,"
		    "\"cacheWrite\":0}");
	check_shown(&a, "extraBody", "{\"top_k\":20,\"a\":[1,{}]}");
	check_read(&a,
		   "{\"timeouts\":null,\"pricing\":null,"
		   "\"extraBody\":null,\"priority\":null}",
		   "");
	check_shown(&a, "timeouts",
		    "{\"connectMs\":0,\"firstByteMs\":0,\"idleMs\":0,"
		    "\"totalMs\":0}");
	check_shown(&a, "pricing", "null");
	check_shown(&a, "extraBody", "null");
	check_shown(&a, "priority", "100");
	account_release(&a);
}

static void test_secrets(void)
{
	struct account a;

	start(&a, PLATFORM_OPENAI);
	check_read(&a, "{\"name\":\"n\",\"apiKey\":\"short\"}", "");
	check_shown(&a, "apiKey", "\"\xe2\x80\xa6\"");
	check_read(&a, "{\"apiKey\":\"\xe2\x80\xa6\"}", "");
	is_text(str_of(a.api_key), "short", "a mask keeps the key");
	check_read(&a,
		   "{\"headers\":{\"X-Trace\":\"on\",\"X-Token\":"
		   "\"0123456789abcdef\"}}",
		   "");
	check_shown(&a, "headers",
		    "{\"X-Trace\":\"on\",\"X-Token\":"
		    "\"012\xe2\x80\xa6"
		    "cdef\"}");
	check_read(&a,
		   "{\"headers\":{\"x-token\":"
		   "\"012\xe2\x80\xa6"
		   "cdef\"}}",
		   "");
	is_int((int64_t)a.nheaders, 1, "headers are replaced");
	is_text(str_of(a.headers[0].value), "0123456789abcdef",
		"a mask keeps the value");
	check_read(&a,
		   "{\"apiKey\":\"\",\"headers\":"
		   "{\"Authorization\":\"Basic eDp5\"}}",
		   "");
	check_read(&a, "{\"apiKey\":\"k\"}",
		   "apiKey must be empty while headers set Authorization");
	check_read(&a, "{\"headers\":null}", "");
	check_shown(&a, "headers", "{}");
	account_release(&a);
}

static void test_proxies(void)
{
	static const struct {
		const char *given, *url, *shown;
	} cases[] = {
	    {"\"http://p:3128\"", "http://p:3128",
	     "{\"type\":\"http\",\"host\":\"p\",\"port\":3128,"
	     "\"username\":\"\",\"password\":\"\"}"},
	    {"\"socks5://u%40x:p%3Aw@[::1]:1080/\"",
	     "socks5://u%40x:p%3Aw@[::1]:1080",
	     "{\"type\":\"socks5\",\"host\":\"[::1]\",\"port\":1080,"
	     "\"username\":\"u@x\",\"password\":\"\xe2\x80\xa6\"}"},
	    {"{\"type\":\"http\",\"host\":\"p\",\"port\":1,"
	     "\"username\":\"a/b\",\"password\":\"c@d:e\"}",
	     "http://a%2Fb:c%40d%3Ae@p:1",
	     "{\"type\":\"http\",\"host\":\"p\",\"port\":1,"
	     "\"username\":\"a/b\",\"password\":\"\xe2\x80\xa6\"}"},
	    {"{\"type\":\"http\",\"host\":\"q\",\"port\":1,"
	     "\"username\":\"a/b\",\"password\":\"\xe2\x80\xa6\"}",
	     "http://a%2Fb:c%40d%3Ae@q:1",
	     "{\"type\":\"http\",\"host\":\"q\",\"port\":1,"
	     "\"username\":\"a/b\",\"password\":\"\xe2\x80\xa6\"}"},
	    {"null", "", "null"},
	    {"\"\"", "", "null"},
	    {"{}", "", "null"},
	};
	struct account a;

	start(&a, PLATFORM_OPENAI);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf body = BUF_INIT(1024);

		buf_addf(&body, "{\"name\":\"n\",\"proxy\":%s}",
			 cases[i].given);
		check_read(&a, body.data, "");
		is_text(str_of(a.proxy), cases[i].url, "the proxy's URL");
		check_shown(&a, "proxy", cases[i].shown);
		buf_release(&body);
	}
	account_release(&a);
}

static void test_address_change(void)
{
	struct account a;

	start(&a, PLATFORM_OPENAI);
	a.detected_flavour = mem_strdup("vllm");
	a.address = mem_strdup("http://h:1");
	check_read(&a, "{\"name\":\"n\",\"baseApi\":\"http://h:1\"}", "");
	check_shown(&a, "detectedFlavour", "\"vllm\"");
	check_read(&a, "{\"baseApi\":\"http://h:2\"}", "");
	check_shown(&a, "detectedFlavour", "\"\"");
	account_release(&a);
}

int main(void)
{
	struct err e;

	ok(secret_start(&e) == 0, "secrets");
	test_bad();
	test_guide();
	test_defaults();
	test_lists();
	test_limits();
	test_secrets();
	test_proxies();
	test_address_change();
	return done_testing();
}
