#include "app/webserver.h"

#include <stddef.h>

#define SNIPPET_PATHS "/v1, /api, /claude, /openai, /azure"

static const char *const names[WEBSERVERS] = {
    [WEBSERVER_OTHER] = "the web server",
    [WEBSERVER_APACHE] = "Apache",
    [WEBSERVER_APACHE_CGI] = "Apache (CGI)",
    [WEBSERVER_APACHE_FCGID] = "Apache (mod_fcgid)",
    [WEBSERVER_LIGHTTPD] = "lighttpd",
    [WEBSERVER_NGINX] = "nginx",
};

/* What is missing in a row is that of WEBSERVER_OTHER. */
static const char *const fixes[WEBTOPICS][WEBSERVERS] = {
    [WEBTOPIC_ROUTE] =
	{
	    [WEBSERVER_OTHER] = "hand " SNIPPET_PATHS ", /admin and /health to "
				"the relay's socket by FastCGI",
	    [WEBSERVER_APACHE] = "a2enmod proxy proxy_fcgi; the ProxyPassMatch "
				 "lines of the snippet llmrelay.conf, inside "
				 "the <VirtualHost> that answers this address",
	    [WEBSERVER_APACHE_CGI] =
		"the ScriptAliasMatch lines of the snippet llmrelay-cgi.conf, "
		"inside the <VirtualHost> that answers this address",
	    [WEBSERVER_LIGHTTPD] =
		"lighty-enable-mod llmrelay; the $HTTP[\"url\"] block with "
		"fastcgi.server of 50-llmrelay.conf",
	    [WEBSERVER_NGINX] = "include the snippet llmrelay.conf in the "
				"server { } block that answers this address",
	},
    [WEBTOPIC_STREAM] =
	{
	    [WEBSERVER_OTHER] = "switch off the buffering of answers",
	    [WEBSERVER_APACHE] =
		"flushpackets=on at the end of each ProxyPassMatch line of the "
		"relay; two such lines must not share one fcgi:// name",
	    [WEBSERVER_APACHE_CGI] =
		"SetEnv no-gzip 1 in the relay's <LocationMatch> and no "
		"SetOutputFilter there: filters (mod_deflate, mod_buffer) keep "
		"what mod_cgid streams",
	    [WEBSERVER_APACHE_FCGID] =
		"FcgidOutputBufferSize 0 (server configuration only), or use "
		"llmrelay.cgi",
	    [WEBSERVER_LIGHTTPD] = "server.stream-response-body = 2",
	    [WEBSERVER_NGINX] =
		"fastcgi_buffering off;  (proxy_buffering off; where nginx "
		"stands in front of another web server)",
	},
    [WEBTOPIC_GZIP] =
	{
	    [WEBSERVER_OTHER] = "do not compress text/event-stream",
	    [WEBSERVER_APACHE] = "SetEnv no-gzip 1 (and SetEnv no-brotli 1) in "
				 "the relay's <LocationMatch>",
	    [WEBSERVER_APACHE_CGI] =
		"SetEnv no-gzip 1 (and SetEnv no-brotli 1) in the relay's "
		"<LocationMatch>",
	    [WEBSERVER_APACHE_FCGID] =
		"SetEnv no-gzip 1 (and SetEnv no-brotli 1) in .htaccess",
	    [WEBSERVER_LIGHTTPD] =
		"deflate.mimetypes without \"text/event-stream\" and \"text/\"",
	    [WEBSERVER_NGINX] = "gzip off;",
	},
    [WEBTOPIC_AUTHORIZATION] =
	{
	    [WEBSERVER_OTHER] = "pass the header Authorization on",
	    [WEBSERVER_APACHE] = "CGIPassAuth On",
	    [WEBSERVER_APACHE_CGI] = "CGIPassAuth On",
	    [WEBSERVER_APACHE_FCGID] = "CGIPassAuth On",
	    [WEBSERVER_LIGHTTPD] =
		"no setenv.set-request-header for \"Authorization\"",
	    [WEBSERVER_NGINX] =
		"fastcgi_param HTTP_AUTHORIZATION $http_authorization;",
	},
    [WEBTOPIC_BODY] =
	{
	    [WEBSERVER_OTHER] = "allow request bodies of 64 MB",
	    [WEBSERVER_APACHE] = "LimitRequestBody 67108864",
	    [WEBSERVER_APACHE_CGI] = "LimitRequestBody 67108864",
	    [WEBSERVER_APACHE_FCGID] = "FcgidMaxRequestLen 67108864 (server "
				       "configuration only), LimitRequestBody "
				       "67108864, or use llmrelay.cgi",
	    [WEBSERVER_LIGHTTPD] = "server.max-request-size = 65536",
	    [WEBSERVER_NGINX] = "client_max_body_size 64m;",
	},
    [WEBTOPIC_SLASH] =
	{
	    [WEBSERVER_OTHER] = "pass %2F in paths on as it is",
	    [WEBSERVER_APACHE] = "AllowEncodedSlashes NoDecode (inside the "
				 "<VirtualHost>: it is not inherited)",
	    [WEBSERVER_APACHE_CGI] = "AllowEncodedSlashes NoDecode (inside the "
				     "<VirtualHost>: it is not inherited)",
	    [WEBSERVER_APACHE_FCGID] =
		"AllowEncodedSlashes NoDecode (server configuration only)",
	    [WEBSERVER_LIGHTTPD] = "server.http-parseopts without "
				   "\"url-path-2f-reject\" => \"enable\"",
	    [WEBSERVER_NGINX] =
		"proxy_pass without a path after the host, so that the "
		"address is passed on as it came",
	},
    [WEBTOPIC_FIREWALL] =
	{
	    [WEBSERVER_OTHER] = "exempt /v1/messages from the rules on request "
				"bodies: prompts look like attacks",
	    [WEBSERVER_APACHE] = "<LocationMatch \"/v1/\"> SecRuleEngine Off "
				 "</LocationMatch> (ModSecurity)",
	    [WEBSERVER_APACHE_CGI] =
		"<LocationMatch \"/v1/\"> SecRuleEngine Off </LocationMatch> "
		"(ModSecurity)",
	    [WEBSERVER_NGINX] = "modsecurity off; in the relay's location { }",
	},
    [WEBTOPIC_SILENCE] =
	{
	    [WEBSERVER_OTHER] = "wait 960 seconds for an answer",
	    [WEBSERVER_APACHE] =
		"timeout=960 at the end of each ProxyPassMatch line",
	    [WEBSERVER_APACHE_CGI] =
		"CGIDScriptTimeout 960 (in .htaccess not possible: the host's "
		"Timeout counts)",
	    [WEBSERVER_APACHE_FCGID] =
		"FcgidIOTimeout 960 and FcgidBusyTimeout 7200 (server "
		"configuration only)",
	    [WEBSERVER_LIGHTTPD] =
		"server.max-write-idle = 960, and no \"read-timeout\" in "
		"fastcgi.server",
	    [WEBSERVER_NGINX] =
		"fastcgi_read_timeout 960s;  (proxy_read_timeout 960s;)",
	},
    [WEBTOPIC_ADMIN] =
	{
	    [WEBSERVER_OTHER] = "use https, or let /admin, /web and /metrics "
				"answer this machine only",
	    [WEBSERVER_APACHE] =
		"SSLEngine on, or <LocationMatch \"^/(?:admin|web|metrics)"
		"(?:/|$)\"> Require local </LocationMatch>",
	    [WEBSERVER_APACHE_CGI] =
		"SSLEngine on, or <LocationMatch \"^/(?:admin|web|metrics)"
		"(?:/|$)\"> Require local </LocationMatch>",
	    [WEBSERVER_LIGHTTPD] =
		"ssl.engine = \"enable\", or the $HTTP[\"remoteip\"] block "
		"with url.access-deny of 50-llmrelay.conf",
	    [WEBSERVER_NGINX] =
		"listen 443 ssl;, or allow 127.0.0.0/8; deny all; in the "
		"location of /admin",
	},
};

enum webserver webserver_of(struct str software, struct str script)
{
	static const char cgi[] = "llmrelay.cgi";

	if (str_ifind(software, STR("lighttpd")) != SIZE_MAX)
		return WEBSERVER_LIGHTTPD;
	if (str_ifind(software, STR("nginx")) != SIZE_MAX ||
	    str_ifind(software, STR("openresty")) != SIZE_MAX)
		return WEBSERVER_NGINX;
	if (str_ifind(software, STR("apache")) == SIZE_MAX)
		return WEBSERVER_OTHER;
	if (str_starts(script, STR("proxy:")))
		return WEBSERVER_APACHE;
	if (str_find(script, str_of(cgi)) != SIZE_MAX)
		return WEBSERVER_APACHE_CGI;
	return str_ends(script, STR(".fcgi")) ? WEBSERVER_APACHE_FCGID
					      : WEBSERVER_APACHE;
}

const char *webserver_name(enum webserver w)
{
	return names[w];
}

const char *webserver_fix(enum webserver w, enum webtopic topic)
{
	const char *fix = fixes[topic][w];

	return fix ? fix : fixes[topic][WEBSERVER_OTHER];
}
