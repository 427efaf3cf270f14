#include "ctl/nearest.h"

#include <string.h>

enum { WORD_BYTES = 40 };

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Characters to insert, delete or change to make b of a. */
static size_t distance(struct str a, struct str b)
{
	size_t row[WORD_BYTES + 1];

	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1,
				       diagonal + (a.p[i - 1] != b.p[j - 1]));
			diagonal = above;
		}
	}
	return row[b.n];
}

void nearest_try(struct nearest *n, const char *candidate)
{
	struct str to = str_of(candidate);
	size_t d, most = n->word.n / 3 + 1;

	if (n->word.n > WORD_BYTES || to.n > WORD_BYTES)
		return;
	d = distance(n->word, to);
	if (d > most || (n->best && d >= n->distance))
		return;
	n->best = candidate;
	n->distance = d;
}
