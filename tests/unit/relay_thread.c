/* Message threads: what is kept between requests, whose it is, when it goes. */
#include "tests/support/tap.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/conversation.h"
#include "tests/support/relay_lab.h"

static struct relay_lab lab;

static const char other_key[] = "cr_fedcba9876543210";

#define HEAD(thread)                                                           \
	"{\"model\":\"claude-x\",\"max_tokens\":100,\"thread\":" thread ","
#define GO_ON  HEAD("{\"type\":\"continue\",\"previous_message_id\":\"%s\"}")
#define CREATE HEAD("{\"type\":\"create\"}")
#define FIRST                                                                  \
	CREATE "\"stream\":%s,\"system\":\"Be brief.\",\"tools\":[{\"name\":"  \
	       "\"t\",\"input_schema\":{\"type\":\"object\",\"properties\":{"  \
	       "}}}],\"messages\":[{\"role\":\"user\",\"content\":\"one\"}]}"

/* What the backend is sent of the first two turns. */
#define SENT_FIRST                                                             \
	"{\"role\":\"system\",\"content\":\"Be brief.\"},"                     \
	"{\"role\":\"user\",\"content\":\"one\"}"
#define SENT_ANSWER "{\"role\":\"assistant\",\"content\":\"Hello world\"}"
#define USER(text)  "{\"role\":\"user\",\"content\":\"" text "\"}"
#define SENT_TWO    SENT_FIRST "," SENT_ANSWER "," USER("two")
#define SENT_THREE  SENT_TWO "," SENT_ANSWER "," USER("three\\nfour")
#define SENT_TOOLS                                                             \
	"\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"t\","      \
	"\"parameters\":{\"type\":\"object\",\"properties\":{}}}}]"

/* The id of the message in an answer. */
static void id_of(const struct fcgi_reply *reply, char out[32])
{
	struct str body = fcgi_reply_body(reply);
	size_t at = str_find(body, STR("\"msg_"));

	str_put(out, 32,
		at == SIZE_MAX ? STR("none") : str_sub(body, at + 1, at + 29));
}

static void first(const char *stream, char id[32])
{
	struct buf body = BUF_INIT(4096);
	struct fcgi_reply reply;

	buf_addf(&body, FIRST, stream);
	lab_ask(&lab, body.data, &reply);
	is_int(fcgi_reply_status(&reply), 200, "the first turn");
	id_of(&reply, id);
	fcgi_reply_release(&reply);
	buf_release(&body);
}

/* A turn that goes on with id. */
static void next(const char *id, const char *more, const char *messages,
		 struct fcgi_reply *reply)
{
	struct buf body = BUF_INIT(1 << 20);

	buf_addf(&body, GO_ON "%s\"messages\":[%s]}", id, more, messages);
	lab_ask(&lab, body.data, reply);
	buf_release(&body);
}

static void is_refused(const struct fcgi_reply *reply, int status,
		       const char *code, const char *name)
{
	struct buf want = BUF_INIT(256);

	buf_addf(&want, "\"details\":{\"error_code\":\"%s\"", code);
	is_int(fcgi_reply_status(reply), status, "%s: status", name);
	ok(str_find(fcgi_reply_body(reply), buf_str(&want)) != SIZE_MAX,
	   "%s: %s", name, code);
	buf_release(&want);
}

static void sent(const char *text, const char *name)
{
	if (!ok(relay_backend_got(&lab.backend, text), "%s: sent", name))
		diag("%s", buf_str(&lab.backend.last).p);
}

static void test_turns(const char *stream)
{
	struct fcgi_reply reply;
	char id[32], last[32];

	first(stream, id);
	sent("\"messages\":[" SENT_FIRST "]," SENT_TOOLS, "first");
	next(id, strcmp(stream, "true") == 0 ? "\"stream\":true," : "",
	     USER("two"), &reply);
	is_int(fcgi_reply_status(&reply), 200, "second");
	sent("\"messages\":[" SENT_TWO "]," SENT_TOOLS, "second");
	id_of(&reply, last);
	fcgi_reply_release(&reply);
	next(last, "", USER("three") "," USER("four"), &reply);
	is_int(fcgi_reply_status(&reply), 200, "third");
	sent("\"messages\":[" SENT_THREE "]," SENT_TOOLS, "third");
	fcgi_reply_release(&reply);
	/* Each takes the place of the one before. */
	next(id, "", USER("two"), &reply);
	is_refused(&reply, 404, "thread_not_found", "an answer before");
	fcgi_reply_release(&reply);
}

/* A second key in the store. */
static void put_other_key(struct api_key *key)
{
	struct err e;

	api_key_init(key);
	mem_free(key->name);
	key->name = mem_strdup("other");
	secret_hash(&lab.d.app.keys, str_of(other_key), key->hash);
	ok(store_api_key_put(lab.d.app.store, key, &e) == 0, "another key");
}

static void test_whose(void)
{
	struct fcgi_call call;
	struct fcgi_reply reply;
	struct buf body = BUF_INIT(4096);
	struct api_key key;
	char id[32];

	put_other_key(&key);
	first("false", id);
	buf_addf(&body, GO_ON "\"messages\":[%s]}", id, USER("mine"));
	call = lab_call(body.data);
	call.headers[0] = "x-api-key: cr_fedcba9876543210";
	fcgi_client_call(lab.d.socket, &call, &reply);
	is_refused(&reply, 404, "thread_not_found", "another key's");
	fcgi_reply_release(&reply);
	call.headers[0] = LAB_HEADER;
	fcgi_client_call(lab.d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), 200, "its own");
	fcgi_reply_release(&reply);
	api_key_release(&key);
	buf_release(&body);
}

static void test_refusals(void)
{
	struct fcgi_reply reply;
	char id[32];

	next("msg_nobody_ever_made_this", "", USER("x"), &reply);
	is_refused(&reply, 404, "thread_not_found", "unknown");
	lab_is_error(&reply, 404,
		     "thread: no conversation is kept for this "
		     "previous_message_id",
		     "unknown");
	fcgi_reply_release(&reply);
	first("true", id);
	next(id, "\"system\":\"Be long.\",", USER("x"), &reply);
	is_refused(&reply, 400, "thread_fingerprint_mismatch", "changed");
	fcgi_reply_release(&reply);
	next(id, "\"tools\":null,\"system\":\"Be brief.\",", USER("same"),
	     &reply);
	is_int(fcgi_reply_status(&reply), 200, "said again, not changed");
	fcgi_reply_release(&reply);
	lab_ask(&lab, LAB_BODY("\"thread\":{\"type\":\"fork\"},"), &reply);
	lab_is_error(&reply, 400,
		     "thread: Input tag found using 'type' does not match any "
		     "of the expected tags: 'create', 'continue'",
		     "type");
	fcgi_reply_release(&reply);
	lab_ask(&lab, LAB_BODY("\"thread\":{\"type\":\"continue\"},"), &reply);
	lab_is_error(&reply, 400,
		     "thread.continue.previous_message_id: Field required",
		     "no id");
	fcgi_reply_release(&reply);
	lab_ask(&lab, CREATE "\"messages\":7}", &reply);
	lab_is_error(&reply, 400, "messages: Input should be a valid list",
		     "no messages");
	fcgi_reply_release(&reply);
	lab_ask(&lab, LAB_BODY("\"thread\":null,"), &reply);
	is_int(fcgi_reply_status(&reply), 200, "null is none");
	fcgi_reply_release(&reply);
	lab_ask(&lab, LAB_BODY("\"\\u0074hread\":{\"type\":\"create\"},"),
		&reply);
	is_refused(&reply, 400, "thread_unsupported_request", "disguised");
	fcgi_reply_release(&reply);
}

static void test_off(void)
{
	struct fcgi_reply reply;
	char id[32];

	first("false", id);
	lab.d.settings.threads = false;
	next(id, "", USER("x"), &reply);
	is_refused(&reply, 400, "thread_unsupported_request", "off");
	fcgi_reply_release(&reply);
	lab.d.settings.threads = true;
}

static void test_age(void)
{
	int64_t minutes = lab.d.settings.thread_minutes;
	struct fcgi_reply reply;
	char id[32];

	first("false", id);
	lab.d.settings.thread_minutes = -1;
	next(id, "", USER("x"), &reply);
	is_refused(&reply, 404, "thread_not_found", "too old");
	fcgi_reply_release(&reply);
	lab.d.settings.thread_minutes = minutes;
}

static void test_size(void)
{
	struct buf large = BUF_INIT(1 << 20);
	struct fcgi_reply reply;
	char id[32];

	lab.d.settings.thread_kb = 16;
	first("true", id);
	while (large.len < 17 * 1024)
		buf_adds(&large, "0123456789abcdef");
	buf_adds(&large, "\"}]}");
	next(id, "", USER("small"), &reply);
	is_int(fcgi_reply_status(&reply), 200, "small enough");
	id_of(&reply, id);
	fcgi_reply_release(&reply);
	{
		struct buf message = BUF_INIT(1 << 20);

		buf_adds(&message, "{\"role\":\"user\",\"content\":\"");
		buf_add(&message, large.data, large.len - 4);
		buf_adds(&message, "\"}");
		next(id, "", message.data, &reply);
		is_refused(&reply, 400, "thread_unsupported_request",
			   "grown too large");
		fcgi_reply_release(&reply);
		buf_release(&message);
	}
	lab.d.settings.thread_kb = 8192;
	buf_release(&large);
}

/* The answer itself may be what is too much: it is sent, but not kept. */
static void test_large_answer(void)
{
	struct fcgi_reply reply;
	char id[32];

	lab_done(&lab, "before");
	lab_account(&lab, "flood", "/flood");
	lab.d.settings.thread_kb = 16;
	first("true", id);
	next(id, "", USER("x"), &reply);
	is_refused(&reply, 404, "thread_not_found", "too large an answer");
	fcgi_reply_release(&reply);
	lab.d.settings.thread_kb = 8192;
	lab_done(&lab, "flood");
	lab_account(&lab, "one", "/ok");
}

/* Failed answers are no part of a conversation, and leave it as it was. */
static void test_failures(void)
{
	struct fcgi_reply reply;
	char id[32];

	first("true", id);
	lab_done(&lab, "before");
	lab_account(&lab, "broken", "/error-frame");
	next(id, "", USER("x"), &reply);
	is_int(fcgi_reply_status(&reply), 502, "the backend fails");
	fcgi_reply_release(&reply);
	lab_done(&lab, "broken");
	lab_account(&lab, "one", "/ok");
	next(id, "", USER("two"), &reply);
	is_int(fcgi_reply_status(&reply), 200, "tried again");
	sent("\"messages\":[" SENT_FIRST "," SENT_ANSWER "," USER("two") "]",
	     "again");
	fcgi_reply_release(&reply);
}

static void native(struct account *a)
{
	mem_free(a->protocol);
	a->protocol = mem_strdup("anthropic");
}

/* What is passed on as it is, is not kept either. */
static void test_native(void)
{
	struct fcgi_reply reply;

	lab_done(&lab, "before");
	lab_account_with(&lab, "native", "/ok", native);
	lab_ask(&lab, LAB_BODY("\"thread\":{\"type\":\"create\"},"), &reply);
	is_refused(&reply, 400, "thread_unsupported_request", "native");
	fcgi_reply_release(&reply);
	lab_done(&lab, "native");
	lab_account(&lab, "one", "/ok");
}

int main(void)
{
	relay_lab_start(&lab);
	lab.d.settings.threads = true;
	lab_account(&lab, "one", "/ok");
	test_turns("false");
	test_turns("true");
	test_whose();
	test_refusals();
	test_off();
	test_age();
	test_size();
	test_large_answer();
	test_failures();
	test_native();
	lab_done(&lab, "threads");
	is_int(lab.d.app.held, 0, "nothing is held");
	relay_lab_stop(&lab);
	return done_testing();
}
