/* What requests in flight may take: memory, descriptors. */
#include "tests/support/tap.h"

#include <unistd.h>

#include "tests/support/relay_lab.h"

static struct relay_lab lab;

/* A first one is let in however large; the next while that waits is not. */
static void test_memory(void)
{
	struct fcgi_call call = lab_call(LAB_STREAM);
	struct fcgi_reply reply, more;
	int fd;

	lab.d.settings.request_memory_mb = 0;
	lab_account(&lab, "one", "/steps");
	fcgi_reply_init(&reply);
	fd = lab_begin(&lab, &call);
	ok(io_flag_wait(lab.backend.asked), "memory: one waits");
	ok(lab.d.app.held > 0, "memory: and holds some");
	lab_ask(&lab, LAB_STREAM, &more);
	lab_is_error(&more, 529,
		     "The gateway holds too many large requests at the moment",
		     "memory");
	is_str(fcgi_reply_header(&more, "retry-after"), STR("1"),
	       "memory: retry-after");
	fcgi_reply_release(&more);
	io_flag_set(lab.backend.go);
	lab_read_until(fd, &reply, "content_block_delta");
	is_int(lab.d.app.held, 0, "memory: none once the answer has begun");
	io_flag_set(lab.backend.go);
	lab_read_until(fd, &reply, "message_stop");
	close(fd);
	fcgi_reply_release(&reply);
	lab_ask(&lab, "{", &more);
	is_int(fcgi_reply_status(&more), 400, "memory: the next is read");
	fcgi_reply_release(&more);
	is_int(lab.d.app.held, 0, "memory: none after a refusal");
	lab.d.settings.request_memory_mb = 2048;
	lab_done(&lab, "memory");
}

/* So do answers that must be sent whole, as they grow. */
static void test_answer_memory(void)
{
	const int64_t most = lab.d.settings.request_memory_mb * 1024 * 1024;
	struct fcgi_reply reply;

	lab_account(&lab, "one", "/flood");
	lab.d.app.held += most - 1024 * 1024;
	lab_ask(&lab, LAB_PLAIN, &reply);
	lab_is_error(&reply, 529,
		     "The gateway holds too many large requests at the moment",
		     "answer's memory");
	fcgi_reply_release(&reply);
	lab.d.app.held -= most - 1024 * 1024;
	is_int(lab.d.app.held, 0, "answer's memory: none is held");
	lab_ask(&lab, LAB_PLAIN, &reply);
	is_int(fcgi_reply_status(&reply), 200,
	       "answer's memory: there is some");
	fcgi_reply_release(&reply);
	is_int(lab.d.app.held, 0, "answer's memory: none is held");
	lab_done(&lab, "answer's memory");
}

/* Two descriptors each: none is begun that would lack them half way. */
static void test_descriptors(void)
{
	int64_t most = lab.d.app.live_max;
	struct fcgi_reply reply;

	ok(most > 100, "descriptors: for %lld requests", (long long)most);
	lab.d.app.live_max = 0;
	lab_ask(&lab, LAB_PLAIN, &reply);
	lab_is_error(&reply, 529,
		     "The gateway has 0 requests in flight, all that its limit "
		     "of open files allows",
		     "descriptors");
	is_str(fcgi_reply_header(&reply, "retry-after"), STR("1"),
	       "descriptors: retry-after");
	fcgi_reply_release(&reply);
	lab.d.app.live_max = most;
	is_int(lab.d.app.held, 0, "descriptors: no memory is held");
}

int main(void)
{
	relay_lab_start(&lab);
	test_memory();
	test_answer_memory();
	test_descriptors();
	relay_lab_stop(&lab);
	return done_testing();
}
