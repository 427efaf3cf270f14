#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/netaddr.h"
#include "io/transfer_impl.h"

enum {
	/* One read from the socket; libcurl holds this much while a transfer
	 * lasts, of which only what was filled is resident. */
	READ_BYTES = 16 * 1024,
	/* libcurl's "none" would be 300 s. */
	NO_CONNECT_LIMIT_MS = 24 * 3600 * 1000
};

static int on_close(void *arg, curl_socket_t fd)
{
	struct multi *m = arg;

	conn_idle_closing(&m->idle, fd);
	return close(fd);
}

/* A name was checked when the account was made, but may mean something else by
 * now: the address is what counts. */
static curl_socket_t on_open(void *arg, curlsocktype purpose,
			     struct curl_sockaddr *addr)
{
	struct transfer *t = arg;
	int fd;

	(void)purpose;
	if (netaddr_is_metadata(&addr->addr))
		return CURL_SOCKET_BAD;
	fd =
	    socket(addr->family, addr->socktype | SOCK_CLOEXEC, addr->protocol);
	t->shortage = fd < 0 && (errno == EMFILE || errno == ENFILE);
	return fd;
}

static void set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
			 (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static void set_headers(struct transfer *t, const struct transfer_spec *spec)
{
	struct curl_slist *list = NULL;

	/* No waiting for "100 Continue". */
	list = curl_slist_append(list, "Expect:");
	for (size_t i = 0; i < spec->nheaders; i++)
		list = curl_slist_append(list, spec->headers[i]);
	t->headers = list;
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, list);
}

static void set_request(struct transfer *t, const struct transfer_spec *spec)
{
	CURL *easy = t->easy;

	curl_easy_setopt(easy, CURLOPT_URL, spec->url);
	if (!str_is(str_of(spec->method), "POST")) {
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
		return;
	}
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
			 (curl_off_t)spec->body.n);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
			 spec->body.p ? spec->body.p : "");
}

/* The environment's http_proxy and no_proxy are not for us. */
static void set_proxy(CURL *easy, const char *proxy)
{
	curl_easy_setopt(easy, CURLOPT_PROXY, proxy ? proxy : "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

static void set_connection(struct transfer *t, int64_t connect_ms)
{
	CURL *easy = t->easy;

	if (connect_ms <= 0 || connect_ms > NO_CONNECT_LIMIT_MS)
		connect_ms = NO_CONNECT_LIMIT_MS;
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	/* Long silences (prompt processing) outlast what gateways remember. */
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, t->m);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* Else cancelling while a name is looked up waits for the resolver. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
}

void transfer_setup(struct transfer *t, const struct transfer_spec *spec)
{
	CURL *easy = t->easy;

	set_protocols(easy);
	set_request(t, spec);
	set_headers(t, spec);
	set_proxy(easy, spec->proxy);
	set_connection(t, spec->connect_ms);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)READ_BYTES);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, transfer_on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, transfer_on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
}

/* Those that are not here are TRANSFER_PROTOCOL. */
static const struct {
	CURLcode code;
	enum transfer_end end;
} ends[] = {
    {CURLE_OK, TRANSFER_OK},
    {CURLE_COULDNT_CONNECT, TRANSFER_REFUSED},
    {CURLE_COULDNT_RESOLVE_HOST, TRANSFER_DNS},
    {CURLE_COULDNT_RESOLVE_PROXY, TRANSFER_DNS},
    {CURLE_OPERATION_TIMEDOUT, TRANSFER_CONNECT_TIMEOUT},
    {CURLE_PARTIAL_FILE, TRANSFER_RESET},
    {CURLE_GOT_NOTHING, TRANSFER_RESET},
    {CURLE_SEND_ERROR, TRANSFER_RESET},
    {CURLE_RECV_ERROR, TRANSFER_RESET},
    {CURLE_SSL_CONNECT_ERROR, TRANSFER_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, TRANSFER_TLS},
    {CURLE_SSL_ENGINE_NOTFOUND, TRANSFER_TLS},
    {CURLE_SSL_ENGINE_SETFAILED, TRANSFER_TLS},
    {CURLE_SSL_ENGINE_INITFAILED, TRANSFER_TLS},
    {CURLE_SSL_CERTPROBLEM, TRANSFER_TLS},
    {CURLE_SSL_CIPHER, TRANSFER_TLS},
    {CURLE_SSL_CACERT_BADFILE, TRANSFER_TLS},
    {CURLE_SSL_CRL_BADFILE, TRANSFER_TLS},
    {CURLE_SSL_ISSUER_ERROR, TRANSFER_TLS},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, TRANSFER_TLS},
    {CURLE_SSL_INVALIDCERTSTATUS, TRANSFER_TLS},
    {CURLE_SSL_CLIENTCERT, TRANSFER_TLS},
    {CURLE_USE_SSL_FAILED, TRANSFER_TLS},
};

enum transfer_end transfer_end_of(const struct transfer *t, CURLcode code)
{
	enum transfer_end end = TRANSFER_PROTOCOL;
	curl_off_t lookup_us = 0;
	long error = 0, connect_status = 0;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (ends[i].code == code)
			end = ends[i].end;
	}
	if (end == TRANSFER_REFUSED && t->shortage)
		return TRANSFER_SHORTAGE;
	curl_easy_getinfo(t->easy, CURLINFO_NAMELOOKUP_TIME_T, &lookup_us);
	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &error);
	curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &connect_status);
	if (end == TRANSFER_CONNECT_TIMEOUT && lookup_us == 0)
		return TRANSFER_DNS;
	if (end == TRANSFER_REFUSED && error == ETIMEDOUT)
		return TRANSFER_CONNECT_TIMEOUT;
	/* The proxy answered, and said no. */
	if (end == TRANSFER_RESET && connect_status >= 300)
		return TRANSFER_REFUSED;
	if (end == TRANSFER_OK && !t->head_done)
		return TRANSFER_PROTOCOL;
	return end;
}
