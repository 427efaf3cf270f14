#include "proto/usage.h"

#include "proto/pick.h"

/* No request has more tokens; what says so is wrong, and would fill the sums of
 * everybody. */
enum { COUNT_MAX = 1 << 30 };

/* Names of a usage object; those of one count stand together, the preferred
 * first. */
enum {
	U_PROMPT,
	U_INPUT,
	U_COMPLETION,
	U_OUTPUT,
	U_PROMPT_DETAILS,
	U_CACHE_READ,
	U_CACHE_HIT,
	U_CACHED,
	U_CACHE_CREATION,
	U_COMPLETION_DETAILS,
	U_OUTPUT_DETAILS,
	U_INPUT_DETAILS,
	U_NAMES
};

static const struct str usage_names[U_NAMES] = {
    [U_PROMPT] = {"prompt_tokens", 13},
    [U_INPUT] = {"input_tokens", 12},
    [U_COMPLETION] = {"completion_tokens", 17},
    [U_OUTPUT] = {"output_tokens", 13},
    [U_PROMPT_DETAILS] = {"prompt_tokens_details", 21},
    [U_CACHE_READ] = {"cache_read_input_tokens", 23},
    [U_CACHE_HIT] = {"prompt_cache_hit_tokens", 23},
    [U_CACHED] = {"cached_tokens", 13},
    [U_CACHE_CREATION] = {"cache_creation_input_tokens", 27},
    [U_COMPLETION_DETAILS] = {"completion_tokens_details", 25},
    [U_OUTPUT_DETAILS] = {"output_tokens_details", 21},
    [U_INPUT_DETAILS] = {"input_tokens_details", 20},
};

static const struct str prompt_names[] = {
    {"cached_tokens", 13},
    {"created_cache_tokens", 20},
    {"cache_write_tokens", 18},
    {"cache_creation_tokens", 21},
};
enum { P_CACHED, P_CREATED, P_NAMES = 4 };

static const struct str output_names[] = {
    {"reasoning_tokens", 16},
    {"thinking_tokens", 15},
};

/* The first of values[0..n) that is a count; 0 without one. */
static int64_t first_count(const struct jdoc *d, const jref *values, size_t n,
			   bool *told)
{
	int64_t v;

	for (size_t i = 0; i < n; i++) {
		if (jdoc_i64(d, values[i], &v) == 0 && v >= 0 &&
		    v <= COUNT_MAX) {
			*told = true;
			return v;
		}
	}
	return 0;
}

static int64_t reasoning_count(const struct jdoc *d, const jref *m)
{
	jref found[2];
	bool told = false;
	int64_t v;

	pick_members(d, m[U_COMPLETION_DETAILS], output_names, 2, found);
	v = first_count(d, found, 2, &told);
	if (told)
		return v;
	pick_members(d, m[U_OUTPUT_DETAILS], output_names, 2, found);
	return first_count(d, found, 2, &told);
}

unsigned usage_read(struct usage *u, const struct jdoc *d, jref object)
{
	jref m[U_NAMES], details[P_NAMES];
	bool prompt = false, output = false, ignored = false;
	int64_t total, out, read, write, thinking;

	if (jdoc_type(d, object) != J_OBJECT)
		return 0;
	pick_members(d, object, usage_names, U_NAMES, m);
	pick_members(d,
		     jdoc_is_null(d, m[U_PROMPT_DETAILS]) ? m[U_INPUT_DETAILS]
							  : m[U_PROMPT_DETAILS],
		     prompt_names, P_NAMES, details);
	total = first_count(d, &m[U_PROMPT], 2, &prompt);
	out = first_count(d, &m[U_COMPLETION], 2, &output);
	read = first_count(d, &details[P_CACHED], 1, &ignored);
	if (read == 0)
		read = first_count(d, &m[U_CACHE_READ], 3, &ignored);
	write = first_count(d, &details[P_CREATED], 3, &ignored);
	if (write == 0)
		write = first_count(d, &m[U_CACHE_CREATION], 1, &ignored);
	thinking = reasoning_count(d, m);
	if (total == 0)
		prompt = false;
	if (!prompt && out == 0)
		return 0;
	*u = (struct usage){.input = total - read - write,
			    .output = out,
			    .cache_read = read,
			    .cache_write = write,
			    .thinking = thinking < out ? thinking : out};
	if (u->input < 0)
		u->input = 0;
	return (prompt ? USAGE_TOLD_PROMPT : 0) |
	       (output ? USAGE_TOLD_OUTPUT : 0);
}

unsigned usage_read_messages(struct usage *u, const struct jdoc *d, jref object)
{
	jref m[U_NAMES];
	bool input = false, read = false, write = false, output = false;
	int64_t in, hit, put, out;

	if (jdoc_type(d, object) != J_OBJECT)
		return 0;
	pick_members(d, object, usage_names, U_NAMES, m);
	in = first_count(d, &m[U_INPUT], 1, &input);
	hit = first_count(d, &m[U_CACHE_READ], 1, &read);
	put = first_count(d, &m[U_CACHE_CREATION], 1, &write);
	out = first_count(d, &m[U_OUTPUT], 1, &output);
	if (input)
		u->input = in;
	if (read)
		u->cache_read = hit;
	if (write)
		u->cache_write = put;
	if (output) {
		u->output = out;
		u->thinking = reasoning_count(d, m);
	}
	return (in + hit + put > 0 ? USAGE_TOLD_PROMPT : 0) |
	       (output ? USAGE_TOLD_OUTPUT : 0);
}
