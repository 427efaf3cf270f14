# Shared by the lint tests: TAP output and the list of our sources.
# shellcheck shell=sh

srcdir=${srcdir:-.}
cd "$srcdir" || exit 99
tap_count=0

# report NAME FINDINGS: ok when FINDINGS is empty, else each of its lines.
report() {
	tap_count=$((tap_count + 1))
	if [ -z "$2" ]; then
		echo "ok $tap_count - $1"
	else
		echo "not ok $tap_count - $1"
		printf '%s\n' "$2" | sed 's/^/#   /'
	fi
}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

done_testing() {
	echo "1..$tap_count"
}

# Folders of C that exist: sources FOLDER...
c_files() {
	for folder in "$@"; do
		[ ! -d "$folder" ] || find "$folder" -name '*.[ch]'
	done | LC_ALL=C sort
}
