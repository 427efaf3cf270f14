#!/bin/sh
# Functions that HACKING.md bans.
. "${srcdir:-.}/tests/lint/lib.sh"

# calls PATTERN FILES: places where code calls a function of that name.
calls() {
	pattern=$1
	shift
	for file in "$@"; do
		awk -f tests/lint/strip.awk "$file" |
			grep -nE "(^|[^A-Za-z0-9_.>])($pattern)[ 	]*\(" |
			sed "s|^|$file:|"
	done
}

# Layers that must not print: all but the programs' own and the logger.
silent_files() {
	c_files src | grep -vE '^src/(ctl/|demo/|base/log)'
}

always='gets|strcpy|strcat|sprintf|vsprintf|strncpy|strncat|strtok|atoi|atol'
always="$always|atoll|atof|sscanf|gmtime|localtime|ctime|asctime|rand|srand"
always="$always|random|system|popen|alloca|setjmp|longjmp|tmpnam|mktemp"

# shellcheck disable=SC2046 # our file names hold no blanks
{
	report "no banned call" \
		"$(calls "$always" $(c_files src cgi-bin tests bench))"
	report "memory comes from base/mem.h" \
		"$(calls 'malloc|calloc|realloc|reallocarray|free|strdup|strndup|v?asprintf' \
			$(c_files src cgi-bin | grep -v '^src/base/'))"
	report "only programs and the logger print" \
		"$(calls 'v?printf|puts|putchar|perror' $(silent_files);
		grep -nE 'f(printf|puts|putc|write)[ 	]*\(.*std(out|err)' \
			/dev/null $(silent_files))"
	report "the environment is read in web, app and programs only" \
		"$(calls 'getenv|secure_getenv' \
			$(c_files src | grep -vE '^src/(web|app|ctl|demo)/'))"
	report "only app and programs exit" \
		"$(calls '_?exit|_Exit|quick_exit' \
			$(c_files src | grep -vE '^src/(app|ctl|demo|bridge)/'))"
}
done_testing
