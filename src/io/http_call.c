#include "io/http_call.h"

#include <curl/curl.h>

enum { ANSWER_BYTES = 4 * 1024 * 1024, CONNECT_MS = 10000 };

static char *place_of(struct http_call *c, struct str name)
{
	const struct {
		const char *name;
		char *value;
	} places[] = {
	    {"content-type", c->type},	   {"content-encoding", c->encoding},
	    {"server", c->server},	   {"location", c->location},
	    {"request-id", c->request_id},
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (str_ieq(name, str_of(places[i].name)))
			return places[i].value;
	}
	return NULL;
}

/* A line of a head; there may be several heads ("100 Continue"). */
static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	struct http_call *c = arg;
	struct str value = {p, size * n};
	struct str name = str_cut(&value, ':');
	char *place = place_of(c, str_trim(name));

	if (place)
		str_put(place, HTTP_CALL_HEADER, str_trim(value));
	return size * n;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct http_call *c = arg;
	struct str bytes = {p, size * n};

	if (!c->data) {
		buf_addstr(&c->answer, bytes);
		return buf_ok(&c->answer) ? bytes.n : 0;
	}
	c->ended = c->data(c->ctx, bytes) != 0;
	return c->ended ? 0 : bytes.n;
}

static struct curl_slist *make_headers(const struct http_call *c)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	for (size_t i = 0; i < c->nheaders; i++)
		list = curl_slist_append(list, c->headers[i]);
	return list;
}

static void set_up(CURL *easy, struct http_call *c, struct curl_slist *headers)
{
	curl_easy_setopt(easy, CURLOPT_URL, c->url);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)c->total_ms);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, c->insecure ? 0L : 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, c->insecure ? 0L : 2L);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, c);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, c);
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
			 (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	if (!str_is(str_of(c->method), "POST"))
		return;
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
			 (curl_off_t)c->body.n);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, c->body.p ? c->body.p : "");
}

static enum err_kind kind_of(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return ERR_UNAVAILABLE;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
		return ERR_FORBIDDEN;
	case CURLE_OPERATION_TIMEDOUT:
		return ERR_TIMEOUT;
	default:
		return ERR_UPSTREAM;
	}
}

int http_call_run(struct http_call *c, struct err *e)
{
	CURL *easy = curl_easy_init();
	struct curl_slist *headers = make_headers(c);
	char words[CURL_ERROR_SIZE] = "";
	long status = 0;
	CURLcode code;

	c->answer = BUF_INIT(ANSWER_BYTES);
	c->status = 0;
	if (!easy) {
		curl_slist_free_all(headers);
		return err_set(e, ERR_INTERNAL, "libcurl does not start");
	}
	set_up(easy, c, headers);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words);
	code = curl_easy_perform(easy);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	c->status = (int)status;
	curl_easy_cleanup(easy);
	curl_slist_free_all(headers);
	if (code == CURLE_OK || c->ended)
		return 0;
	return err_set(e, kind_of(code), "%s",
		       words[0] ? words : curl_easy_strerror(code));
}

void http_call_release(struct http_call *c)
{
	buf_release(&c->answer);
}
