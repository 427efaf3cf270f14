/* A store in a temporary directory, for tests. */
#ifndef SUPPORT_STORE_DIR_H
#define SUPPORT_STORE_DIR_H

#include "store/store.h"

struct store_dir {
	char root[256]; /* made by us, removed at the end */
	char dir[300];	/* the environment */
	struct secret_keys keys;
	struct store *s;
};

/* Ends the test when it cannot. */
void store_dir_make(struct store_dir *d);
void store_dir_open(struct store_dir *d);
void store_dir_close(struct store_dir *d);
void store_dir_remove(struct store_dir *d);

/* Whether any file of the environment holds the bytes. */
bool store_dir_holds(const struct store_dir *d, const char *text);
int64_t store_dir_bytes(const struct store_dir *d); /* size of all files */

#endif
