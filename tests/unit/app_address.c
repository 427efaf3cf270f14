/* Which addresses may be model servers, and how URLs are joined. */
#include "tests/support/tap.h"

#include <string.h>

#include "app/backend.h"
#include "base/mem.h"

/* Not an address in the guide's form: refused with its words. */
static const char *const malformed[] = {
    "",
    " ",
    "host",
    "host:8000",
    "192.168.1.100:8000",
    "//host",
    "ftp://host",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_x",
    "dict://host:1",
    "unix:/run/x.sock",
    "javascript:alert(1)",
    "http:",
    "http:/host",
    "http:host",
    "http//host",
    "http://",
    "http:///",
    "http:///path",
    "http://:80",
    "https://?x",
    "http://#x",
    "http://user@host",
    "http://user:pass@host",
    "http://host@169.254.169.254/",
    "http://169.254.169.254@host/",
    "http://@host",
    "http://host/a@b",
    "http://host?x=1",
    "http://host/?x=1",
    "http://host#f",
    "http://host/v1#f",
    "http://host\\@169.254.169.254/",
    "http:\\\\host",
    "http://ho st",
    " http://host",
    "http://host ",
    "http://host/a b",
    "http://host\r\nX-Injected: 1",
    "http://host\n",
    "http://host\t",
    "http://host/\x7f",
    "http://host:0",
    "http://host:65536",
    "http://host:99999999999999999999",
    "http://host:80x",
    "http://host:-1",
    "http://host:+80",
    "http://host: 80",
    "http://host:",
    "http://host:80:90",
    "http://[::1",
    "http://::1]",
    "http://[::1]x",
    "http://[::1]80",
    "http://[::1]:",
    "http://[]",
    "http://[]:80",
    "http://::1",
    "http://fe80::1",
    "http://[fe80::1%25eth0]",
    "http://[fe80::1%eth0]",
    "http://ho%73t",
    "http://host%00.example",
    "http://169.254.169.254%2f@host",
    "http://\xef\xbc\x91\xef\xbc\x96\xef\xbc\x99.254.169.254",
    "http://169\343\200\202254.169.254",
    "http://ex\xc3\xa4mple.test",
    "http://host<script>",
    "http://{host}",
    "http://host/\"x\"",
    "http://host/`x`",
    "http://a|b",
    "http://host,other",
    "http://host;other",
    "http://$(host)",
};

/* Well-formed, and never a model server. */
static const char *const forbidden[] = {
    "http://169.254.169.254",
    "https://169.254.169.254",
    "HTTP://169.254.169.254",
    "http://169.254.169.254:80",
    "http://169.254.169.254:8000/latest/meta-data/",
    "http://169.254.169.254.",
    "http://169.254.169.254..",
    "http://169.254.169.254./v1",
    "http://169.254.0.1",
    "http://169.254.170.2/v2/credentials",
    "http://169.254.255.255",
    "http://2852039166",
    "http://2852039166:80/",
    "http://0xA9FEA9FE",
    "http://0xa9fea9fe.",
    "http://025177524776",
    "http://0251.0376.0251.0376",
    "http://0251.254.169.254",
    "http://00251.0376.0251.0376",
    "http://0xa9.0xfe.0xa9.0xfe",
    "http://0xA9.0376.169.254",
    "http://169.254.43518",
    "http://169.16689662",
    "http://0xa9.16689662",
    "http://[169.254.169.254]",
    "http://[::ffff:169.254.169.254]",
    "http://[::FFFF:169.254.169.254]:80",
    "http://[::ffff:a9fe:a9fe]",
    "http://[0:0:0:0:0:ffff:a9fe:a9fe]",
    "http://[0000:0000:0000:0000:0000:ffff:a9fe:a9fe]",
    "http://[::169.254.169.254]",
    "http://[::a9fe:a9fe]",
    "http://[64:ff9b::169.254.169.254]",
    "http://[64:ff9b::a9fe:a9fe]",
    "http://[2002:a9fe:a9fe::1]",
    "http://[::ffff:0:169.254.169.254]",
    "http://[fe80::1]",
    "http://[FE80::1]:8000",
    "http://[febf::1]",
    "http://[fd00:ec2::254]",
    "http://[fd00:0ec2:0:0:0:0:0:254]",
    "http://metadata.google.internal",
    "http://METADATA.google.INTERNAL/computeMetadata/v1/",
    "http://metadata.google.internal.",
    "http://metadata",
    "http://metadata.",
    "http://instance-data",
    "http://instance-data/latest",
    "http://100.100.100.200",
    "http://100.100.100.200./latest",
    "http://0x646464c8",
    "http://1684301000",
    "http://[::ffff:100.100.100.200]",
};

static const char *const allowed[] = {
    "http://192.168.1.100:8000",
    "http://127.0.0.1:1",
    "http://localhost",
    "http://10.0.0.1/v1",
    "http://172.16.0.1:65535",
    "http://[::1]:8080",
    "http://[fd12:3456::1]:8000/v1",
    "http://[::ffff:192.168.1.1]:80",
    "https://api.openai.com/v1",
    "https://my-resource.openai.azure.com",
    "https://My-Resource.OpenAI.Azure.Com",
    "https://my-resource.openai.azure.com/openai/deployments/gpt-4o",
    "https://models.example:8443/a/b/",
    "http://gpu_box.lan:8000",
    "HTTPS://Models.Example",
    "http://100.100.100.201",
    "http://[64:ff9b::c0a8:101]",
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void test_policy(void)
{
	struct err e;

	for (size_t i = 0; i < COUNT(malformed); i++) {
		int rc = backend_check_address(malformed[i], &e);

		ok(rc < 0 && e.kind == ERR_BAD_REQUEST &&
		       strcmp(e.message,
			      "Invalid endpoint format. Expected: "
			      "http://ip:port or https://domain") == 0,
		   "malformed %zu: %s", i, malformed[i]);
	}
	for (size_t i = 0; i < COUNT(forbidden); i++) {
		int rc = backend_check_address(forbidden[i], &e);

		ok(rc < 0 && e.kind == ERR_BAD_REQUEST &&
		       strstr(e.message, "metadata"),
		   "forbidden: %s", forbidden[i]);
	}
	for (size_t i = 0; i < COUNT(allowed); i++)
		ok(backend_check_address(allowed[i], &e) == 0, "allowed: %s",
		   allowed[i]);
}

static void test_long(void)
{
	struct buf b = BUF_INIT(4096);
	struct err e;

	buf_adds(&b, "http://host/");
	while (b.len < 2049)
		buf_addc(&b, 'a');
	ok(backend_check_address(b.data, &e) < 0, "too long an address");
	b.data[2048] = '\0';
	ok(backend_check_address(b.data, &e) == 0, "the longest one");
	buf_release(&b);
	buf_init(&b, 4096);
	buf_adds(&b, "http://");
	while (b.len < 7 + 254)
		buf_addc(&b, 'a');
	ok(backend_check_address(b.data, &e) < 0, "too long a host");
	buf_release(&b);
}

static const struct join {
	const char *flavour, *address, *version, *chat, *models;
} joins[] = {
    {"auto", "http://h:8000", NULL, "http://h:8000/v1/chat/completions",
     "http://h:8000/v1/models"},
    {"auto", "http://h:8000/", NULL, "http://h:8000/v1/chat/completions",
     "http://h:8000/v1/models"},
    {"auto", "http://h:8000/v1", "2024-02-01",
     "http://h:8000/v1/chat/completions", "http://h:8000/v1/models"},
    {"auto", "http://h:8000/v1/", NULL, "http://h:8000/v1/chat/completions",
     "http://h:8000/v1/models"},
    {"auto", "http://h:8000/v1/chat/completions", NULL,
     "http://h:8000/v1/chat/completions", "http://h:8000/v1/models"},
    {"auto", "http://h/prefix", NULL, "http://h/prefix/v1/chat/completions",
     "http://h/prefix/v1/models"},
    {"auto", "http://h/prefix/v1", NULL, "http://h/prefix/v1/chat/completions",
     "http://h/prefix/v1/models"},
    {"auto", "https://h/api/v3", NULL, "https://h/api/v3/chat/completions",
     "https://h/api/v3/models"},
    {"auto", "https://h/v1beta/openai", NULL,
     "https://h/v1beta/openai/chat/completions",
     "https://h/v1beta/openai/models"},
    {"auto", "http://[::1]:8080", NULL, "http://[::1]:8080/v1/chat/completions",
     "http://[::1]:8080/v1/models"},
    {"auto", "HTTPS://Host", NULL, "https://Host/v1/chat/completions",
     "https://Host/v1/models"},
    {"auto", "https://api.openai.com/v1", NULL,
     "https://api.openai.com/v1/chat/completions",
     "https://api.openai.com/v1/models"},
    {"auto", "https://r.openai.azure.com", "2024-10-21",
     "https://r.openai.azure.com/openai/deployments/dep/"
     "chat/completions?api-version=2024-10-21",
     "https://r.openai.azure.com/openai/models?api-version=2024-10-21"},
    {"auto", "https://R.OpenAI.Azure.Com", NULL,
     "https://R.OpenAI.Azure.Com/openai/deployments/dep/"
     "chat/completions?api-version=2024-02-01",
     "https://R.OpenAI.Azure.Com/openai/models?api-version=2024-02-01"},
    {"auto", "https://r.openai.azure.com/", NULL,
     "https://r.openai.azure.com/openai/deployments/dep/"
     "chat/completions?api-version=2024-02-01",
     "https://r.openai.azure.com/openai/models?api-version=2024-02-01"},
    {"auto", "https://r.openai.azure.com/openai", NULL,
     "https://r.openai.azure.com/openai/deployments/dep/"
     "chat/completions?api-version=2024-02-01",
     "https://r.openai.azure.com/openai/models?api-version=2024-02-01"},
    {"auto", "https://h/openai/deployments/other", "v9",
     "https://h/openai/deployments/other/chat/completions?api-version=v9",
     "https://h/openai/models?api-version=v9"},
    {"auto", "https://h/gw/openai/deployments/other/chat/completions", "v9",
     "https://h/gw/openai/deployments/other/chat/completions?api-version=v9",
     "https://h/gw/openai/models?api-version=v9"},
    {"azure", "https://gateway.example", "v9",
     "https://gateway.example/openai/deployments/dep/"
     "chat/completions?api-version=v9",
     "https://gateway.example/openai/models?api-version=v9"},
    {"vllm", "http://192.168.1.100:8000", "2024-02-01",
     "http://192.168.1.100:8000/v1/chat/completions",
     "http://192.168.1.100:8000/v1/models"},
};

static void test_joins(void)
{
	for (size_t i = 0; i < COUNT(joins); i++) {
		const struct join *j = &joins[i];
		struct account a = {.address = (char *)j->address,
				    .flavour = (char *)j->flavour,
				    .api_version = (char *)j->version,
				    .deployment = (char *)"dep"};
		char *chat = backend_url(&a, "chat/completions");
		char *models = backend_url(&a, "models");

		is_text(str_of(chat), j->chat, j->address);
		is_text(str_of(models), j->models, j->address);
		mem_free(chat);
		mem_free(models);
	}
}

/* Endpoints that are passed on. */
static void test_endpoints(void)
{
	static const struct {
		const char *protocol, *flavour, *address, *endpoint, *url;
	} rows[] = {
	    {"openai", "auto", "http://h:8000", "embeddings",
	     "http://h:8000/v1/embeddings"},
	    {"openai", "auto", "http://h/v1/embeddings", "completions",
	     "http://h/v1/completions"},
	    {"openai", "auto", "https://r.openai.azure.com", "embeddings",
	     "https://r.openai.azure.com/openai/deployments/dep/"
	     "embeddings?api-version=v9"},
	    {"openai", "azure", "https://h/gw", "responses",
	     "https://h/gw/openai/v1/responses"},
	    {"openai", "auto", "https://h/openai/deployments/other",
	     "responses", "https://h/openai/v1/responses"},
	    {"anthropic", "auto", "https://api.anthropic.com", "messages",
	     "https://api.anthropic.com/v1/messages"},
	    {"anthropic", "auto", "http://h/v1/messages", "messages",
	     "http://h/v1/messages"},
	    {"anthropic", "azure", "https://r.openai.azure.com/anthropic",
	     "messages", "https://r.openai.azure.com/anthropic/v1/messages"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct account a = {.address = (char *)rows[i].address,
				    .protocol = (char *)rows[i].protocol,
				    .flavour = (char *)rows[i].flavour,
				    .api_version = (char *)"v9",
				    .deployment = (char *)"dep"};
		char *url = backend_url(&a, rows[i].endpoint);

		is_text(str_of(url), rows[i].url, rows[i].address);
		mem_free(url);
	}
}

/* What stands beside /v1. */
static void test_roots(void)
{
	static const struct {
		const char *address, *root;
	} rows[] = {
	    {"http://h:8000", "http://h:8000/tokenize"},
	    {"http://h:8000/", "http://h:8000/tokenize"},
	    {"http://h:8000/v1", "http://h:8000/tokenize"},
	    {"http://h:8000/v1/", "http://h:8000/tokenize"},
	    {"http://h:8000/v1/chat/completions", "http://h:8000/tokenize"},
	    {"HTTP://h/v1/models", "http://h/tokenize"},
	    {"https://h/a/b", "https://h/a/b/tokenize"},
	    {"https://h/a/v1", "https://h/a/tokenize"},
	    {"https://h/v1/a", "https://h/v1/a/tokenize"},
	    {"https://h/avx2", "https://h/avx2/tokenize"},
	    {"http://[::1]:8080/v1", "http://[::1]:8080/tokenize"},
	    {"nonsense", ""},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct account a = {.address = (char *)rows[i].address};
		char *url = backend_root_url(&a, "tokenize");

		is_text(str_of(url), rows[i].root, rows[i].address);
		mem_free(url);
	}
}

int main(void)
{
	test_policy();
	test_long();
	test_joins();
	test_endpoints();
	test_roots();
	return done_testing();
}
