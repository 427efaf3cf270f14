#include "tests/support/count_lab.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/tap.h"

static const struct {
	const char *path, *status, *body;
} answers[] = {
    {"/good/tokenize", "200 OK",
     "{\"count\":42,\"max_model_len\":4096,\"tokens\":[1,2],"
     "\"token_strs\":null}"},
    {"/good/apply-template", "200 OK",
     "{\"prompt\":\"<|im_start|>user\\nhi \\u00e9\\\"<|im_end|>\"}"},
    {"/llama/apply-template", "200 OK", "{\"prompt\":\"<s>hi\"}"},
    {"/llama/tokenize", "200 OK", "{\"tokens\":[1,{\"id\":2},3]}"},
    {"/half/apply-template", "200 OK", "{\"prompt\":\"<s>hi\"}"},
    {"/half/tokenize", "500 No", "{\"error\":{\"message\":\"x\"}}"},
    {"/good/chat_tokenize", "200 OK",
     "{\"tokenize_response\":[{\"id\":1,\"text\":\"a\",\"start\":0,"
     "\"stop\":1},{\"id\":2,\"text\":\"b\",\"start\":1,\"stop\":2}],"
     "\"templated_text\":\"ab\"}"},
    {"/good/v1/messages/count_tokens", "200 OK", "{\"input_tokens\":17}"},
    {"/zero/tokenize", "200 OK", "{\"count\":0,\"tokens\":[]}"},
    {"/minus/tokenize", "200 OK", "{\"count\":-5}"},
    {"/huge/tokenize", "200 OK", "{\"count\":1e15}"},
    {"/part/tokenize", "200 OK", "{\"count\":4.5}"},
    {"/text/tokenize", "200 OK", "{\"count\":\"7\"}"},
    {"/missing/tokenize", "200 OK", "{\"tokens\":[1,2,3]}"},
    {"/list/tokenize", "200 OK", "[1,2,3]"},
    {"/page/tokenize", "200 OK", "<html>"},
    {"/empty/tokenize", "200 OK", ""},
    {"/cut/tokenize", "200 OK", "{\"count\":42,\"tok"},
    {"/stranger/tokenize", "404 No",
     "{\"object\":\"error\",\"message\":\"The model `qwen` does not exist.\"}"},
    {"/teapot/tokenize", "418 No", ""},
    {"/unknown/tokenize", "422 No", "{\"detail\":\"Extra inputs\"}"},
    {"/broken/tokenize", "500 No", "{\"count\":42}"},
    {"/absent/tokenize", "404 No", "{\"count\":42}"},
    {"/method/tokenize", "405 No", "{\"count\":42}"},
    {"/later/tokenize", "501 No", ""},
    {"/locked/tokenize", "401 No", ""},
    {"/full/tokenize", "503 No", ""},
    {"/moved/tokenize", "302 No", "{\"count\":42}"},
};

static bool is_path(struct str request, const char *path)
{
	struct str target = str_sub(request, strlen("POST "), request.n);

	return str_eq(str_cut(&target, ' '), str_of(path));
}

static void say(struct io_conn *c, const char *status, const char *body)
{
	struct buf text = BUF_INIT(8192);

	buf_addf(&text, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status,
		 strlen(body), body);
	io_say_bytes(c, text.data, text.len);
	buf_release(&text);
}

/* 40 MB: more than is read of any answer. */
static void say_much(struct io_conn *c)
{
	char *piece = mem_alloc(1 << 20);

	memset(piece, '1', 1 << 20);
	io_say(c, "HTTP/1.1 200 OK\r\n\r\n{\"tokens\":[");
	for (int i = 0; i < 40; i++)
		io_say_bytes(c, piece, 1 << 20);
	mem_free(piece);
}

static void serve(struct io_conn *c)
{
	struct count_lab *lab = c->arg;
	struct buf in;

	if (!io_read_request(c, &in))
		return;
	lab->requests++;
	pthread_mutex_lock(&lab->lock);
	buf_reset(&lab->last);
	buf_addstr(&lab->last, buf_str(&in));
	pthread_mutex_unlock(&lab->lock);
	if (is_path(buf_str(&in), "/hang/tokenize")) {
		io_flag_set(lab->asked);
		io_wait_close(c);
		io_flag_set(lab->closed);
	}
	if (is_path(buf_str(&in), "/much/tokenize"))
		say_much(c);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (is_path(buf_str(&in), answers[i].path))
			say(c, answers[i].status, answers[i].body);
	}
	buf_release(&in);
}

void is_question(struct count_lab *lab, const char *path, const char *want,
		 const char *name)
{
	struct str text;

	pthread_mutex_lock(&lab->lock);
	text = buf_str(&lab->last);
	ok(is_path(text, path), "%s: asked at %s", name, path);
	text = str_sub(text, str_find(text, STR("\r\n\r\n")) + 4, text.n);
	is_text(text, want, name);
	pthread_mutex_unlock(&lab->lock);
}

bool question_has(struct count_lab *lab, const char *text)
{
	bool has;

	pthread_mutex_lock(&lab->lock);
	has = str_find(buf_str(&lab->last), str_of(text)) != SIZE_MAX;
	pthread_mutex_unlock(&lab->lock);
	return has;
}

void count_lab_start(struct count_lab *lab)
{
	*lab = (struct count_lab){.last = BUF_INIT(1 << 20)};
	pthread_mutex_init(&lab->lock, NULL);
	lab->asked = io_flag_new();
	lab->closed = io_flag_new();
	lab->server = io_server_start(serve, lab);
	relay_lab_start(&lab->relay);
}

void count_lab_stop(struct count_lab *lab)
{
	relay_lab_stop(&lab->relay);
	io_server_stop(lab->server);
	io_flag_free(lab->asked);
	io_flag_free(lab->closed);
	buf_release(&lab->last);
	pthread_mutex_destroy(&lab->lock);
}

/* lab_account_with() has no room for arguments. */
static const char *next_flavour, *next_model;

static void edit(struct account *a)
{
	bool anthropic = str_is(str_of(next_flavour), "anthropic");
	char **field = anthropic ? &a->protocol : &a->flavour;

	mem_free(*field);
	*field = mem_strdup(next_flavour);
	mem_free(a->deployment);
	a->deployment = mem_strdup(next_model);
}

void count_account_for(struct count_lab *lab, const char *flavour,
		       const char *path, const char *model)
{
	struct buf url = BUF_INIT(256);

	buf_addf(&url, "http://127.0.0.1:%d%s", io_server_port(lab->server),
		 path);
	next_flavour = flavour;
	next_model = model;
	lab_account_with(&lab->relay, path, path[0] == '/' ? url.data : path,
			 edit);
	buf_release(&url);
}

void count_account(struct count_lab *lab, const char *flavour, const char *path)
{
	count_account_for(lab, flavour, path, "qwen");
}

struct fcgi_call count_call(const char *body)
{
	struct fcgi_call call = lab_call(body);

	call.uri = "/v1/messages/count_tokens?beta=true";
	return call;
}

void is_count(const struct fcgi_reply *reply, const char *want, const char *by,
	      const char *name)
{
	is_int(fcgi_reply_status(reply), 200, "%s: status", name);
	is_str(fcgi_reply_header(reply, "x-llmrelay-count"), str_of(by),
	       "%s: by", name);
	is_str(fcgi_reply_header(reply, "content-type"),
	       STR("application/json"), "%s: type", name);
	is_text(fcgi_reply_body(reply), want, name);
	ok(reply->ended, "%s: ended", name);
}

void check_count(struct count_lab *lab, const char *body, const char *want,
		 const char *by, const char *name)
{
	struct fcgi_call call = count_call(body);
	struct fcgi_reply reply;

	fcgi_client_call(lab->relay.d.socket, &call, &reply);
	is_count(&reply, want, by, name);
	fcgi_reply_release(&reply);
}

void check_asked(struct count_lab *lab, int before, int n, const char *name)
{
	is_int(lab->requests - before, n, "%s: requests at backends", name);
}
