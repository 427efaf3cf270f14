# The files of quickstart.  Those of the user lie in $state; what the
# unprivileged processes need lies in $files, which is the same folder unless
# they cannot reach it.
# shellcheck shell=sh

default_state() {
	if [ "$(id -u)" -eq 0 ]; then
		echo /var/lib/llmrelay-quickstart
	else
		echo "${XDG_STATE_HOME:-${HOME:?}/.local/state}/llmrelay-quickstart"
	fi
}

# By one name, whichever way it was given.
name_state() {
	[ -n "$state" ] || state=$(default_state)
	case $state in
	/*) ;;
	*) state=$PWD/$state ;;
	esac
	[ ! -d "$state" ] || state=$(cd "$state" && pwd -P)
}

make_state() {
	case $state in
	*[\"\$\\%\`]*) die "--state: no \", \$, \\, \` or % in the name" ;;
	esac
	mkdir -p "$state" 2>/dev/null && [ -w "$state" ] && [ -x "$state" ] ||
		die "cannot write to $state" \
			"choose another folder with --state DIR"
	name_state
	check_state
	log=$state/quickstart.log
	(umask 077 && : >>"$log")
}

# Folders of others are not for us: here much is replaced and given away.
check_state() {
	[ -O "$state" ] || die "$state belongs to $(stat -c %U "$state")" \
		"run this as that user, or choose another folder with --state DIR"
	[ ! -e "$state/quickstart.log" ] && [ -n "$(ls -A "$state")" ] ||
		return 0
	die "$state is not empty, and not made by quickstart" \
		"choose a new or empty folder with --state DIR"
}

# After the lock: a fresh log, and a folder for what is only needed meanwhile.
make_work() {
	work=$state/work
	rm -rf "$work"
	(umask 077 && mkdir "$work" && : >"$log") || exit 1
}

# lock WHAT: one at a time works on a state.  Status 1: a --stop is at work
# already, and that is what we are.
lock() {
	exec 9>>"$state/lock"
	if flock -n 9; then
		printf '%s %s\n' "$1" $$ >"$state/lock"
		return
	fi
	read -r doing pid <"$state/lock" || :
	[ "$1 ${doing:-}" != "stop stop" ] || return 1
	die "another quickstart (process ${pid:-unknown}) is at work on $state" \
		"wait for it, or end it: kill ${pid:-PID}"
}

# A folder below a closed one (mktemp -d, a home folder) is out of reach for
# www-data: then the files lie elsewhere and the state has a link to them.
find_files() {
	files=$state
	if [ -L "$state/files" ]; then
		files=$(readlink "$state/files")
	elif ! as_runner test -x "$state"; then
		files=$(mktemp -d /var/lib/llmrelay-quickstart.XXXXXXXX) || exit 1
		ln -s "$files" "$state/files"
		say "($runner cannot enter $state: its data lie in $files)"
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

# Where the data are when they are not in the state.
elsewhere() {
	[ "$files" = "$state" ] || printf ', its data in %s' "$files"
}

# ---------------------------------------------------------------- builds

# Builds and lays out what is installed; $build has it.
build_main() {
	(
		root=$(build_root) || exit 1
		exec 8>"$root/lock"
		flock 8
		build "$root" main --prefix=/usr
		logged "installation of the pages" make -C "$root/main" \
			install-data DESTDIR="$root/main/root"
		printf '%s\n' "$root" >"$state/build"
	) 9>&- || exit 1
	build=$(cat "$state/build")/main
}

# ---------------------------------------------------------------- what changes

# The parts that a start replaces.
parts='etc cgi-bin htdocs bin'

# Keeps the installed parts for put_back.  When they are there already, the run
# before this one was killed: then what lies around is half made.
set_aside() {
	finish_moving
	if [ -d "$files/before" ]; then
		remove_parts
		return
	fi
	[ -d "$files/etc" ] || return 0
	mkdir "$files/moving" || exit 1
	for part in $parts; do
		[ ! -d "$files/$part" ] ||
			mv "$files/$part" "$files/moving/" || exit 1
	done
	mv "$files/moving" "$files/before" || exit 1
}

remove_parts() {
	for part in $parts; do
		rm -rf "${files:?}/$part"
	done
}

put_back() {
	if [ -d "$files/before" ]; then
		remove_parts
		mv "$files/before" "$files/moving" || return
	fi
	finish_moving
}

# What is still in the folder "moving" belongs in its place, whichever way it
# was on when it was left there.
finish_moving() {
	[ -d "$files/moving" ] || return 0
	for part in $parts; do
		[ ! -d "$files/moving/$part" ] ||
			mv "$files/moving/$part" "$files/" || return
	done
	rm -rf "$files/moving"
}

install_files() {
	raise_descriptors
	mkdir -p "$files/cgi-bin" "$files/bin" "$files/htdocs" "$files/log" \
		"$files/db" "$run/empty" "$run/tmp"
	chmod 755 "$files"
	chmod 700 "$files/db"
	cp -f "$build/cgi-bin/llmrelay.fcgi" "$build/cgi-bin/llmrelay.cgi" \
		"$build/llmrelay-demo" "$files/cgi-bin/" || exit 1
	cp -f "$build/llmrelayctl" "$files/bin/" || exit 1
	make_ctl
	[ ! -d "$build/root/usr/share/llmrelay/htdocs" ] ||
		cp -R "$build/root/usr/share/llmrelay/htdocs/." "$files/htdocs/"
	fill_templates
	chmod -R a+rX "$files/etc" "$files/cgi-bin" "$files/bin" \
		"$files/htdocs"
	if [ "$(id -u)" -eq 0 ]; then
		chown -R "$runner:" "$files/db" "$files/log" "$run"
	fi
	logged "check of the configuration" as_runner \
		"$files/cgi-bin/llmrelay.fcgi" --check --config "$conf"
}

# The operator's tool with the settings of this instance.
make_ctl() {
	printf '%s\n' '#!/bin/sh' \
		"exec \"$files/bin/llmrelayctl\" --config \"$conf\" \"\$@\"" \
		>"$state/llmrelayctl.new"
	chmod 755 "$state/llmrelayctl.new"
	mv -f "$state/llmrelayctl.new" "$state/llmrelayctl"
}

raise_descriptors() {
	# shellcheck disable=SC3045 # dash has it
	max_fds=$(ulimit -Hn)
	case $max_fds in
	*[!0-9]*) max_fds=20000 ;;
	esac
	[ "$max_fds" -le 20000 ] || max_fds=20000
	# shellcheck disable=SC3045 # dash has it
	ulimit -Sn "$max_fds" 2>/dev/null || :
}

fill_templates() {
	modules=$(dirname "$(find /usr/lib/apache2/modules \
		/usr/libexec/apache2 /usr/lib*/httpd/modules \
		-name mod_mpm_event.so 2>/dev/null | head -n 1)")
	sh "$top/etc/private/fill" "$top/etc" "$files/etc" \
		pkgsysconfdir="$files/etc" pkgstatedir="$files/db" \
		pkgrundir="$run" pkglogdir="$files/log" \
		cgibindir="$files/cgi-bin" htdocsdir="$files/htdocs" \
		bind="$listen" port="$port" max_fds="$max_fds" \
		apache_modules="$modules" || exit 1
	printf '%s\n' '# quickstart' "state_dir = $files/db" \
		"socket = $run/llmrelay.sock" \
		"log_file = $files/log/llmrelay.log" 'grace_seconds = 20' >"$conf"
	cp -f "$top/etc/private/keep" "$files/etc/private/"
	cp -f "$files/etc/llmrelay-cgi.conf" "$files/cgi-bin/"
	# Administration, ours too, comes from this machine's own address.
	case $listen in
	0.0.0.0 | 127.0.0.1) return ;;
	esac
	# shellcheck disable=SC2016 # lighttpd's
	printf '$SERVER["socket"] == "127.0.0.1:%s" { }\n' "$port" \
		>>"$files/etc/private/lighttpd.conf"
	printf 'Listen 127.0.0.1:%s\n' "$port" \
		>>"$files/etc/private/apache.conf"
}
