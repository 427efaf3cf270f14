# The processes of quickstart: what runs, who runs it, how it starts and ends.
# shellcheck shell=sh

# The user that everything runs as: never root.
if [ "$(id -u)" -eq 0 ]; then
	runner=www-data
	id -u "$runner" >/dev/null 2>&1 || runner=nobody
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

# ctl ARGUMENT...: the operator's tool; status 127 in states of before it.
ctl() {
	as_runner "$files/bin/llmrelayctl" --config "$conf" "$@" \
		2>>"$log" </dev/null
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

# ---------------------------------------------------------------- who is who

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
	find /proc/[0-9]*/exe -lname '*/cgi-bin/llmrelay.fcgi*' \
		-printf '%h %l\n' 2>/dev/null | while read -r folder exe; do
		case $exe in
		"$files/cgi-bin/llmrelay.fcgi" | \
			"$files/cgi-bin/llmrelay.fcgi (deleted)")
			echo "${folder#/proc/}"
			;;
		esac
	done
}

servers() {
	grep -slF "$files/etc/private/" /proc/[0-9]*/cmdline |
		while read -r line; do
			case $(tr '\0' '\n' 2>/dev/null <"$line") in
			lighttpd*"$files/etc/private/lighttpd.conf" | \
				apache2*"$files/etc/private/apache.conf")
				line=${line%/cmdline}
				echo "${line#/proc/}"
				;;
			esac
		done
}

is_running() {
	[ -n "$(process keeper)$(process server)$(responders)$(servers)" ]
}

is_alive() {
	[ -n "$1" ] && [ -e "/proc/$1" ] &&
		! grep -q '^State:	Z' "/proc/$1/status" 2>/dev/null
}

# ---------------------------------------------------------------- the end

# end SECONDS PID...: SIGTERM, patience, SIGKILL.
end() {
	tenths=$(($1 * 10))
	shift
	for pid in "$@"; do
		kill -TERM "$pid" 2>/dev/null
	done
	for pid in "$@"; do
		while is_alive "$pid" && [ "$tenths" -gt 0 ]; do
			sleep 0.1
			tenths=$((tenths - 1))
		done
		! is_alive "$pid" || kill -KILL "$pid" 2>/dev/null
	done
}

# Open requests: each is one connection of the web server to the responder.
open_requests() {
	awk -v path="$run/llmrelay.sock" '$6 == "03" &&
		substr($0, index($0, "/")) == path { n++ } END { print n + 0 }' \
		/proc/net/unix
}

# stop_instance [HINT]: the responder goes first, so that open streams can
# finish through the server.
stop_instance() {
	[ -f "$state/processes" ] || return 0
	requests=$(open_requests)
	[ "$requests" -eq 0 ] ||
		say "Waiting for open requests: $requests, up to 20 s${1:+ ($1)}"
	# shellcheck disable=SC2046 # process ids
	end 25 $(process keeper) $(responders)
	# shellcheck disable=SC2046
	end 5 $(process server) $(servers)
	# shellcheck disable=SC2046 # what the bridge may have started meanwhile
	end 5 $(responders) $(process demo)
	rm -f "$run/server.pid" "$run/responder.pid"
	rm -f "$state/processes"
}

# Whoever waits in stop_instance sees that they are gone.
end_now() {
	say "Ending at once"
	for pid in $(process keeper) $(responders) $(process server) $(servers); do
		kill -KILL "$pid" 2>/dev/null
	done
}

# ---------------------------------------------------------------- the start

start_responder() {
	: >"$state/processes"
	rm -f "$run/llmrelay.sock"
	launch "$files/log/responder.log" sh "$files/etc/private/keep" \
		"$run/responder.pid" "$files/cgi-bin/llmrelay.fcgi" --config "$conf"
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

# At the port of $backend if that is free; afterwards $backend tells where.
start_demo() {
	demo_port=${backend##*:}
	[ -z "$(listening "${demo_port:-0}")" ] || demo_port=0
	rm -f "$run/demo.port"
	launch "$files/log/demo.log" "$files/cgi-bin/llmrelay-demo" \
		--listen "127.0.0.1:${demo_port:-0}" --port-file "$run/demo.port" \
		--model demo-model
	record demo $!
	tries=0
	until [ -s "$run/demo.port" ]; do
		tries=$((tries + 1))
		[ -n "$(process demo)" ] && [ "$tries" -lt 100 ] ||
			broken "the demo model did not start" \
				"$files/log/demo.log"
		sleep 0.1
	done
	backend=http://127.0.0.1:$(cat "$run/demo.port")
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

is_healthy() {
	[ "$(curl -q -s --noproxy '*' -o /dev/null -m 5 -w '%{http_code}' \
		"$url/health")" = 200 ]
}

wait_for_health() {
	tries=0
	until is_healthy; do
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
