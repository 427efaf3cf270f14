/*
 * All API keys in memory, decoded, so that lists and figures over all of them
 * do not read each from the disk.  Filled when it is asked for the first time;
 * after each change of a key that one is read again.
 */
#ifndef STORE_KEY_BOOK_H
#define STORE_KEY_BOOK_H

#include "store/api_key.h"

struct key_book;

struct key_book *key_book_new(void);
void key_book_free(struct key_book *b); /* NULL is allowed */
/* A key was written or removed, and that is committed. */
void key_book_renew(struct store *s, const char *id);

#endif
