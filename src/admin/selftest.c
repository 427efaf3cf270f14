/* GET /admin/selftest: what the responder itself sees of an installation that
 * is not right, with what to change.  POST: a ticket for what only shows from
 * outside (llmrelayctl check). */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "admin/reply.h"
#include "admin/routes.h"
#include "app/tickets.h"
#include "app/webserver.h"
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

static void add_fix(struct request *r, struct finding *f, enum webtopic topic)
{
	struct str software = request_param(r, "SERVER_SOFTWARE");
	struct str script = request_param(r, "SCRIPT_FILENAME");

	buf_adds(&f->fix, webserver_fix(webserver_of(software, script), topic));
}

/* What reaches us of a client's bearer token. */
static void check_authorization(struct app *app, struct request *r,
				struct finding *f)
{
	(void)app;
	if (request_header(r, "authorization").n) {
		buf_adds(&f->text, "the header Authorization arrives");
		return;
	}
	f->unknown = true;
	buf_adds(&f->text, "this request came without the header "
			   "Authorization: ask again with a bearer token; if "
			   "that is refused, the web server keeps it");
	add_fix(r, f, WEBTOPIC_AUTHORIZATION);
}

static bool is_private(struct str remote)
{
	static const char *const begins[] = {
	    "127.",  "10.",	    "192.168.",
	    "::1",   "::ffff:127.", "fd",
	    "fe80:", "::ffff:10.",  "::ffff:192.168.",
	    "local", "unix:"};
	struct str rest = remote;
	int64_t second = 0;

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		if (str_starts(remote, str_of(begins[i])))
			return true;
	}
	if (!str_is(str_cut(&rest, '.'), "172"))
		return false;
	return str_to_i64(str_cut(&rest, '.'), 16, 31, &second) == 0;
}

/* From where administrators come, and how. */
static void check_admin(struct app *app, struct request *r, struct finding *f)
{
	(void)app;
	buf_adds(&f->text, "/admin answers ");
	buf_addstr(&f->text, r->remote.n ? r->remote : STR("unknown"));
	if (r->https)
		buf_adds(&f->text, " by https");
	f->bad = !r->https && r->remote.n && !is_private(r->remote);
	if (!f->bad)
		return;
	buf_adds(&f->text, ", from another network, without https: passwords "
			   "and sessions cross it as they are");
	add_fix(r, f, WEBTOPIC_ADMIN);
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

/* Berkeley DB maps its files into memory and locks them, which these do not
 * do rightly (statfs(2)). */
static void check_file_system(struct app *app, struct request *r,
			      struct finding *f)
{
	static const struct {
		unsigned long type;
		const char *name;
	} remote[] = {{0x6969, "NFS"},	    {0xff534d42, "CIFS"},
		      {0xfe534d42, "SMB2"}, {0x01021997, "9p"},
		      {0x00c36400, "Ceph"}, {0x5346414f, "AFS"}};
	struct statfs fs;

	(void)r;
	if (statfs(app->settings->state_dir, &fs) < 0) {
		f->bad = true;
		buf_addf(&f->text, "%s: %s", app->settings->state_dir,
			 strerror(errno));
		return;
	}
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++) {
		if ((unsigned long)fs.f_type != remote[i].type)
			continue;
		f->bad = true;
		buf_addf(&f->text, "%s lies on %s", app->settings->state_dir,
			 remote[i].name);
		buf_adds(&f->fix, "state_dir on a local disk");
		return;
	}
	buf_addf(&f->text, "%s lies on a local disk", app->settings->state_dir);
}

/* Who may write to it may ask anything in anybody's name. */
static void check_socket(struct app *app, struct request *r, struct finding *f)
{
	const char *path = app->settings->socket;
	struct stat st;

	(void)r;
	if (stat(path, &st) < 0) {
		buf_adds(&f->text, "the web server made the socket");
		return;
	}
	f->bad = st.st_mode & S_IWOTH;
	buf_addf(&f->text, "%s has the mode %04o", path,
		 (unsigned)(st.st_mode & 07777));
	if (f->bad)
		buf_addf(&f->fix, "chmod 0660 %s; SocketMode=0660", path);
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

/* why: what comes of it when it is not good. */
static const struct check_row {
	const char *name;
	check_fn *check;
	const char *why;
} checks[] = {
    {"authorization", check_authorization,
     "clients with ANTHROPIC_AUTH_TOKEN, OpenAI's clients and scripts of "
     "administrators are answered 401"},
    {"stateFolder", check_state,
     "others of this machine can read the database with its sessions"},
    {"keyFile", check_key,
     "with the master key the sealed credentials of accounts can be read"},
    {"descriptors", check_descriptors,
     "streams are refused when none are left"},
    {"diskSpace", check_disk,
     "without room no usage can be written and requests are refused"},
    {"clock", check_clock,
     "keys and sessions expire, and usage is counted, by the clock"},
    {"fileSystem", check_file_system, "the database can break there"},
    {"socket", check_socket,
     "any program of this machine can speak as a web server"},
    {"admin", check_admin, "who listens on the way can log in"},
};

static cJSON *finding_json(const struct check_row *row, const struct finding *f)
{
	cJSON *o = cJSON_CreateObject();
	const char *state = f->bad ? "bad" : "good";

	cJSON_AddStringToObject(o, "name", row->name);
	cJSON_AddStringToObject(o, "state", f->unknown ? "unknown" : state);
	cJSON_AddStringToObject(o, "message", f->text.len ? f->text.data : "");
	if (f->bad || f->unknown)
		cJSON_AddStringToObject(o, "why", row->why);
	else
		cJSON_AddNullToObject(o, "why");
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
		cJSON_AddItemToArray(list, finding_json(&checks[i], &f));
		buf_release(&f.text);
		buf_release(&f.fix);
	}
	cJSON_AddBoolToObject(data, "ok", ok);
	return reply_data(r, data, NULL);
}

/* Of what only shows from outside. */
static cJSON *fixes_json(const struct request *r)
{
	static const struct {
		const char *name;
		enum webtopic topic;
	} rows[] = {{"authorization", WEBTOPIC_AUTHORIZATION},
		    {"body", WEBTOPIC_BODY},
		    {"slash", WEBTOPIC_SLASH},
		    {"stream", WEBTOPIC_STREAM}};
	struct str software = request_param(r, "SERVER_SOFTWARE");
	struct str script = request_param(r, "SCRIPT_FILENAME");
	enum webserver server = webserver_of(software, script);
	cJSON *o = cJSON_CreateObject();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cJSON_AddStringToObject(o, rows[i].name,
					webserver_fix(server, rows[i].topic));
	return o;
}

enum route_result selftest_post(struct app *app, struct request *r,
				const struct route_args *args)
{
	cJSON *data = cJSON_CreateObject();
	char ticket[TICKET_TEXT + 1];

	(void)args;
	tickets_make(app->tickets, &app->keys, clock_mono_ms(), ticket);
	cJSON_AddStringToObject(data, "ticket", ticket);
	json_add_int(data, "minutes", TICKET_MINUTES);
	cJSON_AddItemToObject(data, "fixes", fixes_json(r));
	secret_wipe(ticket, sizeof(ticket));
	return reply_data(r, data, NULL);
}
