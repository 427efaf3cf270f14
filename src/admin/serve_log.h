/* One line for each request, when its answer has been written. */
#ifndef ADMIN_SERVE_LOG_H
#define ADMIN_SERVE_LOG_H

#include "web/request.h"

void serve_log(const struct request *r);

#endif
