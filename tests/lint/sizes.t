#!/bin/sh
# Files up to 500 lines, functions up to 60, parameters up to 6, nesting up to 4,
# lines up to 80 columns.
. "${srcdir:-.}/tests/lint/lib.sh"

files=$(c_files src cgi-bin tests bench)

report "files have at most 500 lines" "$(for file in $files; do
	lines=$(wc -l <"$file")
	[ "$lines" -le 500 ] || echo "$file: $lines lines"
done)"

# Functions that are wider; this list only gets shorter.
wide=' (route_find|store_ledger_each_of)[(]'

# One line for each finding: KIND FILE:LINE: text
findings=$(for file in $files; do
	awk -f tests/lint/strip.awk "$file" | awk -v file="$file" \
		-v allowed="$wide" -f tests/lint/sizes.awk
done)

for kind in 'function:functions have at most 60 lines' \
	'parameters:functions take at most 6 parameters' \
	'nesting:blocks nest at most 4 deep'; do
	report "${kind#*:}" "$(printf '%s\n' "$findings" |
		sed -n "s/^${kind%%:*} //p")"
done

# shellcheck disable=SC2086 # our file names hold no blanks
report "lines have at most 80 columns" "$(for file in $files; do
	expand "$file" | awk -v file="$file" \
		'length($0) > 80 && !/"/ { print file ":" NR ": " length($0) }'
done)"
done_testing
