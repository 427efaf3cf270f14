#include "tests/support/tap.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static int tests, failures;

static bool report(bool passed, const char *fmt, va_list ap)
{
	printf("%sok %d - ", passed ? "" : "not ", ++tests);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
	failures += !passed;
	return passed;
}

bool ok(bool passed, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(passed, fmt, ap);
	va_end(ap);
	return passed;
}

static void show(const char *label, struct str s)
{
	printf("#   %s (%zu): ", label, s.n);
	for (size_t i = 0; i < s.n && i < 4000; i++) {
		if (s.p[i] == '\n')
			printf("\n#     ");
		else
			putchar(s.p[i]);
	}
	putchar('\n');
}

bool is_str(struct str got, struct str want, const char *fmt, ...)
{
	bool same = str_eq(got, want);
	va_list ap;

	va_start(ap, fmt);
	report(same, fmt, ap);
	va_end(ap);
	if (!same) {
		show("got ", got);
		show("want", want);
	}
	return same;
}

bool is_text(struct str got, const char *want, const char *name)
{
	return is_str(got, str_of(want), "%s", name);
}

bool is_int(int64_t got, int64_t want, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(got == want, fmt, ap);
	va_end(ap);
	if (got != want)
		printf("#   got %" PRId64 ", want %" PRId64 "\n", got, want);
	return got == want;
}

void diag(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# ");
	vprintf(fmt, ap);
	putchar('\n');
	va_end(ap);
}

int done_testing(void)
{
	printf("1..%d\n", tests);
	return failures ? 1 : 0;
}
