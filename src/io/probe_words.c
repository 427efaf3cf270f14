#include <inttypes.h>

#include "base/jscan.h"
#include "io/probe_impl.h"

enum { MODELS_NAMED = 10 };

static void try_it(struct buf *out, const struct probe_topic *topic)
{
	buf_addf(out, " Is the server up? Try: curl %s", topic->try_url);
}

static void refused(struct buf *out, const struct probe_topic *topic,
		    const char *detail)
{
	(void)detail;
	buf_addf(out,
		 "Nothing accepts connections at %s: connection refused or no "
		 "route. Check host and port.",
		 topic->url);
	try_it(out, topic);
}

static void unknown_host(struct buf *out, const struct probe_topic *topic,
			 const char *detail)
{
	buf_addf(out,
		 "The host name in %s was not found (%s). Check the address "
		 "for a typing mistake, or use the IP address.",
		 topic->url, detail);
}

static void no_tls(struct buf *out, const struct probe_topic *topic,
		   const char *detail)
{
	buf_addf(out,
		 "No TLS connection to %s: %s. Check the certificate, or use "
		 "http:// if the server does not speak TLS.",
		 topic->url, detail);
}

static void cut(struct buf *out, const struct probe_topic *topic,
		const char *detail)
{
	buf_addf(out,
		 "%s closed the connection before the answer was complete "
		 "(%s). See the log of the model server; if it speaks TLS, use "
		 "https://.",
		 topic->url, detail);
}

static void no_connection(struct buf *out, const struct probe_topic *topic,
			  const char *detail)
{
	(void)detail;
	buf_addf(out,
		 "Timed out while connecting to %s. Is the port open in the "
		 "firewall?",
		 topic->url);
	try_it(out, topic);
}

static void too_slow(struct buf *out, const struct probe_topic *topic,
		     const char *detail)
{
	(void)detail;
	buf_addf(out,
		 "Timed out: %s took the request but did not answer within "
		 "%" PRId64 ".%" PRId64 " s. It may be loading the model or be "
		 "busy.",
		 topic->url, topic->limit_ms / 1000,
		 topic->limit_ms % 1000 / 100);
	try_it(out, topic);
}

static void not_http(struct buf *out, const struct probe_topic *topic,
		     const char *detail)
{
	buf_addf(out,
		 "%s did not answer as an HTTP server (%s). Is this the "
		 "address and port of the model server?",
		 topic->url, detail);
}

/* Through a proxy no connection is ours but the one to it. */
static void proxy_failed(struct buf *out, const struct probe_topic *topic,
			 const struct probe_answer *a)
{
	static const char *const what[] = {
	    [TRANSFER_REFUSED] = "nothing accepts connections there",
	    [TRANSFER_DNS] = "its host name was not found",
	    [TRANSFER_RESET] = "the connection was closed without an answer",
	    [TRANSFER_CONNECT_TIMEOUT] = "connecting to it timed out",
	    [TRANSFER_PROTOCOL] = "it did not do what was asked",
	};
	struct str rest = str_of(topic->proxy), login;
	size_t at = str_find(rest, STR("@"));
	size_t scheme = str_find(rest, STR("://"));

	login = at == SIZE_MAX ? STR_NONE : str_sub(rest, scheme + 3, at + 1);
	buf_adds(out, "The account's proxy ");
	buf_addstr(out, str_sub(rest, 0, scheme + 3));
	buf_addstr(out, str_sub(rest, scheme + 3 + login.n, rest.n));
	buf_addf(out,
		 " failed: %s (%s). Check the field proxy; whether %s itself "
		 "is up was not found out.",
		 what[a->end], a->detail, topic->url);
}

static bool blames_proxy(const struct probe_topic *topic, enum transfer_end end)
{
	bool not_it = end == TRANSFER_OK || end == TRANSFER_TLS ||
		      end == TRANSFER_FIRST_BYTE_TIMEOUT ||
		      end == TRANSFER_IDLE_TIMEOUT ||
		      end == TRANSFER_TOTAL_TIMEOUT || end == TRANSFER_SHORTAGE;

	return topic->proxy && topic->proxy[0] && !not_it;
}

static void no_descriptor(struct buf *out, const struct probe_topic *topic,
			  const char *detail)
{
	(void)topic;
	(void)detail;
	buf_adds(out, "This relay has too many files open to test anything: "
		      "raise the limit (ulimit -n, LimitNOFILE).");
}

/* How a transfer can end: its word for programs, and ours. */
static const struct {
	const char *cause;
	void (*say)(struct buf *out, const struct probe_topic *topic,
		    const char *detail);
} ends[] = {
    [TRANSFER_OK] = {"protocol", not_http},
    [TRANSFER_REFUSED] = {"refused", refused},
    [TRANSFER_DNS] = {"dns", unknown_host},
    [TRANSFER_TLS] = {"tls", no_tls},
    [TRANSFER_RESET] = {"closed", cut},
    [TRANSFER_CONNECT_TIMEOUT] = {"connectTimeout", no_connection},
    [TRANSFER_FIRST_BYTE_TIMEOUT] = {"timeout", too_slow},
    [TRANSFER_IDLE_TIMEOUT] = {"timeout", too_slow},
    [TRANSFER_TOTAL_TIMEOUT] = {"timeout", too_slow},
    [TRANSFER_PROTOCOL] = {"protocol", not_http},
    [TRANSFER_SHORTAGE] = {"shortage", no_descriptor},
};

static void name_models(struct buf *out, const struct probe_result *r)
{
	for (size_t i = 0; i < r->nmodels && i < MODELS_NAMED; i++)
		buf_addf(out, "%s%s", i ? ", " : "", r->models[i]);
	if (r->nmodels > MODELS_NAMED)
		buf_adds(out, ", ...");
}

/* What an operator can do about a status, by itself. */
static const struct {
	int from, to;
	const char *cause, *advice;
} statuses[] = {
    {300, 399, "redirect",
     "Redirects are not followed: enter the final address."},
    {401, 401, "apiKey", "The server refused the API key: check apiKey."},
    {403, 403, "apiKey",
     "The server refuses this API key: check apiKey and its rights."},
    {404, 404, "address",
     "Check the address: the server must have "
     "/v1/chat/completions (and the model)."},
    {405, 405, "address", "Check the address: this path takes no POST."},
    {407, 407, "proxy",
     "The account's proxy wants a user name and a password."},
    {413, 413, "tooLarge", "The server takes only smaller requests."},
    {429, 429, "rateLimited",
     "The server limits the rate of requests: try again later."},
    {502, 502, "gateway", "A proxy in front of the server cannot reach it."},
    {503, 503, "loading",
     "The server is loading the model or is overloaded: try again "
     "later."},
    {504, 504, "gateway",
     "A proxy in front of the server got no answer in time."},
    {500, 599, "server", "See the log of the model server."},
};

static bool model_missing(const struct probe_answer *a,
			  const struct probe_result *r)
{
	struct str body = buf_str(&a->body);

	if (r->model_found)
		return false;
	if (a->status == 404 && r->nmodels)
		return true;
	return (a->status == 404 || a->status == 400) &&
	       str_ifind(body, STR("model")) != SIZE_MAX &&
	       (str_ifind(body, STR("not found")) != SIZE_MAX ||
		str_ifind(body, STR("not exist")) != SIZE_MAX);
}

static void missing_model(struct buf *out, const struct probe_topic *topic,
			  const struct probe_result *r)
{
	buf_addf(out, "Model not found: the server has no model \"%s\".",
		 topic->model);
	if (!r->nmodels)
		return;
	buf_adds(out, " It has: ");
	name_models(out, r);
	buf_adds(out, ". Set deploymentName to one of them.");
}

static const char *bad_status(struct buf *out, const struct probe_topic *topic,
			      const struct probe_answer *a,
			      const struct probe_result *r)
{
	const char *advice = "", *cause = "server";

	if (model_missing(a, r)) {
		missing_model(out, topic, r);
		cause = "model";
	} else {
		for (size_t i = 0;
		     i < sizeof(statuses) / sizeof(statuses[0]) && !*advice;
		     i++) {
			if (a->status < statuses[i].from ||
			    a->status > statuses[i].to)
				continue;
			advice = statuses[i].advice;
			cause = statuses[i].cause;
		}
		buf_addf(out, "%s answered with HTTP status %d.%s%s",
			 topic->url, a->status, *advice ? " " : "", advice);
	}
	if (a->body.len) {
		buf_adds(out, " It said: ");
		probe_server_words(out, buf_str(&a->body));
	}
	return cause;
}

static bool is_json(struct str body)
{
	static const struct jlimits limits = {64, 2, 100000};
	struct jdoc d;
	struct jerror why;
	bool good;

	jdoc_init(&d);
	good = jdoc_parse(&d, body, &limits, &why) == 0;
	jdoc_release(&d);
	return good;
}

/* Status 200, and yet no good. */
static const char *bad_answer(struct buf *out, const struct probe_topic *topic,
			      const struct probe_answer *a)
{
	const char *expected =
	    a->messages ? "content blocks expected, as Anthropic"
			: "choices[0].message (choices[0].delta in a stream) "
			  "expected, as OpenAI";
	struct str body = str_trim(buf_str(&a->body));

	if (a->error_frame.len) {
		buf_addf(out, "%s answered with an error: %.*s", topic->url,
			 STR_ARG(buf_str(&a->error_frame)));
		return "server";
	}
	if (!body.n) {
		buf_addf(out, "%s gave an empty answer.", topic->url);
		return "empty";
	}
	if (a->frames && a->shaped) {
		buf_addf(out,
			 "%s streamed an answer without any text. See the log "
			 "of the model server and its chat template.",
			 topic->url);
		return "empty";
	}
	if (a->shaped) {
		buf_addf(out,
			 "%s answered, but in one piece: a stream (stream: "
			 "true) is needed. Check the server's options and any "
			 "proxy in front of it.",
			 topic->url);
		return "noStream";
	}
	if (a->frames || is_json(body)) {
		buf_addf(out,
			 "Wrong response format from %s: %s has it. It said: ",
			 topic->url, expected);
		probe_server_words(out, body);
	} else {
		buf_addf(out,
			 "Wrong response format from %s: not JSON. Is this "
			 "%s-compatible server? It said: ",
			 topic->url,
			 a->messages ? "an Anthropic" : "an OpenAI");
		probe_server_words(out, body);
	}
	return "format";
}

const char *probe_say_failure(struct buf *out, const struct probe_topic *topic,
			      const struct probe_answer *a,
			      const struct probe_result *r)
{
	if (a->status && (a->status < 200 || a->status > 299))
		return bad_status(out, topic, a, r);
	if (blames_proxy(topic, a->end)) {
		proxy_failed(out, topic, a);
		return "proxy";
	}
	if (a->end == TRANSFER_OK)
		return bad_answer(out, topic, a);
	ends[a->end].say(out, topic, a->detail);
	return ends[a->end].cause;
}

void probe_say_success(struct buf *out, const struct probe_topic *topic,
		       const struct probe_result *r)
{
	buf_addf(out,
		 "Works: a streamed answer came, first token after %" PRId64
		 " ms.",
		 r->first_token_ms);
	if (!r->usage)
		buf_adds(out, " The server reports no usage: tokens will be "
			      "estimated.");
	if (r->nmodels && !r->model_found) {
		buf_addf(out, " Its list of models has no \"%s\"; it has: ",
			 topic->model);
		name_models(out, r);
		buf_adds(out, ".");
	}
	if (r->tools)
		buf_adds(out, " Tool calls work.");
}
