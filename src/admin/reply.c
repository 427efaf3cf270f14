#include "admin/reply.h"

#include "base/mem.h"

static const char *const short_words[ERR_KINDS] = {
    [ERR_NONE] = "Internal error",
    [ERR_BAD_REQUEST] = "Invalid request",
    [ERR_AUTH] = "Unauthorized",
    [ERR_BILLING] = "Payment required",
    [ERR_FORBIDDEN] = "Forbidden",
    [ERR_NOT_FOUND] = "Not found",
    [ERR_METHOD] = "Method not allowed",
    [ERR_CONFLICT] = "Conflict",
    [ERR_TOO_LARGE] = "Payload too large",
    [ERR_MEDIA_TYPE] = "Unsupported media type",
    [ERR_RATE_LIMIT] = "Too many requests",
    [ERR_INTERNAL] = "Internal error",
    [ERR_UPSTREAM] = "Bad gateway",
    [ERR_UNAVAILABLE] = "Service unavailable",
    [ERR_TIMEOUT] = "Timeout",
    [ERR_OVERLOADED] = "Overloaded",
};

static enum route_result send_tree(struct request *r, int status, cJSON *tree,
				   const struct response_header *headers,
				   size_t nheaders)
{
	char *text = json_print(tree);

	response_send(r, status, "application/json; charset=utf-8",
		      str_of(text), headers, nheaders);
	mem_free(text);
	cJSON_Delete(tree);
	return ROUTE_ANSWERED;
}

cJSON *reply_begin(void)
{
	cJSON *tree = cJSON_CreateObject();

	cJSON_AddTrueToObject(tree, "success");
	return tree;
}

static cJSON *success(cJSON *data, const char *message)
{
	cJSON *tree = reply_begin();

	if (data)
		cJSON_AddItemToObject(tree, "data", data);
	if (message)
		cJSON_AddStringToObject(tree, "message", message);
	return tree;
}

char *reply_text(cJSON *data, const char *message)
{
	cJSON *tree = success(data, message);
	char *text = json_print(tree);

	cJSON_Delete(tree);
	return text;
}

enum route_result reply_data(struct request *r, cJSON *data,
			     const char *message)
{
	return send_tree(r, 200, success(data, message), NULL, 0);
}

enum route_result reply_object(struct request *r, cJSON *object,
			       const struct response_header *headers,
			       size_t nheaders)
{
	return send_tree(r, 200, object, headers, nheaders);
}

enum route_result reply_error(struct request *r, int status, const char *error,
			      const char *message,
			      const struct response_header *headers,
			      size_t nheaders)
{
	cJSON *tree = cJSON_CreateObject();

	cJSON_AddFalseToObject(tree, "success");
	cJSON_AddStringToObject(tree, "error", error);
	cJSON_AddStringToObject(tree, "message", message);
	return send_tree(r, status, tree, headers, nheaders);
}

enum route_result reply_err(struct request *r, const struct err *e)
{
	struct response_header headers[RESPONSE_ERROR_HEADERS];
	size_t n = response_error_headers(e, &r->arena, headers);

	return reply_error(r, err_status(e->kind), short_words[e->kind],
			   e->message, headers, n);
}

enum route_result reply_not_found(struct request *r, const char *what)
{
	struct err e;

	err_set(&e, ERR_NOT_FOUND, "%s not found", what);
	return reply_err(r, &e);
}
