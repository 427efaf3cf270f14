/* Silence, pings, slow readers, answers without an end. */
#include "tests/support/tap.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/support/relay_lab.h"

#define PING "event: ping\ndata: {\"type\":\"ping\"}\n\n"

static struct relay_lab lab;

static size_t count(const struct fcgi_reply *reply, const char *text)
{
	struct str rest = buf_str(&reply->out);
	size_t n = 0, at;

	while ((at = str_find(rest, str_of(text))) != SIZE_MAX) {
		rest = str_sub(rest, at + strlen(text), rest.n);
		n++;
	}
	return n;
}

/* Reads until n pings are there; the times of arrival, in ms. */
static bool read_pings(int fd, struct fcgi_reply *reply, size_t n, int64_t *at)
{
	int64_t until = clock_mono_ms() + 10000;
	size_t have = 0;

	while (have < n && clock_mono_ms() < until) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (poll(&p, 1, 1000) == 1 && fcgi_client_read(fd, reply) <= 0)
			return false;
		for (; have < count(reply, PING) && have < n; have++)
			at[have] = clock_mono_ms();
	}
	return have == n;
}

/* The backend thinks: the head comes early, then pings, then the answer. */
static void test_early_head(void)
{
	struct fcgi_call call = lab_call(LAB_STREAM);
	struct fcgi_reply reply;
	struct ledger_row row;
	int64_t at[3] = {0}, began = clock_mono_ms();
	int fd;

	lab.d.settings.early_head_ms = 200;
	lab.d.settings.ping_ms = 300;
	lab_account(&lab, "slow", "/steps");
	fcgi_reply_init(&reply);
	fd = lab_begin(&lab, &call);
	ok(io_flag_wait(lab.backend.asked), "early: asked");
	ok(read_pings(fd, &reply, 3, at), "early: three pings");
	is_int(fcgi_reply_status(&reply), 200, "early: the head is out");
	is_int((int64_t)count(&reply, "event: message_start"), 1,
	       "early: started once");
	/* A busy machine reads late, never early. */
	ok(at[0] - began >= 180, "early: the first after early_head_ms (%d)",
	   (int)(at[0] - began));
	ok(at[1] - began >= 180 + 280 && at[2] - began >= 180 + 2 * 280,
	   "early: then every ping_ms (%d, %d)", (int)(at[1] - began),
	   (int)(at[2] - began));
	io_flag_set(lab.backend.go);
	io_flag_set(lab.backend.go);
	ok(lab_read_all(fd, &reply), "early: ended");
	is_int((int64_t)count(&reply, "event: message_start"), 1,
	       "early: still once");
	is_int((int64_t)count(&reply, "event: message_stop"), 1,
	       "early: complete");
	close(fd);
	ok(lab_row(&lab, &reply, &row) && row.outcome == OUTCOME_COMPLETE &&
	       row.output == 2 && row.first_byte_ms >= 200,
	   "early: ledger");
	fcgi_reply_release(&reply);
	lab_done(&lab, "early");
}

/* Failures after the early head are events; nobody else is asked. */
static void test_early_then_failure(void)
{
	struct fcgi_call call = lab_call(LAB_STREAM);
	int before = lab.backend.requests;
	struct fcgi_reply reply;
	struct ledger_row row;
	int64_t at[1];
	int fd;

	lab_account(&lab, "slow", "/held-failure");
	lab_account(&lab, "good", "/ok");
	fcgi_reply_init(&reply);
	fd = lab_begin(&lab, &call);
	ok(io_flag_wait(lab.backend.asked) && read_pings(fd, &reply, 1, at),
	   "early failure: pinged");
	io_flag_set(lab.backend.go);
	ok(lab_read_all(fd, &reply), "early failure: ended");
	is_int((int64_t)count(&reply, "event: error\n"), 1,
	       "early failure: an event");
	is_int(lab.backend.requests - before, 1, "early failure: one account");
	ok(lab_row(&lab, &reply, &row) && row.outcome == OUTCOME_ERROR &&
	       row.status == 200,
	   "early failure: ledger");
	close(fd);
	fcgi_reply_release(&reply);
	lab_done(&lab, "early failure");
}

/* Silence that begins while a failover is prepared is still noticed. */
static void test_ping_after_failover(void)
{
	struct fcgi_call call = lab_call(LAB_STREAM);
	struct fcgi_reply reply;
	int64_t at[2];
	int fd;

	lab_account(&lab, "bad", "/status-500");
	lab_account(&lab, "slow", "/steps");
	lab_block_helpers(&lab);
	fcgi_reply_init(&reply);
	fd = lab_begin(&lab, &call);
	poll(NULL, 0, 300); /* early_head_ms passes meanwhile */
	lab_release_helpers(&lab);
	ok(io_flag_wait(lab.backend.asked) && read_pings(fd, &reply, 2, at),
	   "failover, then silence: pinged");
	io_flag_set(lab.backend.go);
	io_flag_set(lab.backend.go);
	ok(lab_read_all(fd, &reply), "failover, then silence: ended");
	close(fd);
	fcgi_reply_release(&reply);
	lab_done(&lab, "failover, then silence");
}

/* Apache tells only by the second failed write that the client left. */
static void test_apache_pings(void)
{
	struct fcgi_call call = lab_call(LAB_STREAM);
	struct fcgi_reply reply;
	int64_t at[4];
	int fd;

	call.server = "Apache/2.4.62 (Debian)";
	lab.d.settings.ping_ms = 900;
	lab_account(&lab, "slow", "/steps");
	fcgi_reply_init(&reply);
	fd = lab_begin(&lab, &call);
	ok(io_flag_wait(lab.backend.asked) && read_pings(fd, &reply, 4, at),
	   "apache: pinged");
	ok(at[1] - at[0] >= 180 && at[1] - at[0] < 700,
	   "apache: twice, 200 ms apart (%d)", (int)(at[1] - at[0]));
	ok(at[2] - at[1] >= 800, "apache: then silence counts anew (%d)",
	   (int)(at[2] - at[1]));
	ok(at[3] - at[2] >= 180 && at[3] - at[2] < 700,
	   "apache: twice again (%d)", (int)(at[3] - at[2]));
	io_flag_set(lab.backend.go);
	io_flag_set(lab.backend.go);
	ok(lab_read_all(fd, &reply), "apache: ended");
	close(fd);
	fcgi_reply_release(&reply);
	lab_done(&lab, "apache");
	lab.d.settings.early_head_ms = 15000;
	lab.d.settings.ping_ms = 10000;
}

static void test_no_done(void)
{
	struct fcgi_reply reply;
	struct ledger_row row;
	int64_t began = clock_mono_ms(), took;

	lab_account(&lab, "endless", "/no-done");
	lab_ask(&lab, LAB_STREAM, &reply);
	took = clock_mono_ms() - began;
	ok(took >= 1900 && took < 6000, "no [DONE]: ends after 2 s (%d)",
	   (int)took);
	is_int((int64_t)count(&reply, "event: message_stop"), 1,
	       "no [DONE]: complete");
	ok(lab_row(&lab, &reply, &row) && row.outcome == OUTCOME_COMPLETE &&
	       row.input == 7 && row.output == 2 && !row.estimated,
	   "no [DONE]: usage");
	ok(io_flag_wait(lab.backend.closed), "no [DONE]: upstream closed");
	fcgi_reply_release(&reply);
	lab_done(&lab, "no [DONE]");
}

/* Proportional set of this process, in KB. */
static int64_t memory_kb(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long size = 0, resident = 0;

	if (f && fscanf(f, "%ld %ld", &size, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Waits until nothing more comes for a while: the relay is being held up. */
static int readable_bytes(int fd)
{
	int64_t end = clock_mono_ms() + 5000, since = clock_mono_ms();
	int n = 0, last = -1;

	while (clock_mono_ms() - since < 200 && clock_mono_ms() < end) {
		ioctl(fd, FIONREAD, &n);
		if (n != last)
			since = clock_mono_ms();
		last = n;
		poll(NULL, 0, 10);
	}
	return n;
}

/* A client that does not read: the backend is made to wait, not kept. */
static void test_slow_reader(void)
{
	struct fcgi_call call = lab_call(LAB_STREAM);
	struct fcgi_reply reply;
	struct ledger_row row;
	int64_t before = memory_kb(), grown;
	int fd;

	lab_account(&lab, "flood", "/flood");
	fcgi_reply_init(&reply);
	fd = lab_begin(&lab, &call);
	ok(readable_bytes(fd) > 0, "slow: something came");
	grown = memory_kb() - before;
	/* 8 MB of text; sanitizers keep freed memory for a while. */
	ok(grown < 6 * 1024, "slow: memory is bounded (%d KB)", (int)grown);
	ok(lab_read_all(fd, &reply), "slow: all of it in the end");
	is_int((int64_t)count(&reply, "0000000007"), 8192,
	       "slow: every piece arrived");
	is_int((int64_t)count(&reply, "event: message_stop"), 1,
	       "slow: complete");
	ok(lab_row(&lab, &reply, &row) && row.outcome == OUTCOME_COMPLETE &&
	       row.output == 2,
	   "slow: ledger");
	ok(io_flag_wait(lab.backend.closed), "slow: the backend was done");
	close(fd);
	fcgi_reply_release(&reply);
	lab_done(&lab, "slow");
}

int main(void)
{
	relay_lab_start(&lab);
	test_early_head();
	test_early_then_failure();
	test_ping_after_failover();
	test_apache_pings();
	test_no_done();
	test_slow_reader();
	relay_lab_stop(&lab);
	return done_testing();
}
