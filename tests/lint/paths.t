#!/bin/sh
# The tree names no machine, no home folder and no package registry.
. "${srcdir:-.}/tests/lint/lib.sh"

# Our own files, whether in a checkout, a copy or a release.
files() {
	for folder in .ci .github bench cgi-bin debian docs etc htdocs man src \
		tests; do
		[ ! -d "$folder" ] || find "$folder" -type f \
			! -path '*/node_modules/*' ! -name '*.o'
	done
	find . -maxdepth 1 -type f \( -name '*.md' -o -name 'Makefile.am' -o \
		-name 'configure.ac' -o -name '*.sh' -o -name quickstart -o \
		-name runtests \)
}

matching() {
	files | tr '\n' '\0' | xargs -0 grep -nIE "$1" /dev/null 2>/dev/null |
		grep -v 'lint/paths.t:'
}

report "no absolute path of a machine" \
	"$(matching '(^|[^A-Za-z0-9_.~}@-])/(work|root|home|Users)/[A-Za-z0-9_.]')"
report "no host of a package registry" \
	"$(matching 'registry\.(npmjs|yarnpkg|npmmirror)|pypi\.org|pythonhosted|proxy\.golang|crates\.io')"
done_testing
