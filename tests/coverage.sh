#!/bin/sh
# Which lines the tests reach: coverage.sh [-l FOLDER] BUILD [make argument ...]
#
# Configures BUILD for gcov unless that was done, runs `make check` there with
# the arguments (TESTS='tests/unit/x ...' runs a few), and prints lines and how
# many were reached, by folder of src; with -l also those of src/FOLDER that
# were not.  Counts add up over runs; `rm -r BUILD` begins anew.
set -u

tree=$(cd "$(dirname "$0")/.." && pwd)
list=
if [ "${1-}" = -l ]; then
	list=${2-}
	shift 2
fi
if [ $# -eq 0 ]; then
	sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
	exit 2
fi
build=$1
shift

mkdir -p "$build" && cd "$build" || exit 1
if ! [ -f Makefile ]; then
	"$tree/configure" -q --enable-coverage CFLAGS='-O0 -g' || exit 1
fi
make -s check "$@" >check.out 2>&1 </dev/null
status=$?
grep -E '^(FAIL|ERROR|# (TOTAL|FAIL|ERROR))' check.out

# gcov repeats each source, lines marked: `N:` reached, `#####:` not, `-:` none.
find . -name '*.gcda' | while read -r data; do
	gcov --stdout "$data" 2>/dev/null
done | awk -v list="$list" '
{
	count = $0
	sub(/:.*/, "", count)
	gsub(/[ *]/, "", count)
	rest = $0
	sub(/^[^:]*:/, "", rest)
	line = rest + 0
	sub(/^[^:]*:/, "", rest)
}
line == 0 {
	if (rest ~ /^Source:/) {
		file = rest
		folder = ""
		if (sub(/^Source:.*src\//, "", file) && file ~ /\//) {
			folder = file
			sub(/\/.*/, "", folder)
		}
	}
	next
}
folder == "" || count == "-" { next }
{
	key = file SUBSEP line
	if (!(key in hit)) {
		hit[key] = 0
		text[key] = rest
		lines[folder]++
	}
	if (count !~ /^[#=]/ && !hit[key]) {
		hit[key] = 1
		reached[folder]++
	}
}
END {
	by_line = "sort -t: -k1,1 -k2,2n"
	for (key in hit) {
		split(key, at, SUBSEP)
		if (hit[key] || !list || index(at[1], list "/") != 1)
			continue
		printf "src/%s:%d:%s\n", at[1], at[2], text[key] | by_line
	}
	close(by_line)
	for (f in lines)
		printf "%-8s %6d lines, %6d reached, %5.1f %%\n", f, lines[f],
			reached[f], 100 * reached[f] / lines[f] | "sort"
}'
exit $status
