/* GET /admin/selftest: what the responder itself sees of an installation that
 * is not right, with what to change. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "admin/reply.h"
#include "admin/routes.h"
#include "base/clock.h"

enum {
	TEXT_BYTES = 4096,
	DESCRIPTORS_FEW = 4096, /* two a stream */
	DISK_FEW_MB = 512,
	MB = 1024 * 1024
};

/* 2024-01-01: a machine without a clock starts in 1970 or at its making. */
static const int64_t clock_least_ms = 1704067200000;

struct finding {
	bool bad, unknown;
	struct buf text, fix;
};

typedef void check_fn(struct app *app, struct request *r, struct finding *f);

/* What reaches us of a client's bearer token. */
static void check_authorization(struct app *app, struct request *r,
				struct finding *f)
{
	struct str server = request_param(r, "SERVER_SOFTWARE");

	(void)app;
	if (request_header(r, "authorization").n) {
		buf_adds(&f->text, "the header Authorization arrives");
		return;
	}
	f->unknown = true;
	buf_adds(&f->text, "this request came without the header "
			   "Authorization: ask again with a bearer token; if "
			   "that is refused, the web server keeps it");
	if (str_ifind(server, STR("apache")) != SIZE_MAX)
		buf_adds(&f->fix, "CGIPassAuth On");
}

static void check_mode(struct finding *f, const char *path, mode_t most)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		f->bad = true;
		buf_addf(&f->text, "%s: %s", path, strerror(errno));
		return;
	}
	f->bad = (st.st_mode & 0777 & ~most) || st.st_uid != geteuid();
	buf_addf(&f->text, "%s has the mode %04o", path,
		 (unsigned)(st.st_mode & 07777));
	if (st.st_uid != geteuid())
		buf_adds(&f->text, " and belongs to another user");
	if (f->bad)
		buf_addf(&f->fix, "chmod %04o %s", (unsigned)most, path);
}

static void check_state(struct app *app, struct request *r, struct finding *f)
{
	(void)r;
	check_mode(f, app->settings->state_dir, 0700);
}

static void check_key(struct app *app, struct request *r, struct finding *f)
{
	(void)r;
	check_mode(f, app->settings->key_file, 0600);
}

static void check_descriptors(struct app *app, struct request *r,
			      struct finding *f)
{
	struct rlimit limit = {0, 0};

	(void)app;
	(void)r;
	getrlimit(RLIMIT_NOFILE, &limit);
	f->bad = limit.rlim_cur < DESCRIPTORS_FEW;
	buf_addf(&f->text, "%" PRIu64 " descriptors, two for each stream",
		 (uint64_t)limit.rlim_cur);
	if (f->bad)
		buf_adds(&f->fix, "LimitNOFILE=65536");
}

static void check_disk(struct app *app, struct request *r, struct finding *f)
{
	const char *dir = app->settings->state_dir;
	struct statvfs fs;
	uint64_t free_mb;

	(void)r;
	if (statvfs(dir, &fs) < 0) {
		f->bad = true;
		buf_addf(&f->text, "%s: %s", dir, strerror(errno));
		return;
	}
	free_mb = (uint64_t)fs.f_bavail * fs.f_frsize / MB;
	f->bad = free_mb < DISK_FEW_MB;
	buf_addf(&f->text, "%" PRIu64 " MB are free at %s", free_mb, dir);
	if (f->bad)
		buf_adds(&f->fix, "make room there, or lower ledger_days");
}

static void check_clock(struct app *app, struct request *r, struct finding *f)
{
	char now[CLOCK_ISO_BYTES];
	int64_t now_ms = clock_wall_ms();

	(void)r;
	clock_iso(now_ms, now);
	f->bad = now_ms < clock_least_ms || now_ms < app->started_ms;
	buf_addf(&f->text, "it is %s here", now);
	if (f->bad)
		buf_adds(&f->fix, "timedatectl set-ntp true");
}

static const struct {
	const char *name;
	check_fn *check;
} checks[] = {
    {"authorization", check_authorization},
    {"stateFolder", check_state},
    {"keyFile", check_key},
    {"descriptors", check_descriptors},
    {"diskSpace", check_disk},
    {"clock", check_clock},
};

static cJSON *finding_json(const char *name, const struct finding *f)
{
	cJSON *o = cJSON_CreateObject();
	const char *state = f->bad ? "bad" : "good";

	cJSON_AddStringToObject(o, "name", name);
	cJSON_AddStringToObject(o, "state", f->unknown ? "unknown" : state);
	cJSON_AddStringToObject(o, "message", f->text.len ? f->text.data : "");
	if (f->fix.len)
		cJSON_AddStringToObject(o, "fix", f->fix.data);
	else
		cJSON_AddNullToObject(o, "fix");
	return o;
}

enum route_result selftest_get(struct app *app, struct request *r,
			       const struct route_args *args)
{
	cJSON *data = cJSON_CreateObject(), *list;
	struct str server = request_param(r, "SERVER_SOFTWARE");
	bool ok = true;

	(void)args;
	cJSON_AddStringToObject(data, "webServer",
				arena_strz(&r->arena, server));
	list = cJSON_AddArrayToObject(data, "checks");
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct finding f = {.text = BUF_INIT(TEXT_BYTES),
				    .fix = BUF_INIT(TEXT_BYTES)};

		checks[i].check(app, r, &f);
		ok &= !f.bad;
		cJSON_AddItemToArray(list, finding_json(checks[i].name, &f));
		buf_release(&f.text);
		buf_release(&f.fix);
	}
	cJSON_AddBoolToObject(data, "ok", ok);
	return reply_data(r, data, NULL);
}
