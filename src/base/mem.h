/*
 * Memory that cannot fail: a refused allocation ends the process, so callers
 * test sizes against ceilings, never pointers against NULL.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* Each returns memory that the caller owns and gives back to mem_free(). */
void *mem_alloc(size_t n);		/* n bytes, contents undefined */
void *mem_zalloc(size_t n);		/* n bytes, all zero */
void *mem_array(size_t n, size_t size); /* n * size zeroed, overflow checked */
void *mem_realloc(void *p, size_t n);
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t n); /* at most n bytes, ended by NUL */
void mem_free(void *p);			    /* NULL is allowed */

#endif
