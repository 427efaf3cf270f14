#include "tests/support/relay_backend.h"

#include <stdio.h>
#include <string.h>

#define JSON   "Content-Type: application/json\r\n"
#define STREAM "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
#define DELTA(text)                                                            \
	"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text      \
	"\"}}]}\n\n"
#define STOP                                                                   \
	"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":"     \
	"\"stop\"}]}\n\n"
#define USAGE                                                                  \
	"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,"               \
	"\"completion_tokens\":2,\"prompt_tokens_details\":{"                  \
	"\"cached_tokens\":4}}}\n\n"
#define DONE "data: [DONE]\n\n"

#define MESSAGE_START                                                          \
	"event: message_start\ndata: {\"type\":\"message_start\",\"message\":" \
	"{\"id\":\"m\",\"model\":\"qwen\",\"usage\":{\"input_tokens\":7,"      \
	"\"cache_read_input_tokens\":4,\"output_tokens\":1}}}\n\n"
#define MESSAGE_END                                                            \
	"event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":"   \
	"{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\n"  \
	"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"

enum { FLOOD_PIECES = 8192, BIG_PIECES = 4096 };

static struct relay_backend *backend(struct io_conn *c)
{
	return c->arg;
}

static void say_json(struct io_conn *c, const char *status, const char *body)
{
	struct buf b = BUF_INIT(65536);

	buf_addf(&b, "HTTP/1.1 %s\r\n" JSON "Content-Length: %zu\r\n\r\n%s",
		 status, strlen(body), body);
	io_say_bytes(c, b.data, b.len);
	buf_release(&b);
}

static void serve_ok(struct io_conn *c, struct str request)
{
	backend(c)->oks++;
	if (str_find(request, STR("\"stream\":true")) != SIZE_MAX)
		io_say(c,
		       STREAM DELTA("Hello") DELTA(" world") STOP USAGE DONE);
	else
		say_json(c, "200 OK",
			 "{\"choices\":[{\"index\":0,\"message\":{\"role\":"
			 "\"assistant\",\"content\":\"Hello world\"},"
			 "\"finish_reason\":\"stop\"}],\"usage\":{"
			 "\"prompt_tokens\":11,\"completion_tokens\":2,"
			 "\"prompt_tokens_details\":{\"cached_tokens\":4}}}");
}

/* The digits at the front; 0 for none. */
static int64_t number_at(struct str s)
{
	int64_t value = 0;
	size_t n = 0;

	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	str_to_i64(str_sub(s, 0, n), 0, INT64_MAX, &value);
	return value;
}

/* /status-503: that status, as OpenAI words it. */
static void serve_status(struct io_conn *c, struct str request)
{
	size_t at = str_find(request, STR("/status-"));
	int status = (int)number_at(str_sub(request, at + 8, request.n));
	struct buf b = BUF_INIT(1024);

	buf_addf(&b,
		 "HTTP/1.1 %d No\r\n" JSON "%sContent-Length: 48\r\n\r\n"
		 "{\"error\":{\"message\":\"status %03d\",\"type\":\"test\"}}",
		 status, status == 429 ? "Retry-After: 7\r\n" : "", status);
	io_say_bytes(c, b.data, b.len);
	buf_release(&b);
}

static void serve_hang(struct io_conn *c, struct str request)
{
	(void)request;
	io_flag_set(backend(c)->asked);
	io_wait_close(c);
	io_flag_set(backend(c)->closed);
}

static void serve_cut(struct io_conn *c, struct str request)
{
	(void)c, (void)request;
}

#define ERROR_FRAME                                                            \
	"data: {\"error\":{\"message\":\"out of memory\",\"code\":500}}\n\n"

static void serve_error_frame(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, STREAM ERROR_FRAME);
}

/* Visible output first. */
static void serve_late_error(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, STREAM DELTA("Hello"));
	io_flag_wait(backend(c)->go);
	io_say(c, ERROR_FRAME);
}

static void serve_late_cut(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, STREAM DELTA("Hello"));
	io_flag_wait(backend(c)->go);
}

/* Piece by piece, as the test says; then the end. */
static void serve_steps(struct io_conn *c, struct str request)
{
	struct relay_backend *b = backend(c);

	(void)request;
	io_flag_set(b->asked);
	io_flag_wait(b->go);
	io_say(c, STREAM DELTA("Hello"));
	io_flag_wait(b->go);
	io_say(c, DELTA(" world") STOP USAGE DONE);
}

/* A first piece, then silence to the end. */
static void serve_stall(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, STREAM DELTA("Hello"));
	io_flag_set(backend(c)->asked);
	io_wait_close(c);
	io_flag_set(backend(c)->closed);
}

/* The end without [DONE], and the connection stays. */
static void serve_no_done(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, STREAM DELTA("Hello") STOP USAGE);
	io_wait_close(c);
	io_flag_set(backend(c)->closed);
}

static void serve_flood(struct io_conn *c, struct str request)
{
	char piece[1200];

	(void)request;
	snprintf(piece, sizeof(piece), DELTA("%01024d"), 7);
	io_say(c, STREAM);
	for (int i = 0; i < FLOOD_PIECES; i++)
		io_say(c, piece);
	io_say(c, STOP USAGE DONE);
	io_flag_set(backend(c)->closed);
}

/* /refuse-user: a strict server that does not know that member. */
static void serve_refuse(struct io_conn *c, struct str request)
{
	struct buf member = BUF_INIT(128), body = BUF_INIT(1024);
	size_t at = str_find(request, STR("/refuse-"));
	struct str name = str_sub(request, at + 8, request.n);

	name = str_cut(&name, '/');
	buf_addf(&member, "\"%.*s\":", STR_ARG(name));
	if (str_find(request, buf_str(&member)) == SIZE_MAX) {
		serve_ok(c, request);
	} else {
		backend(c)->refusals++;
		buf_addf(&body,
			 "{\"error\":{\"message\":\"Unrecognized request "
			 "argument supplied: %.*s\",\"type\":"
			 "\"invalid_request_error\"}}",
			 STR_ARG(name));
		say_json(c, "400 Bad Request", body.data);
	}
	buf_release(&member);
	buf_release(&body);
}

/* A context of 1000 tokens, of which the prompt takes 800. */
static void serve_overflow(struct io_conn *c, struct str request)
{
	size_t at = str_find(request, STR("\"max_tokens\":"));
	int64_t asked = number_at(str_sub(request, at + 13, request.n));
	struct buf body = BUF_INIT(1024);

	if (asked <= 200) {
		serve_ok(c, request);
		return;
	}
	backend(c)->refusals++;
	buf_addf(&body,
		 "{\"object\":\"error\",\"message\":\"This model's maximum "
		 "context length is 1000 tokens. However, you requested %lld "
		 "tokens (800 in the messages, %lld in the completion). Please "
		 "reduce the length of the messages or completion.\",\"type\":"
		 "\"BadRequestError\",\"code\":400}",
		 (long long)asked + 800, (long long)asked);
	say_json(c, "400 Bad Request", body.data);
	buf_release(&body);
}

/* A context of 8000 tokens, in the words of a vLLM that counts the prompt only
 * as far as it can fit; room: what an answer may have. */
static void serve_least(struct io_conn *c, struct str request, int64_t room)
{
	size_t at = str_find(request, STR("\"max_tokens\":"));
	int64_t asked = number_at(str_sub(request, at + 13, request.n));
	int64_t least = asked < 8000 ? 8000 - asked + 1 : 1;
	struct buf body = BUF_INIT(1024);

	if (asked <= room) {
		serve_ok(c, request);
		return;
	}
	backend(c)->refusals++;
	buf_addf(&body,
		 "{\"error\":{\"message\":\"This model's maximum context "
		 "length is 8000 tokens. However, you requested %lld output "
		 "tokens and your prompt contains at least %lld input tokens, "
		 "for a total of at least %lld tokens.\",\"type\":"
		 "\"BadRequestError\",\"code\":400}}",
		 (long long)asked, (long long)least,
		 (long long)(asked + least));
	say_json(c, "400 Bad Request", body.data);
	buf_release(&body);
}

static void serve_least_fits(struct io_conn *c, struct str request)
{
	serve_least(c, request, 7998);
}

static void serve_least_never(struct io_conn *c, struct str request)
{
	serve_least(c, request, 0);
}

static void serve_too_long(struct io_conn *c, struct str request)
{
	(void)request;
	say_json(c, "400 Bad Request",
		 "{\"object\":\"error\",\"message\":\"This model's maximum "
		 "context length is 1000 tokens. However, you requested 2032 "
		 "tokens (2000 in the messages, 32 in the completion).\","
		 "\"type\":\"BadRequestError\",\"code\":400}");
}

/* The test lets it fail. */
static void serve_held_failure(struct io_conn *c, struct str request)
{
	(void)request;
	io_flag_set(backend(c)->asked);
	io_flag_wait(backend(c)->go);
	say_json(c, "500 No", "{\"error\":{\"message\":\"held\"}}");
}

static bool asks_stream(struct str request)
{
	return str_find(request, STR("\"stream\":true")) != SIZE_MAX;
}

/* A server of Anthropic's own protocol. */
static void serve_native(struct io_conn *c, struct str request)
{
	if (asks_stream(request))
		io_say(c, STREAM MESSAGE_START MESSAGE_END);
	else
		say_json(c, "200 OK",
			 "{\"id\":\"m\",\"model\":\"qwen\",\"stop_reason\":"
			 "\"end_turn\",\"usage\":{\"input_tokens\":7,"
			 "\"cache_read_input_tokens\":4,"
			 "\"output_tokens\":2}}");
}

static void serve_native_cut(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, STREAM MESSAGE_START);
}

/* A mistake of the client, told with the credential that it came with. */
static void serve_tells(struct io_conn *c, struct str request)
{
	(void)request;
	say_json(c, "422 No",
		 "{\"error\":{\"message\":\"no n for Bearer sk-lab\","
		 "\"type\":\"odd\",\"param\":\"n\",\"code\":17}}");
}

/* More than the relay holds back, in numbers. */
static void say_big(struct io_conn *c)
{
	char piece[256];

	io_say(c, "HTTP/1.1 200 OK\r\n" JSON "\r\n{\"data\":[");
	for (int i = 0; i < BIG_PIECES; i++) {
		snprintf(piece, sizeof(piece), "%0200d.5,", 1);
		io_say(c, piece);
	}
}

static void serve_big(struct io_conn *c, struct str request)
{
	(void)request;
	say_big(c);
	io_say(c, "0],\"model\":\"qwen\",\"usage\":{\"prompt_tokens\":11}}");
}

static void serve_big_cut(struct io_conn *c, struct str request)
{
	(void)request;
	say_big(c);
}

static const struct {
	const char *path;
	void (*serve)(struct io_conn *c, struct str request);
} paths[] = {
    {"/ok/", serve_ok},
    {"/status-", serve_status},
    {"/hang/", serve_hang},
    {"/cut/", serve_cut},
    {"/error-frame/", serve_error_frame},
    {"/late-error/", serve_late_error},
    {"/late-cut/", serve_late_cut},
    {"/steps/", serve_steps},
    {"/stall/", serve_stall},
    {"/no-done/", serve_no_done},
    {"/flood/", serve_flood},
    {"/refuse-", serve_refuse},
    {"/overflow/", serve_overflow},
    {"/least-fits/", serve_least_fits},
    {"/least-never/", serve_least_never},
    {"/too-long/", serve_too_long},
    {"/held-failure/", serve_held_failure},
    {"/native/", serve_native},
    {"/native-cut/", serve_native_cut},
    {"/tells/", serve_tells},
    {"/big/", serve_big},
    {"/big-cut/", serve_big_cut},
};

/* One request for a connection: HTTP/1.1 that ends with it. */
static void serve(struct io_conn *c)
{
	struct relay_backend *b = backend(c);
	struct buf in;

	if (!io_read_request(c, &in))
		return;
	b->requests++;
	pthread_mutex_lock(&b->lock);
	buf_reset(&b->last);
	buf_addstr(&b->last, buf_str(&in));
	pthread_mutex_unlock(&b->lock);
	if (str_starts(buf_str(&in), STR("GET /status-500/")))
		say_json(c, "200 OK", "{\"data\":[{\"id\":\"qwen\"}]}");
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		size_t at = str_find(buf_str(&in), str_of(paths[i].path));

		if (at == 5) /* "POST " */
			paths[i].serve(c, buf_str(&in));
	}
	buf_release(&in);
}

void relay_backend_start(struct relay_backend *b)
{
	*b = (struct relay_backend){.last = BUF_INIT(16 * 1024 * 1024)};
	pthread_mutex_init(&b->lock, NULL);
	b->asked = io_flag_new();
	b->go = io_flag_new();
	b->closed = io_flag_new();
	b->server = io_server_start(serve, b);
}

void relay_backend_stop(struct relay_backend *b)
{
	io_server_stop(b->server);
	io_flag_free(b->asked);
	io_flag_free(b->go);
	io_flag_free(b->closed);
	buf_release(&b->last);
	pthread_mutex_destroy(&b->lock);
}

bool relay_backend_got(struct relay_backend *b, const char *text)
{
	bool got;

	pthread_mutex_lock(&b->lock);
	got = str_find(buf_str(&b->last), str_of(text)) != SIZE_MAX;
	pthread_mutex_unlock(&b->lock);
	return got;
}
