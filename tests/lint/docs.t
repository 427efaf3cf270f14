#!/bin/sh
# What the documents say agrees with what scripts and snippets say.
. "${srcdir:-.}/tests/lint/lib.sh"

# The packages that quickstart installs are those that the READMEs name.
packages=$(sed -n "/^build_packages='/,/^'/p" etc/private/common.sh |
	sed '1d;$d' | cut -d ' ' -f 1 | sort)
for readme in README.md README.zh-CN.md; do
	named=$(sed -n '/apt-get install/,/[^\\]$/p' "$readme" |
		sed 's/apt-get install//; s/\\$//' | tr -s ' ' '\n' | sort |
		grep .)
	report "$readme names the packages of a build" \
		"$([ "$named" = "$packages" ] || printf '%s\n' "it names:" "$named")"
done

# Modules: the snippets say it, the others repeat it.
for file in README.md README.zh-CN.md man/*.in; do
	report "$file enables the modules that a snippet names" \
		"$(grep -o 'a2enmod [a-z_ ]*[a-z]' "$file" | while read -r line; do
			grep -qhx "# *$line" etc/apache2/*.in || echo "$line"
		done)"
done

# Each command line of one README is in the other.
commands() {
	sed -n 's/^    //p' "$1" | sed 's/ *#.*//' |
		grep -E '^(\.|~|llmrelay|apt-get|cp |export |  lib)' | sort
}
other=$(commands README.zh-CN.md)
report "the READMEs have the same commands" "$(commands README.md |
	while IFS= read -r line; do
		printf '%s\n' "$other" | grep -qxF -- "$line" || echo "$line"
	done)"
done_testing
