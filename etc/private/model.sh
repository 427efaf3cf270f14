# The model's account in the relay, and the first question.  A new account is
# tried beside the old one, which goes when the question was answered.
# shellcheck shell=sh

accounts=/admin/azure-openai-accounts
trial_name='quickstart (new)'

# named NAME: ids of the accounts with the name, from the list in $work/reply.
named() {
	jq -r --arg name "$1" '.data[]? | select(.name == $name) | .id' \
		"$work/reply"
}

account_json() {
	key=${backend_key:-none} jq -n --arg url "$backend" \
		--arg model "$model" --arg names "$as_names" '{
			description: "made by quickstart",
			accountType: "shared",
			azureEndpoint: $url,
			apiVersion: "2024-02-01",
			deploymentName: $model,
			apiKey: env.key,
			supportedModels: ([$model] + (
				if $names == "" then ["claude-*"]
				else $names | split("\n") | map(select(. != ""))
				end) | unique),
			isActive: true,
			schedulable: true
		}'
}

# find_account: $old is the account of the run before, "" without one.  One
# that was never kept goes.
find_account() {
	call GET "$accounts" || refused "the accounts cannot be read"
	old=$(named quickstart | head -n 1)
	same=$(jq -r --arg id "$old" --arg url "$backend" --arg model "$model" \
		'.data[]? | select(.id == $id and .azureEndpoint == $url
			and .deploymentName == $model) | .id' "$work/reply")
	jq --arg id "$old" '.data[]? | select(.id == $id) | {supportedModels,
		priority, isActive, schedulable}' "$work/reply" >"$work/account"
	for id in $(named "$trial_name"); do
		call DELETE "$accounts/$id" || :
	done
	rm -f "$state/trial"
}

# The same server and model: the account is changed where it is.  Else a new
# one comes first until it is kept.
try_account() {
	find_account
	if [ -n "$same" ]; then
		changed=$same
		call PUT "$accounts/$same" "$(account_json)" ||
			refused "the model's account could not be changed"
		return
	fi
	: >"$state/trial"
	call POST "$accounts" "$(account_json |
		jq --arg name "$trial_name" '. + {name: $name, priority: 100}')" ||
		refused "the model's account could not be made"
	trial=$(jq -r '.data.id' "$work/reply")
}

keep_account() {
	[ -n "$trial" ] || return 0
	call PUT "$accounts/$trial" "$(jq -n --argjson priority "$priority" \
		'{name: "quickstart", priority: $priority}')" ||
		refused "the model's account could not be changed"
	trial=
	rm -f "$state/trial"
	drop_account
}

drop_account() {
	[ -z "$old" ] || call DELETE "$accounts/$old" ||
		refused "the account of before could not be deleted"
}

# After a failure: the account as it was.
undo_account() {
	if [ -n "$trial" ]; then
		call DELETE "$accounts/$trial" && rm -f "$state/trial"
	elif [ -n "$changed" ]; then
		call PUT "$accounts/$changed" "$(cat "$work/account")"
	fi
}

# Another account may have answered: does ours?  A slow one does.
check_account() {
	test_account 60 || return 0
	case $fault in
	'Timed out'*) [ -n "$silent" ] || fault= ;;
	esac
	[ -z "$fault" ] || silent=${silent:-another account answered instead}
}

# ---------------------------------------------------------------- the question

# The real thing: a message through server, responder, store and model.
ask_relay() {
	say "Asking the model through the relay"
	: >"$work/curl"
	header "x-api-key: $api_key"
	jq -n --arg model "$asked" '{
		model: $model, max_tokens: 16,
		messages: [{role: "user", content: "Say hello."}]
	}' >"$work/body"
	begin_wait "the answer of the model" "$patience"
	while :; do
		patiently -H 'Content-Type: application/json' \
			--data-binary "@$work/body" "$url/v1/messages"
		[ "$status" != 200 ] || return 0
		may_pass || break
		pause 1
	done
	[ "$status" != 000 ] || printf '%s' "$why" >"$work/reply"
	return 1
}

# Is it a trouble that may pass by itself?
may_pass() {
	case $status in
	502 | 503 | 504 | 529) ;;
	*) return 1 ;;
	esac
	[ "$waited" -lt 3 ] && ! grep -q credentials "$work/reply"
}

# The chosen model behind the relay: $asked is a name that clients can use.
use_backend() {
	asked=$(printf '%s' "${as_names:-claude-3-opus-20240229}" | head -n 1)
	priority=50
	# What a killed run was trying goes.
	[ ! -e "$state/trial" ] || find_account
	case $kind in
	remembered)
		asked=$(last_backend 2)
		backend=$(last_backend 3)
		model=$(last_backend 4)
		ask_relay || silent="status $status: $(words)"
		check_account
		return
		;;
	none)
		asked=
		find_account
		return
		;;
	demo | given-demo)
		priority=1
		start_demo
		;;
	esac
	if is_as_before && ask_relay; then
		return
	fi
	try_account
	ask_relay || broken "the model did not answer (status $status): $(words)" \
		"$files/log/llmrelay.log"
}

# What worked is remembered, and what it replaces goes.
settle() {
	case $kind in
	remembered) ;;
	none) drop_account ;;
	*) keep_account ;;
	esac
	[ "$kind" = remembered ] ||
		printf '%s\n' "$kind" "$asked" "$backend" "$model" >"$state/backend"
	write_choices
	rm -rf "$files/before"
}
