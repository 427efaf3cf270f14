#!/bin/sh
# proto and sched are pure: their objects ask the C library for nothing but
# memory blocks, strings and arithmetic (sched also for its locks), and base for
# nothing that does I/O, reads a clock or logs.
builddir=$(cd "${builddir:-.}" && pwd)
. "${srcdir:-.}/tests/lint/lib.sh"

command -v nm >/dev/null || skip_all "nm is not installed"
[ -f "$builddir/libbase.a" ] || skip_all "libbase.a is not built"

# Names that an object may leave to the C library and the compiler.
pure_libc='mem(cpy|move|set|cmp|chr|rchr|mem|pcpy)|__mem(cpy|move|set)_chk
str(len|nlen|cmp|ncmp|chr|rchr|str|spn|cspn|casecmp|ncasecmp)
strto(l|ul|ll|ull|d|imax|umax)|__isoc(99|23)_strto(l|ul|ll|ull)
v?snprintf|__v?snprintf_chk|qsort|bsearch|abs|labs|llabs
(ceil|floor|fabs|fmin|fmax|round|lround|llround|pow|exp|log|log2|ldexp|trunc|rint)f?
__stack_chk_fail|__assert_fail|abort|__ctype_(b|tolower|toupper)_loc|tolower|toupper
_GLOBAL_OFFSET_TABLE_'
# Parts of base that are not pure.
impure_base='clock_|log_|config_load|secret_(key|random|file)|random_'

pattern=$(printf '%s' "$pure_libc" | tr '\n' '|')
defined() {
	nm -g --defined-only "$@" 2>/dev/null | awk 'NF == 3 { print $3 }' |
		LC_ALL=C sort -u
}

for layer in proto sched; do
	lib=$builddir/lib$layer.a
	[ -f "$lib" ] || continue
	if nm "$lib" | grep -qE '__(asan|tsan|ubsan|msan|gcov|sancov|sanitizer)'; then
		tap_count=$((tap_count + 1))
		echo "ok $tap_count - lib$layer.a is pure # SKIP instrumented build"
		continue
	fi
	known=$(mktemp)
	locks=
	[ "$layer" != sched ] || locks='|pthread_mutex_(init|destroy|lock|unlock)'
	{
		defined "$lib"
		defined "$builddir/libbase.a" | grep -vE "^($impure_base)"
	} | LC_ALL=C sort -u >"$known"
	bad=$(nm -u "$lib" 2>/dev/null | awk 'NF == 2 { print $2 }' |
		LC_ALL=C sort -u | LC_ALL=C comm -23 - "$known" |
		grep -vxE "$pattern$locks")
	rm -f "$known"
	report "lib$layer.a is pure" "$bad"
	# Constants that hold addresses are in .data.rel.ro: read-only.
	bad=$(nm -f sysv "$lib" | tr -d ' ' | awk -F'|' '
		$3 ~ /^[bBdDC]$/ && $7 !~ /^\.data\.rel\.ro/ &&
		$1 !~ /^(\.|__func__|__PRETTY)/ { print $1, $7 }')
	report "lib$layer.a has no mutable globals" "$bad"
done
[ "$tap_count" -gt 0 ] || skip_all "no pure layer is built"
done_testing
