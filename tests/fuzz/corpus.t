#!/bin/sh
# Each fuzz target takes its corpus: tests/fuzz/fuzz_NAME and
# tests/fuzz/corpus/NAME.  Built as a fuzzer it does the same with -runs=0.
srcdir=${srcdir:-.} builddir=${builddir:-.}
n=0
for corpus in "$srcdir"/tests/fuzz/corpus/*/; do
	corpus=${corpus%/}
	target=$builddir/tests/fuzz/fuzz_${corpus##*/}
	n=$((n + 1))
	if [ ! -x "$target" ]; then
		echo "not ok $n - fuzz_${corpus##*/} is not built"
		continue
	fi
	runs=
	! grep -q LLVMFuzzerRunDriver "$target" || runs=-runs=0
	if out=$("$target" $runs "$corpus" 2>&1); then
		echo "ok $n - ${corpus##*/}"
	else
		echo "not ok $n - ${corpus##*/}"
		printf '%s\n' "$out" | tail -40 | sed 's/^/#   /'
	fi
done
echo "1..$n"
