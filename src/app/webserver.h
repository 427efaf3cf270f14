/*
 * The web servers that are known, and what to write into the configuration of
 * each when an installation gets something wrong.
 */
#ifndef APP_WEBSERVER_H
#define APP_WEBSERVER_H

#include "base/str.h"

enum webserver {
	WEBSERVER_OTHER,
	WEBSERVER_APACHE, /* by mod_proxy_fcgi, or not known by what */
	WEBSERVER_APACHE_CGI,
	WEBSERVER_APACHE_FCGID,
	WEBSERVER_LIGHTTPD,
	WEBSERVER_NGINX,
	WEBSERVERS
};

/* What can be wrong. */
enum webtopic {
	WEBTOPIC_ROUTE, /* requests do not reach the relay */
	WEBTOPIC_STREAM,
	WEBTOPIC_GZIP,
	WEBTOPIC_AUTHORIZATION,
	WEBTOPIC_BODY,
	WEBTOPIC_SLASH,
	WEBTOPIC_FIREWALL,
	WEBTOPIC_SILENCE,
	WEBTOPIC_ADMIN,
	WEBTOPICS
};

/* software is what the server calls itself; script is SCRIPT_FILENAME, empty
 * when it is not known. */
enum webserver webserver_of(struct str software, struct str script);
/* "Apache", "lighttpd"; "the web server". */
const char *webserver_name(enum webserver w);
/* Never NULL. */
const char *webserver_fix(enum webserver w, enum webtopic topic);

#endif
