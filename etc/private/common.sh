# Shared by quickstart and runtests: packages, and builds outside the tree.
# The caller sets top (the source tree) and log (a file for details).
# shellcheck shell=sh

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

say() {
	printf '%s\n' "$*"
}

# die MESSAGE...: one line each, then the end.
die() {
	printf 'error: %s\n' "$1" >&2
	shift
	for line in "$@"; do
		printf '       %s\n' "$line" >&2
	done
	exit 1
}

# quoted WORD...: for a shell to read again.
quoted() {
	space=
	for word in "$@"; do
		is_plain_path "$word" && [ -n "$word" ] ||
			word=$(printf '%s\n' "$word" |
				sed -e "s/'/'\\\\''/g" -e "1s/^/'/" -e "\$s/\$/'/")
		printf '%s%s' "$space" "$word"
		space=' '
	done
}

# logged WHAT COMMAND...: runs it silently; on failure shows the log's end.
logged() {
	what=$1
	shift
	printf '\n== %s\n' "$what" >>"$log"
	if ! "$@" >>"$log" 2>&1 </dev/null; then
		tail -n 25 "$log" | sed 's/^/  | /' >&2
		die "$what failed" "the whole log: $log"
	fi
}

# ---------------------------------------------------------------- packages

# What a build needs: a package, and a file or command that shows it is there.
build_packages='
gcc gcc
libc6-dev /usr/include/stdio.h
make make
autoconf autoreconf
automake automake
pkg-config pkg-config
libfcgi-dev /usr/include/fcgiapp.h
libcjson-dev /usr/include/cjson/cJSON.h
libcurl4-openssl-dev /usr/lib/*/pkgconfig/libcurl.pc
libdb5.3-dev /usr/include/db.h
libsodium-dev /usr/include/sodium.h
libuv1-dev /usr/include/uv.h
libjs-chart.js /usr/share/javascript/chart.js/chart.min.js
'

is_there() {
	case $1 in
	/*)
		# shellcheck disable=SC2086 # the pattern may hold a star
		set -- $1
		[ -e "$1" ]
		;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# missing_packages LIST: names of the packages that are not there.
missing_packages() {
	printf '%s\n' "$1" | while read -r package what; do
		[ -z "$package" ] || is_there "$what" || printf '%s ' "$package"
	done
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# Installs quietly and keeps the servers that come with packages from starting:
# the system's own configuration is not ours.
install_script='
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	printf "#!/bin/sh\nexit 101\n" >"$policy" && chmod 755 "$policy"
	trap "rm -f $policy" EXIT
fi
DEBIAN_FRONTEND=noninteractive
export DEBIAN_FRONTEND
apt-get -q -o Acquire::Retries=1 update
apt-get -q -y --no-install-recommends install "$@" || exit
for unit in lighttpd apache2 nginx; do
	case " $* " in
	*" $unit "*)
		[ ! -d /run/systemd/system ] || systemctl disable "$unit" || :
		;;
	esac
done
'

# need_packages LIST: installs what is missing, if anything is.
need_packages() {
	missing=$(missing_packages "$1")
	[ -n "$missing" ] || return 0
	command -v apt-get >/dev/null ||
		die "missing: $missing" \
			"these are Debian's names; install them or their like"
	[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
		die "missing packages: $missing" \
			"as root, run: apt-get install $missing" \
			"then run this again"
	say "Installing: $missing"
	printf '\n== installation of packages\n' >>"$log"
	if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then
		sudo -v || die "sudo refused" \
			"as root, run: apt-get install $missing"
	fi
	# shellcheck disable=SC2086 # a list of names
	as_root sh -c "$install_script" sh $missing >>"$log" 2>&1 </dev/null ||
		not_installed
}

not_installed() {
	tail -n 10 "$log" | sed 's/^/  | /' >&2
	die "these packages are missing and could not be installed: $missing" \
		"without a network, or by hand: apt-get install $missing" \
		"then run this again; the whole log: $log"
}

# ---------------------------------------------------------------- builds

# Autotools refuse folders with blanks and the like in their names.
is_plain_path() {
	case $1 in
	*[!A-Za-z0-9_./+,:@%-]*) return 1 ;;
	esac
}

# A folder for builds of this tree, outside it; made when it is not there.
build_root() {
	if [ "$(id -u)" -eq 0 ]; then
		root=/var/cache
	else
		root=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}
	fi
	root=${LLMRELAY_BUILD_ROOT:-$root/llmrelay-build}
	if ! is_plain_path "$root" || ! mkdir -p "$root" 2>/dev/null; then
		root=${TMPDIR:-/tmp}/llmrelay-build-$(id -u)
		is_plain_path "$root" || root=/tmp/llmrelay-build-$(id -u)
		# shellcheck disable=SC2174 # one level
		mkdir -p -m 755 "$root"
		[ -O "$root" ] && [ ! -h "$root" ] ||
			die "$root belongs to somebody else" \
				"set LLMRELAY_BUILD_ROOT to a folder of your own"
	fi
	root=$root/$(printf '%s' "$top" | cksum | cut -d ' ' -f 1)
	mkdir -p "$root"
	printf '%s\n' "$root"
}

source_folders='bench cgi-bin debian docs etc htdocs man src tests'

# copy_source DIR: the sources as they are now; times kept, so that make
# builds only what changed.  The tree itself may be read-only.
copy_source() {
	mkdir -p "$1"
	(
		cd "$top" || exit
		find . -maxdepth 1 -type f ! -name configure ! -name '*~' \
			! -name Makefile ! -name Makefile.in ! -name 'config.*' \
			! -name aclocal.m4 ! -name 'stamp-h*'
		for folder in $source_folders; do
			[ ! -d "$folder" ] || echo "./$folder"
		done
	) | (cd "$top" && tar -cf - --exclude=node_modules --exclude='*.o' \
		--exclude='*.a' --exclude=.deps --exclude=.dirstamp -T -) |
		tar -xf - -C "$1" --no-same-owner
	(
		cd "$1" || exit
		for folder in $source_folders; do
			[ ! -d "$folder" ] || find "$folder" -type f
		done
	) | while IFS= read -r file; do
		[ -e "$top/$file" ] || rm -f "$1/$file"
	done
}

# build DIR NAME CONFIGURE-ARGUMENT...: DIR/NAME holds the result.
build() {
	root=$1
	name=$2
	shift 2
	copy_source "$root/src"
	if [ ! -x "$root/src/configure" ]; then
		logged "autoreconf" sh -c 'cd "$1" && ./autogen.sh' sh "$root/src"
	fi
	mkdir -p "$root/$name"
	if [ "$(cat "$root/$name/arguments" 2>/dev/null)" != "$*" ] ||
		[ ! -f "$root/$name/Makefile" ]; then
		logged "configure" sh -c 'cd "$1" && shift && ../src/configure "$@"' \
			sh "$root/$name" "$@"
		printf '%s\n' "$*" >"$root/$name/arguments"
	fi
	logged "build ($name)" make -C "$root/$name" -j "$(nproc)"
}
