/* The record that says which format the state has and which key file. */
#ifndef STORE_META_H
#define STORE_META_H

#include "store/store.h"

/* Writes the record into a new environment; in an old one refuses a newer
 * format and a key file that is not the one it was made with. */
int meta_check(struct store *s, struct err *e);

#endif
