#include "base/nearest.h"

enum { NAME_MAX_BYTES = 40 };

/* Letters as they are compared; how many. */
static size_t plain(struct str s, char out[NAME_MAX_BYTES])
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < NAME_MAX_BYTES; i++) {
		char c = s.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c != '_' && c != '-')
			out[n++] = c;
	}
	return n;
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein: letters to be put in, taken out or replaced. */
static size_t distance(struct str a, struct str b)
{
	char x[NAME_MAX_BYTES], y[NAME_MAX_BYTES];
	size_t nx = plain(a, x), ny = plain(b, y);
	size_t row[NAME_MAX_BYTES + 1];

	for (size_t j = 0; j <= ny; j++)
		row[j] = j;
	for (size_t i = 1; i <= nx; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= ny; j++) {
			size_t above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1,
				       diagonal + (x[i - 1] != y[j - 1]));
			diagonal = above;
		}
	}
	return row[ny];
}

void nearest_offer(struct nearest *n, const char *name)
{
	struct str s = str_of(name);
	size_t far = distance(n->given, s);

	if (n->given.n > NAME_MAX_BYTES || far > (s.n + 3) / 4)
		return;
	if (n->name && far >= n->distance)
		return;
	n->name = name;
	n->distance = far;
}
