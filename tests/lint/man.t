#!/bin/sh
# Manual pages pass mandoc's own lint.
here=$PWD
. "${srcdir:-.}/tests/lint/lib.sh"

command -v mandoc >/dev/null || skip_all "mandoc is not installed"
pages=$(find man -name '*.[1-8]' -o -name '*.[1-8].in' 2>/dev/null | sort)
[ -n "$pages" ] || skip_all "there are no manual pages"

for page in $pages; do
	case $page in
	*.in) ;;
	*) report "$page" "$(mandoc -Tlint -W warning "$page" 2>&1)" ;;
	esac
done

# The pages that the build fills, and each setting in the one about settings.
cd "$here" || exit 99
for page in ${builddir:-.}/man/*.[1-8]; do
	case " $pages " in
	*"/${page##*/}.in"*) report "$page (filled)" \
		"$(mandoc -Tlint -W warning "$page" 2>&1
		grep -n '@[a-z]*@' "$page")" ;;
	esac
done
if [ -x "${builddir:-.}/llmrelayctl" ]; then
	text=$(mandoc -Tascii "${builddir:-.}/man/llmrelay.conf.5" | col -b)
	report "llmrelay.conf(5) has each setting" \
		"$("${builddir:-.}/llmrelayctl" config sample |
			sed -n 's/^#\([a-z_]*\) =.*/\1/p' | while read -r name; do
			printf '%s\n' "$text" | grep -Eq "^ *$name( |$)" ||
				echo "$name"
		done)"
fi
done_testing
