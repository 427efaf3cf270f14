#!/bin/sh
# clang-format agrees with every source.
. "${srcdir:-.}/tests/lint/lib.sh"

command -v clang-format >/dev/null || skip_all "clang-format is not installed"

# shellcheck disable=SC2046 # our file names hold no blanks
report "sources are formatted" "$(clang-format --dry-run -Werror \
	$(c_files src cgi-bin tests bench) 2>&1 | grep ': error:')"
done_testing
