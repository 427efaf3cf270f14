#!/bin/sh
# smoke.sh URL KEY [MODEL]: is this relay fit for Claude clients?  Needs curl only
# and changes nothing.  MODEL: a name that an account serves; without it the first
# one of the relay's list.
set -u

usage() {
	echo "usage: smoke.sh URL KEY [MODEL], with URL as http://localhost:3000" >&2
	exit 2
}

[ $# -ge 2 ] || usage
case $1 in
http://?* | https://?*) ;;
*) usage ;;
esac
url=${1%/}
key=$2
model=${3:-}
failed=0
headers=$(mktemp)
trouble=$(mktemp)
trap 'rm -f "$headers" "$trouble"' EXIT

fail() {
	echo "FAILED: $1"
	printf '%s\n' "$2" | head -c 400 | sed 's/^/  /'
	echo
	failed=1
}

# check NAME yes|"" DETAILS
check() {
	if [ "$2" = yes ]; then
		echo "ok: $1"
	else
		fail "$1" "$3"
	fi
}

# must NAME yes|"" DETAILS: without this the rest has no point.
must() {
	check "$@"
	[ "$failed" -eq 0 ] || exit 1
}

# has TEXT PATTERN: prints yes when TEXT holds the pattern.
has() {
	printf '%s' "$1" | grep -qE -- "$2" && echo yes
}

# get PATH CURL-ARGUMENT...: body, then the status on a line of its own.
get() {
	path=$1
	shift
	curl -sS -m 300 --connect-timeout 10 -D "$headers" -w '\n%{http_code}' \
		-H 'Content-Type: application/json' "$@" "$url$path" \
		2>"$trouble"
}

# The list of models tells a relay from other servers, and a key from another.
greet() {
	answer=$(get /health) || {
		fail "$url cannot be reached" "$(cat "$trouble")"
		exit 1
	}
	must "$url is healthy" "$(has "$answer" '^200$')" "$answer
(is this the relay's address? there is no llmrelay at /health)"
	answer=$(get /v1/models -H "x-api-key: $key")
	[ "$(has "$answer" '^401$')" != yes ] || {
		fail "the relay refuses the key" "$answer"
		exit 1
	}
	must "it lists its models" "$(has "$answer" '^200$')" "$answer"
}

greet
[ -n "$model" ] || model=$(printf '%s' "$answer" | tr -d ' \n' |
	sed -n 's/.*"data":\[{[^}]*"id":"\([^"]*\)".*/\1/p' | head -n 1)
# The first of several entries.
[ -n "$model" ] || model=claude-3-opus-20240229
echo "    model: $model"

ask="{\"model\": \"$model\", \"max_tokens\": 64,
	\"messages\": [{\"role\": \"user\", \"content\": \"你好\"}]"

answer=$(get /v1/messages -H "x-api-key: $key" -d "$ask}")
must "a message is answered" "$(has "$answer" '^200$')" "$answer"
check "in Anthropic's form" "$(has "$answer" '"type": ?"message"')" "$answer"
check "with a request id" \
	"$(has "$(cat "$headers")" '^[Rr]equest-[Ii]d: req_')" \
	"$(cat "$headers")"

answer=$(get /v1/messages -H "Authorization: Bearer $key" -d "$ask}")
check "Authorization reaches the relay" "$(has "$answer" '^200$')" \
	"$answer (Apache needs CGIPassAuth On)"

answer=$(get '/v1/messages?beta=true' -N -H "x-api-key: $key" \
	-d "$ask, \"stream\": true}")
check "a stream begins and ends" \
	"$(has "$answer" '^event: message_start' >/dev/null &&
		has "$answer" '^event: message_stop')" "$answer"
check "as an event stream" \
	"$(has "$(cat "$headers")" '^[Cc]ontent-[Tt]ype: text/event-stream')" \
	"$(cat "$headers")"

answer=$(get /v1/messages/count_tokens -H "x-api-key: $key" \
	-d "{\"model\": \"$model\",
		\"messages\": [{\"role\": \"user\", \"content\": \"你好\"}]}")
check "tokens are counted" "$(has "$answer" '"input_tokens": ?[1-9]')" \
	"$answer"

answer=$(get /v1/messages -H 'x-api-key: cr_wrong' -d "$ask}")
check "a wrong key is refused" "$(has "$answer" '^401$')" "$answer"

answer=$(get /v1/messages -H "x-api-key: $key" -d '{')
check "a wrong body is refused in JSON" \
	"$(has "$answer" 'invalid_request_error')" "$answer"

# 4 MB, above the limits that proxies and modules like to set.
answer=$({
	printf '{"model": "%s", "max_tokens": 0, "pad": "' "$model"
	head -c 4194304 /dev/zero | tr '\0' x
	printf '"}'
} | get /v1/messages -H "x-api-key: $key" --data-binary @-)
check "a body of 4 MB reaches the relay" \
	"$(has "$answer" 'invalid_request_error')" \
	"$answer (look for body limits of the web server)"

[ "$failed" -ne 0 ] || echo "all is well"
exit "$failed"
