#include "tests/support/store_dir.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/support/tap.h"

/* Berkeley DB's own locks are invisible to the thread sanitizer. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
	return "called_from_lib:libdb-5.3.so\n";
}

static void give_up(const char *what)
{
	printf("Bail out! %s\n", what);
	exit(1);
}

void store_dir_make(struct store_dir *d)
{
	const char *tmp = getenv("TMPDIR");
	struct err e;

	memset(d, 0, sizeof(*d));
	if (secret_start(&e) < 0)
		give_up(e.message);
	secret_random(&d->keys, sizeof(d->keys));
	snprintf(d->root, sizeof(d->root), "%s/store-test-XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(d->root))
		give_up("no temporary directory");
	snprintf(d->dir, sizeof(d->dir), "%s/state", d->root);
}

void store_dir_open(struct store_dir *d)
{
	struct store_options o = {
	    .dir = d->dir, .keys = &d->keys, .cache_bytes = 32 << 20};
	struct err e;

	if (store_open(&d->s, &o, &e) < 0)
		give_up(e.message);
}

void store_dir_close(struct store_dir *d)
{
	store_close(d->s);
	d->s = NULL;
}

/* Calls fn with the path of each file of the environment. */
static void each_file(const char *dir, void (*fn)(const char *path, void *ctx),
		      void *ctx)
{
	DIR *handle = opendir(dir);
	struct dirent *entry;
	char path[600];

	if (!handle)
		return;
	while ((entry = readdir(handle))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		fn(path, ctx);
	}
	closedir(handle);
}

static void remove_file(const char *path, void *ctx)
{
	(void)ctx;
	unlink(path);
}

void store_dir_remove(struct store_dir *d)
{
	store_dir_close(d);
	each_file(d->dir, remove_file, NULL);
	rmdir(d->dir);
	rmdir(d->root);
}

struct search {
	const char *text;
	bool found;
};

static void search_file(const char *path, void *ctx)
{
	struct search *search = ctx;
	struct stat st;
	FILE *f = fopen(path, "rb");
	char *all;

	if (!f)
		return;
	if (fstat(fileno(f), &st) == 0 && st.st_size > 0) {
		all = mem_alloc((size_t)st.st_size);
		if (fread(all, 1, (size_t)st.st_size, f) != 0 &&
		    memmem(all, (size_t)st.st_size, search->text,
			   strlen(search->text)))
			search->found = true;
		mem_free(all);
	}
	fclose(f);
}

bool store_dir_holds(const struct store_dir *d, const char *text)
{
	struct search search = {.text = text};

	each_file(d->dir, search_file, &search);
	return search.found;
}

static void add_size(const char *path, void *ctx)
{
	struct stat st;

	if (stat(path, &st) == 0)
		*(int64_t *)ctx += st.st_size;
}

int64_t store_dir_bytes(const struct store_dir *d)
{
	int64_t bytes = 0;

	each_file(d->dir, add_size, &bytes);
	return bytes;
}
