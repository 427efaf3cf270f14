#!/bin/sh
# The package agrees with what it packages.
. "${srcdir:-.}/tests/lint/lib.sh"

version=$(sed -n 's/^AC_INIT(\[llmrelay\], \[\(.*\)\])$/\1/p' configure.ac)
report "the package has the version of configure.ac" \
	"$([ "$(sed -n '1s/^llmrelay (\([^)]*\)).*/\1/p' debian/changelog)" = \
		"$version" ] || echo "configure.ac says $version")"

# A compiler and make come with every package build.
report "it is built with the libraries that quickstart installs" \
	"$(sed -n "/^build_packages='/,/^'/p" etc/private/common.sh |
		sed -n 's/^\(lib[^ ]*\) .*/\1/p' | grep -v '^libc6-dev' |
		while read -r package; do
			grep -q "[ ]$package[,]*" debian/control ||
				echo "$package"
		done)"
done_testing
