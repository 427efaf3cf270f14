/* Settings files: every mistake is found, named and explained. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "tests/support/tap.h"

struct things {
	char *place, *note, *word;
	int64_t number;
	bool truth;
};

#define AT(name) offsetof(struct things, name)

static const struct config_row rows[] = {
    {"place", CONFIG_PATH, AT(place), 1, 20, NULL, "/var/lib/x",
     "A place. With two sentences."},
    {"note", CONFIG_PATH, AT(note), 0, 20, NULL, "", "A note."},
    {"word", CONFIG_WORD, AT(word), 0, 0, "red|green", "red", "A word."},
    {"number", CONFIG_INT, AT(number), 1, 9, NULL, "5", "A number."},
    {"truth", CONFIG_BOOL, AT(truth), 0, 0, NULL, "yes", "A truth."},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static char path[] = "/tmp/llmrelay-config-XXXXXX";

static int load(const char *text, struct things *t, struct buf *report,
		struct err *e)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		exit(99);
	close(fd);
	config_defaults(t, rows, ROWS);
	return config_load(t, rows, ROWS, path, report, e);
}

static void test_good(void)
{
	struct things t;
	struct err e;

	is_int(load("# first\n\n place = /srv/a b\r\nword=green\n\tnumber = 9\n"
		    "truth = off",
		    &t, NULL, &e),
	       0, "a good file");
	is_text(str_of(t.place), "/srv/a b", "a path with a blank");
	is_text(str_of(t.note), "", "what is not given keeps its default");
	is_text(str_of(t.word), "green", "a word");
	ok(t.number == 9 && !t.truth, "number and truth");
	config_release(&t, rows, ROWS);
}

static const struct {
	const char *line, *reason;
} mistakes[] = {
    {"place = here", "place must be an absolute path, one that begins with /"},
    {"place =", "place must not be empty"},
    {"place = /34567890123456789012", "place must have at most 20 bytes"},
    {"note = \"/x\"", "note must be an absolute path, one that begins with /"},
    {"word = blue", "word must be one of red|green"},
    {"number = 10", "number must be a whole number from 1 to 9"},
    {"number = 5 # five", "a comment must have a line of its own"},
    {"truth = maybe", "truth must be yes or no"},
    {"plcae = /x", "unknown setting 'plcae'; did you mean place?"},
    {"numbr = 1", "unknown setting 'numbr'; did you mean number?"},
    {"colour = 1", "unknown setting 'colour'"},
    {"Word = red", "unknown setting 'Word'; did you mean word?"},
    {"truth", "expected 'name = value'"},
    {"note = /a\001b", "there is a control character in the line"},
};

static void test_mistakes(void)
{
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct buf want = BUF_INIT(4096);
		struct things t;
		struct err e;

		buf_addf(&want, "%s:1: %s", path, mistakes[i].reason);
		is_int(load(mistakes[i].line, &t, NULL, &e), -1, "refused: %s",
		       mistakes[i].reason);
		is_text(str_of(e.message), want.data, "with the reason");
		config_release(&t, rows, ROWS);
		buf_release(&want);
	}
}

static void test_report(void)
{
	struct buf report = BUF_INIT(4096), want = BUF_INIT(4096);
	struct things t;
	struct err e;

	is_int(load("number = 0\nword = red\n\nword = green\nbad\n", &t,
		    &report, &e),
	       -1, "a file with three mistakes");
	buf_addf(&want,
		 "%s:1: number must be a whole number from 1 to 9\n"
		 "%s:4: word was given in line 2 already\n"
		 "%s:5: expected 'name = value'\n",
		 path, path, path);
	is_str(buf_str(&report), buf_str(&want), "all are reported");
	buf_reset(&want);
	buf_addf(&want,
		 "%s:1: number must be a whole number from 1 to 9 (and 2 more)",
		 path);
	is_text(str_of(e.message), want.data, "the message has the first");
	config_release(&t, rows, ROWS);
	buf_release(&report);
	buf_release(&want);
}

static void test_missing(void)
{
	struct buf report = BUF_INIT(4096);
	struct things t;
	struct err e;

	config_defaults(&t, rows, ROWS);
	is_int(config_load(&t, rows, ROWS, "/nonexistent/x", &report, &e), -1,
	       "no such file");
	is_text(buf_str(&report), "/nonexistent/x: No such file or directory\n",
		"is said");
	config_release(&t, rows, ROWS);
	buf_release(&report);
}

static void test_documents(void)
{
	struct buf out = BUF_INIT(4096);

	config_sample(&out, rows, 2);
	is_text(buf_str(&out),
		"# A place. With two sentences. An absolute path.\n"
		"#place = /var/lib/x\n"
		"\n# A note. An absolute path.\n#note =\n",
		"the sample");
	buf_reset(&out);
	config_manual(&out, rows + 1, 2);
	is_text(buf_str(&out),
		".It Cm note\nA note.\nAn absolute path.\nDefault: empty.\n"
		".It Cm word\nA word.\nOne of: red|green.\nDefault:\n"
		".Ql red .\n",
		"the manual");
	buf_release(&out);
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 99;
	close(fd);
	test_good();
	test_mistakes();
	test_report();
	test_missing();
	test_documents();
	unlink(path);
	return done_testing();
}
