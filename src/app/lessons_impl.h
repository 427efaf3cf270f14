/* Inside of lessons, for lessons.c and lesson_book.c. */
#ifndef APP_LESSONS_IMPL_H
#define APP_LESSONS_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "app/lessons.h"

struct lessons {
	_Atomic int refs;
	pthread_mutex_t lock;
	struct learned l;
	int64_t due_ms; /* to be written then; INT64_MAX: as it is in the store
			 */
	struct lessons *next; /* in the book */
};

struct lessons *lessons_new(void); /* empty, one reference */

#endif
