/* Gives files, or all files of folders, to a fuzz target once, without a
 * fuzzer: this makes tests of the corpora. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { INPUT_MAX_BYTES = 64 << 20 };

/* The copy is exactly as large as the file: sanitizers see its end. */
static int run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t n;

	if (!f || fstat(fileno(f), &st) < 0 || st.st_size > INPUT_MAX_BYTES) {
		fprintf(stderr, "%s: cannot be read\n", path);
		if (f)
			fclose(f);
		return 1;
	}
	data = mem_alloc((size_t)st.st_size);
	n = fread(data, 1, (size_t)st.st_size, f);
	fclose(f);
	LLVMFuzzerTestOneInput(data, n);
	mem_free(data);
	return 0;
}

static int run_path(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int failed = 0;

	if (!dir)
		return run_file(path);
	while ((entry = readdir(dir))) {
		struct buf full = BUF_INIT(4096);

		buf_addf(&full, "%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.')
			failed |= run_file(full.data);
		buf_release(&full);
	}
	closedir(dir);
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed |= run_path(argv[i]);
	return failed;
}
