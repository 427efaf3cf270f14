#include "bridge/refusal.h"

#include <sys/random.h>

#define MESSAGE "The relay is not available right now. Please try again."

enum { ID_CHARS = 24, BODY_BYTES = 1024 };

static void add_request_id(struct buf *id)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz";
	unsigned char random[ID_CHARS] = {0};

	/* An id has to be found again in a log, not to be secret. */
	if (getrandom(random, sizeof(random), 0) < 0)
		random[0] = 1;
	buf_adds(id, "req_");
	for (size_t i = 0; i < ID_CHARS; i++)
		buf_addc(id, digits[random[i] % (sizeof(digits) - 1)]);
}

static void write_anthropic(struct buf *body, struct str id)
{
	buf_adds(body, "{\"type\":\"error\",\"error\":{\"type\":\"api_error\","
		       "\"message\":\"" MESSAGE "\"},\"request_id\":");
	buf_json(body, id);
	buf_addc(body, '}');
}

static void write_openai(struct buf *body, struct str id)
{
	(void)id;
	buf_adds(body, "{\"error\":{\"message\":\"" MESSAGE "\",\"type\":"
		       "\"api_error\",\"param\":null,\"code\":null}}");
}

static void write_admin(struct buf *body, struct str id)
{
	(void)id;
	buf_adds(body, "{\"success\":false,\"error\":\"Service unavailable\","
		       "\"message\":\"" MESSAGE "\"}");
}

/* Parts of a path, wherever the bridge is mounted; the first one decides. */
static const struct {
	struct str part;
	void (*write)(struct buf *, struct str);
} shapes[] = {
    {{"/chat/completions", 17}, write_openai},
    {{"/embeddings", 11}, write_openai},
    {{"/responses", 10}, write_openai},
    {{"/openai/", 8}, write_openai},
    {{"/azure/", 7}, write_openai},
    {{"/v1/", 4}, write_anthropic},
    {{"/admin", 6}, write_admin},
    {{"/web/", 5}, write_admin},
    {{"/apiStats", 9}, write_admin},
};

void refusal_write(struct buf *out, struct str path)
{
	struct buf body = BUF_INIT(BODY_BYTES), id = BUF_INIT(BODY_BYTES);
	size_t n = sizeof(shapes) / sizeof(shapes[0]), i = 0;

	path = str_cut(&path, '?');
	while (i < n && str_find(path, shapes[i].part) == SIZE_MAX)
		i++;
	add_request_id(&id);
	if (i < n)
		shapes[i].write(&body, buf_str(&id));
	else
		write_anthropic(&body, buf_str(&id));
	buf_adds(out, "Status: 503 Service Unavailable\r\n"
		      "Content-Type: application/json\r\n"
		      "Cache-Control: no-store\r\n"
		      "Retry-After: 5\r\n");
	buf_addf(out, "request-id: %s\r\nContent-Length: %zu\r\n\r\n", id.data,
		 body.len);
	buf_addstr(out, buf_str(&body));
	buf_release(&body);
	buf_release(&id);
}
