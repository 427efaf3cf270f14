/* An account's secrets in texts for clients. */
#include "tests/support/tap.h"

#include <string.h>

#include "app/backend.h"

static char key[] = "sk-a/b+c\"d";

static const struct row {
	const char *in, *out;
} rows[] = {
    {"for sk-a/b+c\"d!", "for **********!"},
    {"sk-a/b+c\"dsk-a/b+c\"d", "********************"},
    /* PHP's and .NET's way with slashes, plus signs and quotes */
    {"{\"m\":\"sk-a\\/b+c\\\"d\"}", "{\"m\":\"************\"}"},
    {"{\"m\":\"sk-a/b\\u002Bc\\u0022d\"}", "{\"m\":\"********************\"}"},
    /* only its beginning fits in */
    {"cut: sk-a\\/b", "cut: *******"},
    {"cut: sk-a/b\\u00", "cut: ******\\u00"},
    {"cut: sk-a/b\\", "cut: ******\\"},
    {"cut: sk-a\\u00", "cut: sk-a\\u00"},
    {"sk-a/", "sk-a/"}, /* too short to tell */
    {"sk-a\\tb+c", "sk-a\\tb+c"},
    {"sk-a\\u002cb+c", "sk-a\\u002cb+c"},
    {"sk-a\\u012fb+c", "sk-a\\u012fb+c"},
    {"", ""},
};

int main(void)
{
	struct backend b = {.account = {.api_key = key}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[64];

		str_put(text, sizeof(text), str_of(rows[i].in));
		backend_strike_secrets(&b, text);
		is_text(str_of(text), rows[i].out, rows[i].in);
	}
	return done_testing();
}
