/* llmrelay-demo(1): an OpenAI-compatible backend that needs no model. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "demo/server.h"

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE };
enum { WORDS_BYTES = 64 * 1024 };

enum option_id {
	OPT_HELP = 'h',
	OPT_LISTEN = 256,
	OPT_PORT_FILE,
	OPT_MODEL,
	OPT_ANY_MODEL,
	OPT_OWNED_BY,
	OPT_API_KEY,
	OPT_LOG,
	OPT_LOG_BODIES,
	OPT_DEMO,
	OPT_DELAY,
	OPT_FIRST,
	OPT_CHUNK,
	OPT_CONTEXT
};

static const struct option options[] = {
    {"help", no_argument, NULL, OPT_HELP},
    {"listen", required_argument, NULL, OPT_LISTEN},
    {"port-file", required_argument, NULL, OPT_PORT_FILE},
    {"model", required_argument, NULL, OPT_MODEL},
    {"any-model", no_argument, NULL, OPT_ANY_MODEL},
    {"owned-by", required_argument, NULL, OPT_OWNED_BY},
    {"api-key", required_argument, NULL, OPT_API_KEY},
    {"log", required_argument, NULL, OPT_LOG},
    {"log-bodies", no_argument, NULL, OPT_LOG_BODIES},
    {"demo", required_argument, NULL, OPT_DEMO},
    {"delay-ms", required_argument, NULL, OPT_DELAY},
    {"first-ms", required_argument, NULL, OPT_FIRST},
    {"chunk", required_argument, NULL, OPT_CHUNK},
    {"context", required_argument, NULL, OPT_CONTEXT},
    {NULL, 0, NULL, 0},
};

static const char usage_text[] =
    "usage: llmrelay-demo [option ...]\n"
    "  --listen HOST:PORT  address [127.0.0.1:8000]; port 0: any free one\n"
    "  --port-file FILE    write the port there once it is open\n"
    "  --model NAME        a model served, may be repeated [demo-model]\n"
    "  --any-model         take any other model name as well\n"
    "  --owned-by WORD     owner in the list of models [llmrelay-demo]\n"
    "  --api-key KEY       refuse requests without this key\n"
    "  --delay-ms N        same as --demo delay=N\n"
    "  --first-ms N        same as --demo first=N\n"
    "  --chunk N           same as --demo size=N\n"
    "  --context N         same as --demo context=N\n"
    "  --demo WORDS        switches for every request\n"
    "  --log FILE          append one JSON line for each event\n"
    "  --log-bodies        with the bodies of requests\n"
    "\n"
    "Switches, in --demo, in a request's x-demo field, or as [[demo: ...]]\n"
    "in the last user message:\n";

struct setup {
	struct demo demo;
	const char *listen, *port_file, *log;
};

static int usage(int status)
{
	struct buf help = BUF_INIT(WORDS_BYTES);

	switches_help(&help);
	fprintf(status ? stderr : stdout, "%s%s", usage_text, help.data);
	buf_release(&help);
	return status;
}

static void add_words(struct demo *d, const char *name, const char *value)
{
	buf_addf(&d->words, " %s%s", name, value);
}

static int add_model(struct demo *d, const char *name)
{
	if (d->nmodels == DEMO_MODELS)
		return -1;
	d->models[d->nmodels++] = name;
	return 0;
}

static int take_option(struct setup *s, int id, const char *value)
{
	switch (id) {
	case OPT_LISTEN:
		s->listen = value;
		return 0;
	case OPT_PORT_FILE:
		s->port_file = value;
		return 0;
	case OPT_MODEL:
		return add_model(&s->demo, value);
	case OPT_ANY_MODEL:
		s->demo.any_model = true;
		return 0;
	case OPT_OWNED_BY:
		s->demo.owned_by = value;
		return 0;
	case OPT_API_KEY:
		s->demo.api_key = value;
		return 0;
	case OPT_LOG:
		s->log = value;
		return 0;
	case OPT_LOG_BODIES:
		s->demo.journal.bodies = true;
		return 0;
	case OPT_DEMO:
		add_words(&s->demo, "", value);
		return 0;
	case OPT_DELAY:
		add_words(&s->demo, "delay=", value);
		return 0;
	case OPT_FIRST:
		add_words(&s->demo, "first=", value);
		return 0;
	case OPT_CHUNK:
		add_words(&s->demo, "size=", value);
		return 0;
	case OPT_CONTEXT:
		add_words(&s->demo, "context=", value);
		return 0;
	}
	return -1;
}

/* Appears whole, so that whoever waits for it never reads half a number. */
static int write_port(const char *path, int port, struct err *e)
{
	struct buf temporary = BUF_INIT(4096);
	char text[16];
	int n = snprintf(text, sizeof(text), "%d\n", port), fd, rc = -1;

	buf_addf(&temporary, "%s.new", path);
	fd = open(temporary.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		  0644);
	if (fd >= 0) {
		rc = write(fd, text, (size_t)n) == n ? 0 : -1;
		close(fd);
	}
	if (rc == 0)
		rc = rename(temporary.data, path);
	if (rc < 0)
		err_set(e, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	buf_release(&temporary);
	return rc;
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int check_words(const struct demo *d, struct err *e)
{
	struct switches sw;
	int rc;

	switches_init(&sw);
	rc = switches_apply(&sw, buf_str(&d->words), e);
	switches_release(&sw);
	return rc;
}

static int serve(struct setup *s, struct err *e)
{
	struct server *server = mem_zalloc(sizeof(*server));
	int port, rc = -1;

	if (server_init(server, &s->demo, s->listen, &port, e) < 0)
		goto out;
	if (!s->port_file || write_port(s->port_file, port, e) == 0) {
		printf("llmrelay-demo: port %d\n", port);
		fflush(stdout);
		rc = server_run(server, e);
	}
	server_release(server);
out:
	mem_free(server);
	return rc;
}

/* -1: go on; else the exit status. */
static int read_command(struct setup *s, int argc, char **argv)
{
	struct err e;
	int id;

	while ((id = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (id == OPT_HELP)
			return usage(EXIT_OK);
		if (take_option(s, id, optarg) < 0)
			return usage(EXIT_USAGE);
	}
	if (optind != argc)
		return usage(EXIT_USAGE);
	if (check_words(&s->demo, &e) < 0) {
		fprintf(stderr, "llmrelay-demo: %s\n", e.message);
		return EXIT_USAGE;
	}
	if (s->demo.nmodels == 0)
		add_model(&s->demo, "demo-model");
	return -1;
}

static int run(struct setup *s)
{
	struct err e;

	signal(SIGPIPE, SIG_IGN);
	raise_descriptor_limit();
	if (journal_open(&s->demo.journal, s->log, &e) == 0 &&
	    serve(s, &e) == 0)
		return EXIT_OK;
	fprintf(stderr, "llmrelay-demo: %s\n", e.message);
	return EXIT_FAILED;
}

int main(int argc, char **argv)
{
	struct setup s = {
	    .demo = {.words = BUF_INIT(WORDS_BYTES),
		     .owned_by = "llmrelay-demo",
		     .journal = {.fd = -1}},
	    .listen = "127.0.0.1:8000",
	};
	int status = read_command(&s, argc, argv);

	if (status < 0)
		status = run(&s);
	journal_close(&s.demo.journal);
	buf_release(&s.demo.words);
	return status;
}
