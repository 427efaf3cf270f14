# The parts of quickstart: one instance of the relay with a web server of its
# own.  Its files lie in $state; what the unprivileged processes need lies in
# $files, which is the same folder unless they cannot reach it.
# shellcheck shell=sh

default_state() {
	if [ "$(id -u)" -eq 0 ]; then
		echo /var/lib/llmrelay-quickstart
	else
		echo "${XDG_STATE_HOME:-${HOME:?}/.local/state}/llmrelay-quickstart"
	fi
}

# The user that everything runs as: never root.
if [ "$(id -u)" -eq 0 ]; then
	runner=www-data
else
	runner=$(id -un)
fi

as_runner() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid="$runner" --regid="$(id -g "$runner")" \
			--clear-groups "$@"
	else
		"$@"
	fi
}

# launch LOG COMMAND...: in the background, without our terminal and locks; its
# process id is $!.
launch() {
	launch_log=$1
	shift
	if [ "$(id -u)" -eq 0 ]; then
		set -- setpriv --reuid="$runner" --regid="$(id -g "$runner")" \
			--clear-groups "$@"
	fi
	HOME=/nonexistent setsid "$@" </dev/null >>"$launch_log" 2>&1 9>&- &
}

# ---------------------------------------------------------------- files

# A folder below a closed one (mktemp -d, a home folder) is out of reach for
# www-data: then the files lie elsewhere and the state has a link to them.
find_files() {
	files=$state
	if [ -L "$state/files" ]; then
		files=$(readlink "$state/files")
	elif ! as_runner test -x "$state"; then
		files=$(mktemp -d /var/lib/llmrelay-quickstart.XXXXXXXX) || exit 1
		ln -s "$files" "$state/files"
		say "($runner cannot enter $state: its files lie in $files)"
	fi
	# The paths of Unix sockets are short.
	run=$files/run
	if [ ${#run} -gt 80 ]; then
		short=$(readlink "$files/run") || short=
		# After a reboot the name may be anybody's: then take another.
		if [ -z "$short" ] || [ -h "$short" ] ||
			[ "$(stat -c %U "$short" 2>/dev/null)" != "$runner" ]; then
			short=$(mktemp -d /tmp/llmrelay.XXXXXXXX) || exit 1
			chmod 755 "$short"
			[ "$(id -u)" -ne 0 ] || chown "$runner:" "$short"
			ln -sfn "$short" "$files/run"
		fi
		run=$short
	fi
	conf=$files/etc/llmrelay.conf
}

# The settings of the last run hold unless others are given.
remember_choices() {
	if [ -f "$state/choices" ]; then
		server=${server:-$(sed -n 's/^server //p' "$state/choices")}
		port=${port:-$(sed -n 's/^port //p' "$state/choices")}
	fi
	server=${server:-lighttpd}
	port=${port:-3000}
	printf 'server %s\nport %s\n' "$server" "$port" >"$state/choices"
}

setting() {
	sed -n "s/^$1=//p" "$state/quickstart.env" 2>/dev/null | head -n 1
}

install_files() {
	modules=$(dirname "$(find /usr/lib/apache2/modules \
		/usr/libexec/apache2 /usr/lib*/httpd/modules \
		-name mod_mpm_event.so 2>/dev/null | head -n 1)")
	max_fds=$(ulimit -Hn)
	case $max_fds in
	*[!0-9]*) max_fds=20000 ;;
	esac
	[ "$max_fds" -le 20000 ] || max_fds=20000
	# shellcheck disable=SC3045 # dash has it
	ulimit -Sn "$max_fds" 2>/dev/null || :

	mkdir -p "$files/cgi-bin" "$files/htdocs" "$files/log" "$files/db" \
		"$run/empty" "$run/tmp"
	chmod 755 "$files"
	chmod 700 "$files/db"
	cp -f "$build/cgi-bin/llmrelay.fcgi" "$build/cgi-bin/llmrelay.cgi" \
		"$files/cgi-bin/" || exit 1
	copy_pages
	sh "$top/etc/private/fill" "$top/etc" "$files/etc" \
		pkgsysconfdir="$files/etc" pkgstatedir="$files/db" \
		pkgrundir="$run" pkglogdir="$files/log" \
		cgibindir="$files/cgi-bin" htdocsdir="$files/htdocs" \
		bind=0.0.0.0 port="$port" max_fds="$max_fds" \
		apache_modules="$modules" || exit 1
	printf '\n# quickstart\nlog_file = %s\ngrace_seconds = 20\n' \
		"$files/log/llmrelay.log" >>"$conf"
	cp -f "$top/etc/private/keep" "$files/etc/private/"
	cp -f "$files/etc/llmrelay-cgi.conf" "$files/cgi-bin/"
	chmod -R a+rX "$files/etc" "$files/cgi-bin" "$files/htdocs"
	if [ "$(id -u)" -eq 0 ]; then
		chown -R "$runner:" "$files/db" "$files/log" "$run"
	fi
	logged "check of the configuration" as_runner \
		"$files/cgi-bin/llmrelay.fcgi" --check --config "$conf"
}

# The pages as `make install` lays them out.
copy_pages() {
	logged "installation of the pages" make -C "$build" install-data \
		DESTDIR="$build/root"
	rm -rf "$files/htdocs"
	mkdir -p "$files/htdocs"
	[ ! -d "$build/root/usr/share/llmrelay/htdocs" ] ||
		cp -R "$build/root/usr/share/llmrelay/htdocs/." "$files/htdocs/"
}

# ---------------------------------------------------------------- processes

# Ticks since boot at which a process began: with the id, its identity.
began() {
	sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20
}

# record NAME PID
record() {
	printf '%s %s %s\n' "$1" "$2" "$(began "$2")" >>"$state/processes"
}

# Process id of NAME while it is still the process that we started.
process() {
	[ -f "$state/processes" ] || return 0
	while read -r name pid ticks; do
		if [ "$name" = "$1" ] && [ "$(began "$pid")" = "$ticks" ]; then
			echo "$pid"
		fi
	done <"$state/processes" | tail -n 1
}

# Responders and web servers of this instance, whoever started them (keep, or
# the bridge): those that run our copy of the program, or our configuration.
responders() {
	for exe in /proc/[0-9]*/exe; do
		case $(readlink "$exe" 2>/dev/null) in
		"$files/cgi-bin/llmrelay.fcgi" | "$files/cgi-bin/llmrelay.fcgi (deleted)")
			exe=${exe%/exe}
			echo "${exe#/proc/}"
			;;
		esac
	done
}

servers() {
	for line in /proc/[0-9]*/cmdline; do
		case $(cat "$line" 2>/dev/null | tr '\0' '\n') in
		lighttpd*"$files/etc/private/lighttpd.conf" | \
			apache2*"$files/etc/private/apache.conf")
			line=${line%/cmdline}
			echo "${line#/proc/}"
			;;
		esac
	done
}

is_alive() {
	[ -n "$1" ] && [ -e "/proc/$1" ] &&
		! grep -q '^State:	Z' "/proc/$1/status" 2>/dev/null
}

# end SECONDS PID...: SIGTERM, patience, SIGKILL.
end() {
	patience=$(($1 * 10))
	shift
	for pid in "$@"; do
		kill -TERM "$pid" 2>/dev/null
	done
	for pid in "$@"; do
		while is_alive "$pid" && [ "$patience" -gt 0 ]; do
			sleep 0.1
			patience=$((patience - 1))
		done
		! is_alive "$pid" || kill -KILL "$pid" 2>/dev/null
	done
}

# The responder goes first, so that open streams can finish through the server.
stop_instance() {
	[ -f "$state/processes" ] || return 0
	# shellcheck disable=SC2046 # process ids
	end 25 $(process keeper) $(responders)
	# shellcheck disable=SC2046
	end 5 $(process server) $(servers)
	# shellcheck disable=SC2046 # what the bridge may have started meanwhile
	end 5 $(responders) $(process demo)
	rm -f "$run/server.pid" "$run/responder.pid"
	rm -f "$state/processes"
}

# Called when the script ends before everything works.
abandon() {
	status=$?
	trap - EXIT
	stop_instance
	exit "$status"
}

# Who listens on the port, from the kernel's tables.
port_is_free() {
	hex=$(printf '%04X' "$port")
	inode=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
		awk -v port=":$hex" '$4 == "0A" && $2 ~ port "$" { print $10 }' |
		head -n 1)
	[ -n "$inode" ] || return 0
	owner=$(for fd in /proc/[0-9]*/fd/*; do
		[ "$(readlink "$fd" 2>/dev/null)" != "socket:[$inode]" ] || {
			pid=${fd#/proc/}
			pid=${pid%%/*}
			echo " by $(cat "/proc/$pid/comm") (process $pid)"
			break
		}
	done)
	die "port $port is taken${owner:-}" \
		"choose another with --port, or stop what uses it"
}

start_responder() {
	: >"$state/processes"
	rm -f "$run/llmrelay.sock"
	launch "$files/log/responder.log" sh "$files/etc/private/keep" "$run/responder.pid" \
		"$files/cgi-bin/llmrelay.fcgi" --config "$conf"
	record keeper $!
	tries=0
	until [ -S "$run/llmrelay.sock" ]; do
		tries=$((tries + 1))
		[ -n "$(process keeper)" ] && [ "$tries" -lt 300 ] ||
			broken "the responder did not start" \
				"$files/log/responder.log" \
				"$files/log/llmrelay.log"
		sleep 0.1
	done
}

start_server() {
	case $server in
	lighttpd) set -- lighttpd -D -f "$files/etc/private/lighttpd.conf" ;;
	apache) set -- apache2 -D FOREGROUND -f "$files/etc/private/apache.conf" ;;
	apache-cgi) set -- apache2 -D FOREGROUND -D CGI -f \
		"$files/etc/private/apache.conf" ;;
	esac
	launch "$files/log/server.log" sh "$files/etc/private/keep" \
		"$run/server.pid" "$@"
	record server $!
}

# broken WHAT LOG...: the ends of the logs, then the end of the script.
broken() {
	what=$1
	shift
	for file in "$@"; do
		[ -s "$file" ] || continue
		printf '  | %s:\n' "$file" >&2
		tail -n 12 "$file" | sed 's/^/  | /' >&2
	done
	die "$what"
}

wait_for_health() {
	tries=0
	until [ "$(curl -s -o "$state/reply" -m 5 -w '%{http_code}' \
		"$url/health")" = 200 ]; do
		tries=$((tries + 1))
		[ -n "$(process server)" ] ||
			broken "the web server did not start" \
				"$files/log/server.log" "$files/log/lighttpd.log" \
				"$files/log/apache.log"
		[ -n "$(process keeper)" ] && [ "$tries" -lt 300 ] ||
			broken "the responder did not start" \
				"$files/log/responder.log" \
				"$files/log/llmrelay.log"
		sleep 0.1
	done
}
