/* libfcgi's part of a request: private to web/. */
#ifndef WEB_FCGI_REQUEST_H
#define WEB_FCGI_REQUEST_H

#include <fcgiapp.h>

struct fcgi_request {
	FCGX_Request x;
};

#endif
