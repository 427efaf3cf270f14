# The model server of quickstart: which one, and whether it serves the model.
# All of this comes before a running relay is touched.
# The relay uses no proxy and no ~/.curlrc, so neither does curl here.
# shellcheck shell=sh

names=
way_out=
spent=0
waited=0

# ---------------------------------------------------------------- requests

# begin_wait WHAT SECONDS: what patiently waits for from now on, at most what is
# left of --wait.
begin_wait() {
	awaited=$1
	spent=$((spent + waited))
	limit=$((patience - spent))
	[ "$limit" -ge 5 ] || limit=5
	[ "$limit" -le "$2" ] || limit=$2
	began_at=$(date +%s)
	waited=0
	notice=5
}

# patiently CURL-ARGUMENT...: runs curl and says what it waits for.  The answer
# lies in $work/reply; $status is the HTTP status, 000 without one, and then
# $why is curl's reason.
patiently() {
	left=$((limit - waited))
	[ "$left" -le "$silence" ] || left=$silence
	[ "$left" -ge 1 ] || left=1
	: >"$work/reply"
	curl -q -sS --noproxy '*' -m "$left" --connect-timeout 10 -K "$work/curl" \
		-o "$work/reply" -w '%{http_code}' "$@" \
		>"$work/status" 2>"$work/why" </dev/null 9>&- &
	waiting=$!
	while is_alive "$waiting"; do
		pause 0.1
	done
	broke_off=
	wait "$waiting" || broke_off=yes
	waiting=
	status=$(cat "$work/status")
	why=$(sed 's/^curl: ([0-9]*) //' "$work/why" | head -n 1)
}

# pause SECONDS: and says, from time to time, that we still wait.
pause() {
	sleep "$1"
	waited=$(($(date +%s) - began_at))
	[ "$waited" -ge "$notice" ] || return 0
	if [ "$notice" -eq 5 ]; then
		say "Waiting for $awaited, up to $left s" \
			"(--wait changes it, Ctrl-C ends it)"
	else
		say "  still waiting after $waited s"
	fi
	# After 5, 10, 20, 40 and then each 60 seconds.
	if [ "$notice" -lt 40 ]; then
		notice=$((notice * 2))
	else
		notice=$((notice + 60))
	fi
}

timed_out() {
	case $why in
	*'Operation timed out after'*) ;;
	*) return 1 ;;
	esac
}

# Secrets travel by file, not by command line.
header() {
	printf '%s\n' "$1" | sed -e 's/[\\"]/\\&/g' -e 's/.*/header = "&"/' \
		>>"$work/curl"
}

# The credential in both of the forms that servers know.
backend_headers() {
	: >"$work/curl"
	[ -z "$backend_key" ] || {
		header "Authorization: Bearer $backend_key"
		header "api-key: $backend_key"
	}
}

# endpoint NAME: its address at $backend, joined as the relay does.
endpoint() {
	rest=${backend#*://}
	host=${rest%%/*}
	path=${rest#"$host"}
	while [ "$path" != "${path%/}" ]; do
		path=${path%/}
	done
	for tail in chat/completions completions models responses; do
		path=${path%"/$tail"}
	done
	case $host$path in
	*.openai.azure.com* | */openai/deployments/*) path=$(azure "$1") ;;
	*/v[0-9]*) path=$path/$1 ;;
	*) path=$path/v1/$1 ;;
	esac
	printf '%s\n' "${backend%%://*}://$host$path"
}

azure() {
	name=$model
	case $path in
	*/openai/deployments/*)
		name=${path#*/openai/deployments/}
		name=${name%%/*}
		;;
	esac
	[ "$1" = models ] || set -- "deployments/$name/$1"
	printf '%s\n' "${path%%/openai*}/openai/$1?api-version=2024-02-01"
}

# ---------------------------------------------------------------- refusals

# Foreign text without what would move the cursor.
plain() {
	tr '\000-\037\177' ' '
}

excerpt() {
	head -c 300 | plain | sed 's/ *$//'
}

# What a server said, in one line.
words() {
	jq -r '.error.message? // .error? // .message? // .detail? // empty |
		strings' "$work/reply" 2>/dev/null | excerpt | grep . ||
		excerpt <"$work/reply"
}

# unfit LINE...: the end, because this model server cannot be used.
unfit() {
	[ -z "$way_out" ] || set -- "$@" "$way_out"
	die "$@"
}

# What its /health says.
is_relay() {
	host=${backend#*://}
	[ "$(curl -q -s --noproxy '*' -m 5 9>&- \
		"${backend%%://*}://${host%%/*}/health")" = \
		'{"status":"healthy"}' ]
}

# not_served URL: the end, after an answer that is none.
not_served() {
	said="(status $status): $(words)"
	case $status in
	000)
		! timed_out || unfit "$awaited did not come within $left s" \
			"when the model is still being loaded: a longer --wait"
		case $why in
		*SSL* | *TLS* | *certificate*)
			unfit "$backend cannot be reached: $why" \
				"does it speak https, with a certificate known here?"
			;;
		esac
		unfit "$backend cannot be reached: ${why:-no answer}" \
			"is the model server running, and its port open?" \
			"try: curl $1"
		;;
	401 | 403)
		! is_relay || unfit "$backend is an llmrelay, not a model server" \
			"--backend is the address of the model server behind it;" \
			"for one relay behind another: --backend-key with a key of it"
		hint="it wants one: give it with --backend-key KEY"
		[ -z "$backend_key" ] ||
			hint="give the right one with --backend-key KEY"
		unfit "$backend refuses the API key $said" "$hint"
		;;
	404)
		hint="is --model right, and the path of --backend?"
		[ -z "$names" ] || hint="its models: $(printf '%s' "$names" |
			head -n 20 | plain)"
		;;
	503) hint="when the model is still being loaded: a longer --wait" ;;
	*) hint="the log of the model server may say more" ;;
	esac
	unfit "$backend does not serve '$model' $said" "$hint" "asked: $1"
}

# ---------------------------------------------------------------- questions

# list_models SECONDS: $names is what the server says it has; status 1 when
# it does not say.
list_models() {
	backend_headers
	begin_wait "the list of models of $backend" "$1"
	patiently "$(endpoint models)"
	names=$(jq -er '.data | arrays | .[].id | strings' "$work/reply" \
		2>>"$log") || names=
	[ "$status" = 200 ] && [ -n "$names" ]
}

# The first that looks like a model for chats.
first_model() {
	printf '%s\n' "$names" | grep -viE 'embed|rerank|whisper|tts' |
		head -n 1
}

# A relay that asks itself never ends.
refuse_itself() {
	host=${backend#*://}
	host=${host%%/*}
	case $host in
	*:"$port") host=${host%:*} ;;
	*) return 0 ;;
	esac
	case $host in
	localhost | 127.* | 0.0.0.0 | '[::1]') ;;
	*) is_own "$host" || return 0 ;;
	esac
	die "$backend is this relay itself" "--backend is the model server's address"
}

# A given backend must be there, let us in and have the model.
check_backend() {
	refuse_itself
	if ! list_models "$patience"; then
		case $status in
		000 | 401 | 403) not_served "$(endpoint models)" ;;
		esac
	fi
	if [ -z "$model" ]; then
		model=$(first_model)
		[ -n "$model" ] || unfit \
			"$backend does not say its models (status $status): $(words)" \
			"is this its address?  If it is: --model NAME" \
			"asked: $(endpoint models)"
		say "Model: $model"
	fi
	check_model
}

# small_question FIELD: the smallest request that a model must answer.
small_question() {
	jq -n --arg model "$model" --arg limit "$1" '{
		model: $model, ($limit): 16,
		messages: [{role: "user", content: "Say hello."}]
	}' >"$work/body"
}

# $model must answer.  A server that loads it may be silent or say 503.
check_model() {
	say "Asking $model at $backend"
	chat=$(endpoint chat/completions)
	backend_headers
	small_question max_tokens
	begin_wait "the answer of $model" "$patience"
	while :; do
		patiently -H 'Content-Type: application/json' \
			--data-binary "@$work/body" "$chat"
		is_worth_asking_again || break
		pause 1
	done
	[ "$status" = 200 ] || not_served "$chat"
	[ -z "$broke_off" ] || unfit "$chat began to answer and broke off: $why" \
		"try again, with a longer --wait when the model is slow;" \
		"the log of the model server may say more"
	jq -e '.choices | arrays' "$work/reply" >/dev/null 2>&1 ||
		unfit "$chat answers, but not as an OpenAI-compatible server" \
			"it says: $(excerpt <"$work/reply")"
}

is_worth_asking_again() {
	case $status in
	400)
		# Newer models of OpenAI know only this name.
		grep -q max_completion_tokens "$work/reply" &&
			grep -q '"max_tokens"' "$work/body" &&
			small_question max_completion_tokens
		;;
	503) [ "$waited" -lt "$limit" ] ;;
	429 | 502 | 504 | 529) [ "$waited" -lt 20 ] ;;
	*) return 1 ;;
	esac
}

# ------------------------------------------------------- the account's own test

# What the relay's own test says of the account that quickstart made: $fault,
# "" when it serves.  Status 1: there is none, or nobody to ask.
test_account() {
	fault=
	account=$(ctl account list --json |
		jq -r 'map(select(.name == "quickstart"))[0] // empty |
			.id, .azureEndpoint, .deploymentName')
	[ -n "$account" ] || return 1
	backend=$(printf '%s\n' "$account" | sed -n 2p | excerpt)
	model=$(printf '%s\n' "$account" | sed -n 3p | excerpt)
	ctl --timeout "$1" account test "$(printf '%s\n' "$account" | head -n 1)" \
		--json >"$work/test" || :
	fault=$(jq -r '.[0] | select(.ok | not) | .message' "$work/test" \
		2>>"$log" | excerpt)
	[ -s "$work/test" ] || fault="Timed out: no answer within $1 s"
}

# A relay of before it had the tool: is anybody there?
test_address() {
	fault=
	list_models 10 || [ "$status" != 000 ] || fault=$why
}

# A remembered backend that is dead is no reason to touch a relay that runs.
# Only that relay knows its key.
check_remembered() {
	backend=$(last_backend 3)
	model=$(last_backend 4)
	url=$(setting RELAY_URL)
	is_running && is_healthy || return 0
	if [ -x "$files/bin/llmrelayctl" ]; then
		test_account 60 || return 0
	else
		test_address
	fi
	case $fault in
	'Timed out'*)
		say "Slow: $fault"
		check_model
		fault=
		;;
	esac
	[ -z "$fault" ] || die "the model server of last time fails its test:" \
		"$model at $backend" "$fault" "$(other_server)" "$(use_demo)" \
		"the relay was left as it is: $url"
}

other_server() {
	echo "start it; or another: $(again) --backend URL --model NAME"
}

use_demo() {
	echo "or the demo: $(again) --demo"
}

# ------------------------------------------------------------------ the choice

# last_backend LINE: of the last success: 1 how it was chosen, 2 the name that
# clients ask for, 3 its address, 4 its model.
last_backend() {
	sed -n "$1p" "$state/backend" 2>/dev/null
}

# Given, else remembered, else found on this machine, else the demo.
choose_backend() {
	kind=$(last_backend 1)
	if [ -n "$backend" ]; then
		kind=given
		check_backend
	elif [ "$demo" = --demo ]; then
		choose_demo given-demo
	elif [ "$kind" = given ]; then
		kind=remembered
		check_remembered
	elif [ "$kind" = given-demo ] && [ -z "$demo" ]; then
		choose_demo given-demo
	elif find_local; then
		kind=found
	elif [ "$demo" = --no-demo ]; then
		kind=none
	else
		choose_demo demo
		say "No model server found: using the demo, which only echoes"
	fi
}

# The demo keeps its port as long as it is free.
choose_demo() {
	kind=$1
	# shellcheck disable=SC2100 # a name
	model=demo-model
	backend=
	[ "$(last_backend 4)" != "$model" ] || backend=$(last_backend 3)
}

# Nothing about the account has to change.
is_as_before() {
	case $kind in
	remembered) ;;
	found | demo | given-demo)
		[ "$backend $model" = "$(last_backend 3) $(last_backend 4)" ]
		;;
	*) return 1 ;;
	esac
}

find_local() {
	for candidate in 11434 8000 8080; do
		[ "$candidate" != "$port" ] || continue
		backend=http://127.0.0.1:$candidate
		list_models 10 || continue
		model=$(last_backend 4)
		printf '%s\n' "$names" | grep -qxF -- "${model:-.}" ||
			model=$(first_model)
		[ -n "$model" ] || continue
		say "Found a model server: $backend ($model)"
		way_out="--backend URL --model NAME gives another, --demo uses the demo"
		check_model
		return
	done
	backend=
	model=
	return 1
}
