# The administrator's side of quickstart: the first login and the first key.
# shellcheck shell=sh

# ---------------------------------------------------------------- requests

# request METHOD URL [BODY]: with the headers in $work/curl; the answer lies in
# $work/reply, $status is its status.
request() {
	printf '%s' "${3:-}" >"$work/body"
	set -- "$1" "$2" "${3:+--data-binary}" "@$work/body"
	[ -n "$3" ] || set -- "$1" "$2"
	method=$1
	address=$2
	shift 2
	status=$(curl -q -s --noproxy '*' -K "$work/curl" -m 120 -X "$method" \
		-H 'Content-Type: application/json' "$@" \
		-o "$work/reply" -w '%{http_code}' "$address" 9>&-)
	case $status in
	2??) ;;
	*) return 1 ;;
	esac
}

# call METHOD PATH [BODY]: as the administrator.
call() {
	[ -n "${token:-}" ] || log_in
	: >"$work/curl"
	header "Authorization: Bearer $token"
	method=$1
	address=$url$2
	shift 2
	request "$method" "$address" "$@"
}

# refused WHAT: an admin request failed.
refused() {
	broken "$1 (status $status): $(words)" "$files/log/llmrelay.log"
}

# ---------------------------------------------------------------- login

secret() {
	od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'
}

try_login() {
	: >"$work/curl"
	request POST "$url/admin/login" "$(password=$admin_password \
		jq -n --arg u "$admin_user" '{username: $u, password: env.password}')"
}

log_in() {
	if ! try_login; then
		[ "$status" != 401 ] || changed_password
		refused "the administrator cannot log in"
	fi
	token=$(jq -r '.token // empty' "$work/reply")
}

changed_password() {
	die "the relay refuses the login of '$admin_user': was the password changed?" \
		"write what is right into ADMIN_USER and ADMIN_PASSWORD of" \
		"$state/quickstart.env, then run this again"
}

read_env() {
	url=$(setting RELAY_URL)
	admin_user=$(setting ADMIN_USER)
	admin_password=$(setting ADMIN_PASSWORD)
	api_key=$(setting API_KEY)
}

# Will the relay that runs let us in?  One that does not answer cannot say.
check_login() {
	! is_as_before && is_running || return 0
	read_env
	try_login || [ "$status" != 401 ] || changed_password
}

ctl_admin() {
	ctl admin "$1" "$admin_user" --password-file "$run/password" >>"$log"
}

# The administrator of quickstart.env; made the first time, or when the store
# is new.
make_admin() {
	read_env
	url=http://localhost:$port
	[ -z "$admin_password" ] || [ -z "$(ls -A "$files/db")" ] || return 0
	api_key=
	admin_user=${admin_user:-admin}
	admin_password=${admin_password:-$(secret 12)}
	(umask 077 && printf '%s\n' "$admin_password" >"$run/password")
	[ "$(id -u)" -ne 0 ] || chown "$runner:" "$run/password"
	# A state whose quickstart.env was lost has the administrator already.
	ctl_admin create || ctl_admin passwd ||
		broken "the first administrator could not be made" "$log"
	rm -f "$run/password"
	set_env ADMIN_USER "$admin_user"
	set_env ADMIN_PASSWORD "$admin_password"
}

# ---------------------------------------------------------------- the key

# The key of quickstart.env; made the first time, or when it is gone.
make_key() {
	: >"$work/curl"
	header "x-api-key: $api_key"
	[ -z "$api_key" ] || request GET "$url/v1/models" ||
		[ "$status" != 401 ] || {
		say "The API key of before is gone: making another"
		api_key=
	}
	[ -z "$api_key" ] || return 0
	call POST /admin/api-keys '{"name": "quickstart"}' ||
		refused "the first API key could not be made"
	api_key=$(jq -r '.data.apiKey // empty' "$work/reply")
	set_env API_KEY "$api_key"
}
