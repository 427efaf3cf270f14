#include "store/admin_codec.h"

#include <string.h>

#include "store/fields.h"

#define ROW(of, name, type, field)                                             \
	{                                                                      \
		name, type, offsetof(struct of, field),                        \
		    sizeof(((struct of *)0)->field)                            \
	}

static const struct field admin_rows[] = {
    ROW(admin, "username", FIELD_CHARS, username),
    ROW(admin, "passwordHash", FIELD_CHARS, password_hash),
    ROW(admin, "createdMs", FIELD_INT, created_ms),
    ROW(admin, "updatedMs", FIELD_INT, updated_ms),
};
static const size_t nadmin = sizeof(admin_rows) / sizeof(admin_rows[0]);

static const struct field session_rows[] = {
    ROW(admin_session, "hash", FIELD_CHARS, hash),
    ROW(admin_session, "id", FIELD_CHARS, id),
    ROW(admin_session, "username", FIELD_CHARS, username),
    ROW(admin_session, "name", FIELD_CHARS, name),
    ROW(admin_session, "remote", FIELD_CHARS, remote),
    ROW(admin_session, "createdMs", FIELD_INT, created_ms),
    ROW(admin_session, "activeMs", FIELD_INT, active_ms),
    ROW(admin_session, "expiresMs", FIELD_INT, expires_ms),
};
static const size_t nsession = sizeof(session_rows) / sizeof(session_rows[0]);

int admin_encode(const struct admin *a, struct buf *out, struct err *e)
{
	cJSON *o = cJSON_CreateObject();

	fields_write(o, admin_rows, nadmin, a);
	return record_print(o, out, e);
}

int admin_decode(struct str text, struct admin *out, struct err *e)
{
	cJSON *o = record_parse(text, e);

	if (!o)
		return -1;
	memset(out, 0, sizeof(*out));
	fields_read(o, admin_rows, nadmin, out);
	cJSON_Delete(o);
	return 0;
}

int session_encode(const struct admin_session *v, struct buf *out,
		   struct err *e)
{
	cJSON *o = cJSON_CreateObject();

	fields_write(o, session_rows, nsession, v);
	cJSON_AddStringToObject(o, "kind",
				v->kind == SESSION_TOKEN ? "token" : "login");
	return record_print(o, out, e);
}

int session_decode(struct str text, struct admin_session *out, struct err *e)
{
	cJSON *o = record_parse(text, e);
	const char *kind = json_string_or(o, "kind", "");

	if (!o)
		return -1;
	memset(out, 0, sizeof(*out));
	fields_read(o, session_rows, nsession, out);
	out->kind = strcmp(kind, "token") ? SESSION_LOGIN : SESSION_TOKEN;
	cJSON_Delete(o);
	return 0;
}
