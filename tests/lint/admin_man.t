#!/bin/sh
# man/llmrelay-admin.7 names each route, each field of accounts and each option.
. "${srcdir:-.}/tests/lint/lib.sh"

page=man/llmrelay-admin.7

# The rows of the table.  The three faces of accounts are described once.
routes() {
	sed -nE 's/^    \{"([A-Z]+)", (.*), [0-9A-Z_| ]+, [a-z_]+\},$/\1 \2/p' \
		src/admin/serve.c |
		sed -E 's/ (AZURE|OPENAI|RESPONSES)/ FACE/; s/FACE "/FACE/; s/"//g' |
		LC_ALL=C sort -u
}

# Rows of tables that begin with a name.
names() {
	sed -nE 's/^    \{(\.name = )?"([a-zA-Z]+)",.*/\2/p' "$@" |
		LC_ALL=C sort -u
}

missing_routes=$(routes | while read -r route; do
	grep -qxF ".It Li $route" "$page" || echo "$route"
done)
gone_routes=$(sed -nE 's/^\.It Li ([A-Z]+ (FACE|\/).*)$/\1/p' "$page" |
	while read -r route; do
		routes | grep -qxF "$route" || echo "$route"
	done)
fields=$(names src/admin/account_read.c src/admin/account_limits.c \
	src/app/options.c src/admin/api_key_json.c)
missing_fields=$(for name in $fields; do
	grep -qE "^\.(It )?Li (.* )?$name( |$)" "$page" || echo "$name"
done)

[ "$(routes | wc -l)" -gt 20 ] || missing_routes="the table was not read"
[ "$(echo "$fields" | wc -l)" -gt 20 ] || missing_fields="no table was read"
report "every route is in the manual" "$missing_routes"
report "every route of the manual is there" "$gone_routes"
report "every field and option is in the manual" "$missing_fields"
done_testing
