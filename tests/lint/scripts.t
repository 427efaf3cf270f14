#!/bin/sh
# Scripts parse, and the server snippets are accepted by their servers.
. "${srcdir:-.}/tests/lint/lib.sh"
PATH=$PATH:/usr/sbin:/sbin

scripts=$(for file in autogen.sh quickstart runtests .ci/run etc/private/fill \
	etc/private/keep etc/private/*.sh src/setup/*.in \
	tests/*.sh tests/smoke/*.sh tests/lint/*.t tests/lint/lib.sh tests/e2e/*.sh; do
	[ ! -f "$file" ] || echo "$file"
done)
report "shell scripts parse" "$(for file in $scripts; do
	case $(head -n 1 "$file") in
	*bash) bash -n "$file" ;;
	*python*) ;;
	*) sh -n "$file" ;;
	esac 2>&1
done)"

if command -v shellcheck >/dev/null; then
	# shellcheck disable=SC2086 # our file names hold no blanks
	report "shellcheck has nothing to say" "$(shellcheck -x -a -f gcc \
		-e SC2015,SC2016 quickstart runtests etc/private/fill \
		etc/private/keep tests/smoke/*.sh)"
fi

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sh etc/private/fill etc "$dir/etc" pkgsysconfdir="$dir/etc" \
	pkgrundir="$dir/run" pkgstatedir="$dir/state" pkglogdir="$dir/log" \
	cgibindir="$dir/cgi-bin" htdocsdir="$dir/htdocs" bind=127.0.0.1 \
	port=3000 max_fds=1024 apache_modules=/usr/lib/apache2/modules \
	webgroup=www-data
mkdir -p "$dir/run/empty" "$dir/log" "$dir/htdocs" "$dir/cgi-bin"

report "templates hold no unknown name" "$(grep -RnE '@[a-z_]+@' "$dir/etc")"

check() {
	name=$1
	shift
	if command -v "$1" >/dev/null; then
		out=$("$@" 2>&1) && out=
		report "$name" "$out"
	fi
}
check "lighttpd accepts its snippet" lighttpd -tt -f \
	"$dir/etc/private/lighttpd.conf"
check "apache accepts its snippet" apache2 -t -f \
	"$dir/etc/private/apache.conf"
check "apache accepts the CGI snippet" apache2 -t -D CGI -f \
	"$dir/etc/private/apache.conf"

if command -v systemd-analyze >/dev/null; then
	printf '#!/bin/sh\n' >"$dir/cgi-bin/llmrelay.fcgi"
	chmod 755 "$dir/cgi-bin/llmrelay.fcgi"
	report "systemd accepts the units" "$(systemd-analyze verify --man=no \
		"$dir"/etc/systemd/llmrelay.s* 2>&1 | grep llmrelay)"
fi
done_testing
