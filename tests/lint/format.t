#!/bin/sh
# clang-format agrees with every source.
. "${srcdir:-.}/tests/lint/lib.sh"

command -v clang-format >/dev/null || skip_all "clang-format is not installed"

# Its exit status counts too: it may end before it has seen every file.
unformatted() {
	# shellcheck disable=SC2046 # our file names hold no blanks
	complaints=$(clang-format --dry-run -Werror \
		$(c_files src cgi-bin tests bench) 2>&1) && return
	echo "$complaints" | grep ': error:' || echo "clang-format failed"
}

report "sources are formatted" "$(unformatted)"
done_testing
