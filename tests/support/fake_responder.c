/*
 * Takes the place of llmrelay.fcgi: appends one line about how it was started
 * to the file named by --config, answers every request with "hello", and ends
 * by itself after a minute.  Named "dies", it says why and ends at once
 * instead.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/fcgi_peer.h"

enum { LIFE_SECONDS = 60 };

#define REASON "waiting\ncannot do it: no\ttool\n"

extern char **environ;

static void add_descriptors(struct buf *line)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;
	bool seen[10] = {false};

	while (folder && (entry = readdir(folder))) {
		char c = entry->d_name[0];

		if (c >= '0' && c <= '9' && entry->d_name[1] == '\0' &&
		    c - '0' != dirfd(folder))
			seen[c - '0'] = true;
	}
	if (folder)
		closedir(folder);
	buf_adds(line, " fds=");
	for (int fd = 0; fd < 10; fd++) {
		if (seen[fd])
			buf_addi(line, fd);
	}
}

static void record_start(const char *path)
{
	struct buf line = BUF_INIT(4096);
	int fd;

	buf_addf(&line, "%d leader=%d", (int)getpid(), getsid(0) == getpid());
	add_descriptors(&line);
	buf_adds(&line, " env=");
	for (char **entry = environ; *entry; entry++)
		buf_addf(&line, "%.*s,", (int)strcspn(*entry, "="), *entry);
	buf_addc(&line, '\n');
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (write(fd, line.data, line.len) < 0)
		exit(1);
	close(fd);
	buf_release(&line);
}

static void serve(int fd)
{
	struct buf bytes = BUF_INIT(1024 * 1024);

	if (peer_read_params(fd, &bytes) && peer_read_body(fd, &bytes)) {
		peer_write(fd, PEER_STDOUT,
			   STR("Content-Type: text/plain\r\n\r\nhello"));
		peer_end(fd);
	}
	buf_release(&bytes);
	close(fd);
}

int main(int argc, char **argv)
{
	const char *socket = NULL, *record = NULL, *report = NULL;
	int listener;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--socket") == 0)
			socket = argv[i + 1];
		else if (strcmp(argv[i], "--config") == 0)
			record = argv[i + 1];
		else if (strcmp(argv[i], "--report-fd") == 0)
			report = argv[i + 1];
	}
	if (!socket || !record)
		return 2;
	alarm(LIFE_SECONDS);
	record_start(record);
	if (str_ends(str_of(argv[0]), STR("dies"))) {
		if (!report || strcmp(report, "3") != 0 ||
		    write(3, REASON, sizeof(REASON) - 1) < 0)
			return 4;
		return 3;
	}
	listener = peer_listen(socket);
	for (;;) {
		int fd = peer_accept(listener);

		if (fd >= 0)
			serve(fd);
	}
}
