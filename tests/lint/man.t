#!/bin/sh
# Manual pages pass mandoc's own lint.
. "${srcdir:-.}/tests/lint/lib.sh"

command -v mandoc >/dev/null || skip_all "mandoc is not installed"
pages=$(find man -name '*.[1-8]' -o -name '*.[1-8].in' 2>/dev/null | sort)
[ -n "$pages" ] || skip_all "there are no manual pages"

for page in $pages; do
	report "$page" "$(mandoc -Tlint -W warning "$page" 2>&1)"
done
done_testing
