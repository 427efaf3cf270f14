/* reload: the running responder reads its settings again. */
#include "ctl/cmd.h"
#include "ctl/print.h"

enum { TEXT_BYTES = 64 * 1024 };

static void say(const char *what, const cJSON *names)
{
	struct buf text = BUF_INIT(TEXT_BYTES);
	const cJSON *name;

	cJSON_ArrayForEach(name, names)
	{
		buf_addf(&text, "%s%s", text.len ? ", " : "",
			 cJSON_IsString(name) ? name->valuestring : "");
	}
	if (text.len)
		print_named(what, text.data);
	buf_release(&text);
}

static void print_report(const cJSON *data)
{
	const cJSON *changed =
	    cJSON_GetObjectItemCaseSensitive(data, "changed");
	const cJSON *restart =
	    cJSON_GetObjectItemCaseSensitive(data, "needsRestart");

	say("changed", changed);
	say("needs a restart", restart);
	if (!cJSON_GetArraySize(changed) && !cJSON_GetArraySize(restart))
		print_line("nothing has changed");
}

int ctl_reload(struct ctl *c)
{
	cJSON *answer;
	const cJSON *data;
	int rc = ctl_call(c, "POST", "/admin/settings/reload", NULL, &answer);

	if (rc != CTL_OK)
		return rc;
	data = cJSON_GetObjectItemCaseSensitive(answer, "data");
	if (c->json)
		print_json(data);
	else
		print_report(data);
	cJSON_Delete(answer);
	return CTL_OK;
}
