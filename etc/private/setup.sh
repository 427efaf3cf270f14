# The parts of quickstart that talk to the running relay: the first login and
# key, the model's account, the first question, and what is said at the end.
# shellcheck shell=sh

# ---------------------------------------------------------------- admin and key

secret() {
	od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'
}

admin() {
	as_runner "$files/cgi-bin/llmrelayctl" --config "$conf" admin "$1" \
		"$admin_user" --password-file "$run/password" >>"$log" 2>&1
}

make_admin() {
	url=http://localhost:$port
	admin_user=$(setting ADMIN_USER)
	admin_password=$(setting ADMIN_PASSWORD)
	api_key=$(setting API_KEY)
	[ -z "$admin_password" ] || return 0
	admin_password=$(secret 12)
	admin_user=admin
	(umask 077 && printf '%s\n' "$admin_password" >"$run/password")
	[ "$(id -u)" -ne 0 ] || chown "$runner:" "$run/password"
	cp -f "$build/llmrelayctl" "$files/cgi-bin/" &&
		chmod a+rx "$files/cgi-bin/llmrelayctl"
	# A state whose quickstart.env was lost has the administrator already.
	admin create || admin passwd ||
		broken "the first administrator could not be made" "$log"
	rm -f "$run/password" "$files/cgi-bin/llmrelayctl"
	write_env
}

# call METHOD PATH [BODY]: an admin request; the answer lies in $state/reply,
# $status is its status.  Secrets travel by file, not by command line.
call() {
	(umask 077 && printf 'header = "Authorization: Bearer %s"\n' \
		"${token:-}" >"$state/curl" && printf '%s' "${3:-}" >"$state/body")
	set -- "$1" "$2"
	if [ -s "$state/body" ]; then
		status=$(curl -s -K "$state/curl" -m 120 -X "$1" \
			-H 'Content-Type: application/json' \
			--data-binary "@$state/body" -o "$state/reply" \
			-w '%{http_code}' "$url$2")
	else
		status=$(curl -s -K "$state/curl" -m 120 -X "$1" \
			-o "$state/reply" -w '%{http_code}' "$url$2")
	fi
	rm -f "$state/curl" "$state/body"
	[ "$status" -ge 200 ] && [ "$status" -lt 300 ]
}

# refused WHAT: an admin request failed.
refused() {
	broken "$1 (status $status): $(head -c 500 "$state/reply")" \
		"$files/log/llmrelay.log"
}

log_in() {
	call POST /admin/login "$(jq -n --arg u "$admin_user" \
		--arg p "$admin_password" '{username: $u, password: $p}')" ||
		refused "the administrator cannot log in"
	token=$(jq -r '.token // empty' "$state/reply")
}

make_key() {
	[ -z "$api_key" ] || return 0
	call POST /admin/api-keys '{"name": "quickstart"}' ||
		refused "the first API key could not be made"
	api_key=$(jq -r '.data.apiKey // empty' "$state/reply")
	write_env
}

# ---------------------------------------------------------------- the model

# models URL: the names that a model server lists; status 1 when it lists none.
models() {
	root=${1%/}
	(umask 077 && printf 'header = "Authorization: Bearer %s"\n' \
		"$backend_key" >"$state/curl")
	curl -s -m 10 -K "$state/curl" "${root%/v1}/v1/models" 2>>"$log" |
		jq -er '.data | arrays | .[].id | strings' 2>>"$log"
	found=$?
	rm -f "$state/curl"
	return "$found"
}

# A given backend must at least take a connection.
check_backend() {
	root=${backend%/}
	if curl -s -m 10 -o /dev/null "${root%/v1}/v1/models" 2>>"$log"; then
		names=$(models "$backend") || names=
		if [ -z "$model" ]; then
			model=$(printf '%s\n' "$names" | head -n 1)
			[ -n "$model" ] || die "$backend does not say its models" \
				"give the name with --model NAME"
			say "Model: $model"
		elif [ -n "$names" ] &&
			! printf '%s\n' "$names" | grep -qxF -- "$model"; then
			say "Note: $backend does not list '$model'; it has:"
			printf '%s\n' "$names" | sed 's/^/  /'
		fi
	else
		die "$backend cannot be reached" \
			"is the model server running, and its port open?" \
			"try: curl ${root%/v1}/v1/models"
	fi
}

# Given, else remembered, else found on this machine, else the demo.
choose_backend() {
	priority=50
	kind=$(sed -n 1p "$state/backend" 2>/dev/null)
	if [ -n "$backend" ]; then
		kind=given
	elif [ "$kind" = given ]; then
		model=$(sed -n 2p "$state/backend")
		return
	elif ! find_local; then
		kind=demo
		priority=1
		[ "$demo" = yes ] || {
			kind=none
			return
		}
		start_demo
	else
		kind=found
	fi
	put_account
	printf '%s\n%s\n' "$kind" "$asked" >"$state/backend"
}

find_local() {
	for candidate in 11434 8000 8080; do
		[ "$candidate" != "$port" ] || continue
		names=$(models "http://127.0.0.1:$candidate") || continue
		[ -n "$names" ] || continue
		backend=http://127.0.0.1:$candidate
		model=$(printf '%s\n' "$names" | head -n 1)
		say "Found a model server: $backend ($model)"
		return 0
	done
	return 1
}

start_demo() {
	cp -f "$build/llmrelay-demo" "$files/cgi-bin/" &&
		chmod a+rx "$files/cgi-bin/llmrelay-demo"
	rm -f "$run/demo.port"
	launch "$files/log/demo.log" "$files/cgi-bin/llmrelay-demo" \
		--listen 127.0.0.1:0 --port-file "$run/demo.port" \
		--model demo-model
	record demo $!
	tries=0
	until [ -s "$run/demo.port" ]; do
		tries=$((tries + 1))
		[ -n "$(process demo)" ] && [ "$tries" -lt 100 ] ||
			broken "the demo model did not start" \
				"$files/log/demo.log"
		sleep 0.1
	done
	backend=http://127.0.0.1:$(cat "$run/demo.port")
	model=demo-model
	say "No model server found: using the demo, which only echoes"
}

# One account of ours, updated when it is there.
put_account() {
	asked=$(printf '%s' "${as_names:-claude-3-opus-20240229}" | head -n 1)
	account=$(jq -n --arg url "$backend" --arg model "$model" \
		--arg key "${backend_key:-none}" --arg names "$as_names" \
		--argjson priority "$priority" '{
			name: "quickstart",
			description: "made by quickstart",
			accountType: "shared",
			azureEndpoint: $url,
			apiVersion: "2024-02-01",
			deploymentName: $model,
			apiKey: $key,
			supportedModels: ([$model] + (
				if $names == "" then ["claude-*"]
				else $names | split("\n") | map(select(. != ""))
				end) | unique),
			priority: $priority,
			isActive: true,
			schedulable: true
		}')
	call GET /admin/azure-openai-accounts ||
		refused "the accounts cannot be read"
	id=$(jq -r '[.data[]? | select(.name == "quickstart") | .id][0] // empty' \
		"$state/reply")
	if [ -n "$id" ]; then
		call PUT "/admin/azure-openai-accounts/$id" "$account" ||
			refused "the model's account could not be changed"
	else
		call POST /admin/azure-openai-accounts "$account" ||
			refused "the model's account could not be made"
	fi
}

# The real thing: a message through server, responder, store and model.
ask_once() {
	[ "$kind" != none ] || return 0
	ask=$(sed -n 2p "$state/backend")
	say "Asking the model"
	tries=0
	(umask 077 && printf 'header = "x-api-key: %s"\n' "$api_key" \
		>"$state/curl")
	jq -n --arg model "$ask" '{
		model: $model, max_tokens: 16,
		messages: [{role: "user", content: "Say hello."}]
	}' >"$state/body"
	while :; do
		status=$(curl -s -m 900 -K "$state/curl" -o "$state/reply" \
			-H 'Content-Type: application/json' \
			--data-binary "@$state/body" -w '%{http_code}' \
			"$url/v1/messages")
		[ "$status" != 200 ] || break
		tries=$((tries + 1))
		case $status in
		502 | 503 | 504 | 529) [ "$tries" -lt 10 ] || break ;;
		*) break ;;
		esac
		sleep 1
	done
	rm -f "$state/curl" "$state/body"
	[ "$status" = 200 ] || {
		why=$(jq -r '.error.message // empty' "$state/reply" 2>/dev/null)
		broken "the model did not answer (status $status): ${why:-$(
			head -c 300 "$state/reply")}" "$files/log/llmrelay.log"
	}
}

# ---------------------------------------------------------------- results

write_env() {
	(umask 077 && cat >"$state/quickstart.env.new" <<-END
		RELAY_URL=$url
		ADMIN_USER=$admin_user
		ADMIN_PASSWORD=$admin_password
		API_KEY=$api_key
		RESPONDER_PID=$(cat "$run/responder.pid" 2>/dev/null)
		SERVER_PID=$(cat "$run/server.pid" 2>/dev/null)
	END
	)
	mv -f "$state/quickstart.env.new" "$state/quickstart.env"
}

show_result() {
	rm -f "$state/reply"
	ask=$(sed -n 2p "$state/backend" 2>/dev/null)
	[ -n "$ask" ] || ask=MODEL
	admin=$url/admin
	[ ! -f "$files/htdocs/index.html" ] || admin=$url/admin-next/
	cat <<-END

		llmrelay is running.
		  Relay        $url
		  Admin        $admin   (from this machine)
		  Admin login  $admin_user / $admin_password
		  API key      $api_key
		  All of this  $state/quickstart.env
		  Logs         $files/log

		Try it:
		  curl -N $url/v1/messages -H 'Content-Type: application/json' \\
		    -H 'x-api-key: $api_key' \\
		    -d '{"model": "$ask", "max_tokens": 1024, "stream": true, "messages": [{"role": "user", "content": "你好"}]}'

		Claude Code:
		  ANTHROPIC_BASE_URL=$url ANTHROPIC_AUTH_TOKEN=$api_key claude
	END
	[ "$kind" != none ] || cat <<-END

		There is no model yet: add an account (README, Model servers), or run
		quickstart again with --backend URL --model NAME.
	END
	[ "$kind" != demo ] || cat <<-END

		The demo model only echoes. For a real one, run quickstart again with
		--backend URL --model NAME.
	END
}

show_status() {
	url=$(setting RELAY_URL)
	good=0
	[ -z "$(process server)" ] ||
		say "server: process $(cat "$run/server.pid" 2>/dev/null)"
	for pid in $(responders); do
		say "responder: process $pid"
	done
	[ -z "$(process demo)" ] || say "demo: process $(process demo)"
	if [ -z "$(process server)" ]; then
		say "not running"
		good=1
	elif [ "$(curl -s -o /dev/null -m 5 -w '%{http_code}' "$url/health")" \
		= 200 ]; then
		say "healthy: $url"
	else
		say "NOT healthy: $url (logs: $files/log)"
		good=1
	fi
	return "$good"
}
