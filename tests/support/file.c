#include "tests/support/file.h"

#include <stdio.h>

#include "base/buf.h"

struct str file_read(const char *directory, const char *name)
{
	struct buf path = BUF_INIT(4096), text = BUF_INIT(1 << 26);
	char part[4096];
	struct str whole = STR_NONE;
	size_t got;
	FILE *f;

	if (directory)
		buf_addf(&path, "%s/", directory);
	buf_adds(&path, name);
	f = fopen(buf_str(&path).p, "rb");
	buf_release(&path);
	if (!f)
		return whole;
	while ((got = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&text, part, got);
	fclose(f);
	whole.p = buf_take(&text, &whole.n);
	return whole;
}
