/* Requests of administrators and what is done with the answers. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "ctl/ctl.h"
#include "ctl/exchange.h"
#include "ctl/link.h"
#include "ctl/print.h"

enum { TEXT_BYTES = 64 * 1024 };

static int unreachable(const struct err *e)
{
	ctl_fail(e);
	return CTL_UNREACHABLE;
}

static int open_link(struct ctl *c, struct err *e)
{
	if (c->link)
		return 0;
	return link_open(&c->link, &c->settings, c->timeout_ms, e);
}

static int exchange_once(struct ctl *c, struct exchange *x, struct err *e)
{
	int fd;

	x->sent = false;
	if (open_link(c, e) < 0)
		return -1;
	fd = link_connect(c->link, c->timeout_ms, e);
	if (fd < 0)
		return -1;
	x->token = link_token(c->link);
	return exchange_run(fd, x, e);
}

/* The responder may have ended since it was found: then there is another, or
 * none.  What was sent is not sent again if it could be done twice. */
static int exchange_anew(struct ctl *c, struct exchange *x, struct err *e)
{
	int rc = exchange_once(c, x, e);
	bool harmless = !x->sent || strcmp(x->method, "GET") == 0;

	if (rc == 0 || e->kind != ERR_UNAVAILABLE || !c->link || !harmless)
		return rc;
	exchange_release(x);
	link_close(c->link);
	c->link = NULL;
	return exchange_once(c, x, e);
}

/* The token may be that of a predecessor that was killed: once more. */
static int exchange(struct ctl *c, struct exchange *x, struct err *e)
{
	if (exchange_anew(c, x, e) < 0)
		return -1;
	if (x->status != 401 || !link_renew_token(c->link))
		return 0;
	exchange_release(x);
	return exchange_once(c, x, e);
}

static int refused(const struct ctl *c, int status, const cJSON *answer)
{
	struct buf text = BUF_INIT(TEXT_BYTES);
	struct err e;

	if (status == 401) {
		err_set(&e, ERR_AUTH,
			"the responder at %s does not take the token in "
			"%s/control: it is another installation's",
			link_socket(c->link), c->settings.state_dir);
		return unreachable(&e);
	}
	print_safe(&text,
		   str_of(json_string_or(answer, "message", "it was refused")));
	err_set(&e, ERR_UPSTREAM, "%s", text.data ? text.data : "");
	buf_release(&text);
	return ctl_fail(&e);
}

static int judge(const struct ctl *c, const struct exchange *x, cJSON **answer)
{
	cJSON *tree = json_parse(x->reply, NULL);
	struct err e;
	int rc;

	if (!cJSON_IsObject(tree)) {
		cJSON_Delete(tree);
		err_set(&e, ERR_UPSTREAM,
			"the answer (status %d) is no JSON object", x->status);
		return ctl_fail(&e);
	}
	if (x->status == 200) {
		*answer = tree;
		return CTL_OK;
	}
	rc = refused(c, x->status, tree);
	cJSON_Delete(tree);
	return rc;
}

int ctl_call(struct ctl *c, const char *method, const char *path,
	     const cJSON *body, cJSON **answer)
{
	char *text = body ? json_print(body) : mem_strdup("");
	struct exchange x = {.method = method,
			     .uri = path,
			     .body = str_of(text),
			     .timeout_ms = c->timeout_ms};
	struct err e;
	int rc;

	rc = exchange(c, &x, &e) < 0 ? unreachable(&e) : judge(c, &x, answer);
	exchange_release(&x);
	secret_wipe(text, strlen(text));
	mem_free(text);
	return rc;
}

int ctl_get(struct ctl *c, const char *path, cJSON **data)
{
	cJSON *answer;
	int rc = ctl_call(c, "GET", path, NULL, &answer);

	if (rc != CTL_OK)
		return rc;
	*data = cJSON_DetachItemFromObjectCaseSensitive(answer, "data");
	cJSON_Delete(answer);
	if (!*data)
		*data = cJSON_CreateNull();
	return CTL_OK;
}

/* "... successfully; remark; remark" */
void ctl_remark(const cJSON *answer)
{
	struct str rest = str_of(json_string_or(answer, "message", ""));
	struct buf note = BUF_INIT(ERR_MESSAGE_BYTES);

	str_cut(&rest, ';');
	buf_addstr(&note, str_trim(str_sub(rest, 0, ERR_MESSAGE_BYTES)));
	if (note.len)
		print_note(note.data);
	buf_release(&note);
}

int ctl_do(struct ctl *c, const char *method, const char *path,
	   const cJSON *body, const char *done)
{
	const cJSON *data;
	cJSON *answer;
	int rc = ctl_call(c, method, path, body, &answer);

	if (rc != CTL_OK)
		return rc;
	data = cJSON_GetObjectItemCaseSensitive(answer, "data");
	if (c->json)
		print_json(data ? data : answer);
	else
		print_line(done);
	ctl_remark(answer);
	cJSON_Delete(answer);
	return CTL_OK;
}

int ctl_show_list(struct ctl *c, const char *path, const struct column *columns,
		  size_t n)
{
	cJSON *data;
	int rc = ctl_get(c, path, &data);

	if (rc != CTL_OK)
		return rc;
	if (c->json)
		print_json(data);
	else
		print_table(data, columns, n);
	cJSON_Delete(data);
	return CTL_OK;
}
