# What quickstart remembers, shows and undoes.
# shellcheck shell=sh

work=
waiting=
change=
was_running=no
old=
trial=
changed=
silent=
fault=

# ---------------------------------------------------------------- choices

choice() {
	sed -n "s/^$1 //p" "$state/choices" 2>/dev/null | tail -n 1
}

# The choices of the last success hold unless others are given.
remember_choices() {
	told=
	remember server lighttpd "$server"
	server=$chosen
	remember port 3000 "$port"
	port=$chosen
	remember listen 0.0.0.0 "$listen"
	listen=$chosen
	[ "$(last_backend 1)" != given ] || [ -n "$backend$demo" ] ||
		told="$told, backend $(last_backend 3) $(last_backend 4)"
}

# Only when nothing was found wrong: an error is not buried below it.
tell_choices() {
	[ -z "$told" ] ||
		say "As last time: ${told#, } (options change it, see --help)"
	other_checkout
}

# remember NAME DEFAULT GIVEN: $chosen, and what was not expected in $told.
remember() {
	chosen=$3
	[ -z "$chosen" ] || return 0
	chosen=$(choice "$1")
	[ "${chosen:-$2}" = "$2" ] || told="$told, $1 $chosen"
	chosen=${chosen:-$2}
}

# States of before this was written down have only the folder of the build.
other_checkout() {
	[ -f "$state/choices" ] || return 0
	maker=$(choice checkout)
	if [ -z "$maker" ]; then
		[ "$(cat "$state/build" 2>/dev/null)" != "$(build_root)" ] ||
			return 0
		maker="another folder"
	fi
	[ "$maker" = "$top" ] || say "Note: the state in $state was made by the" \
		"checkout in $maker; --state DIR gives this one its own"
}

write_choices() {
	printf '%s\n' "server $server" "port $port" "listen $listen" \
		"checkout $top" >"$state/choices"
}

# ---------------------------------------------------------------- quickstart.env

setting() {
	sed -n "s/^$1=//p" "$state/quickstart.env" 2>/dev/null | head -n 1
}

# new_env: standard input becomes quickstart.env.
new_env() {
	(umask 077 && cat >"$state/quickstart.env.new")
	mv -f "$state/quickstart.env.new" "$state/quickstart.env"
}

set_env() {
	{
		grep -v "^$1=" "$state/quickstart.env" 2>/dev/null
		printf '%s=%s\n' "$1" "$2"
	} | new_env
}

write_env() {
	new_env <<-END
		RELAY_URL=$url
		ADMIN_USER=$admin_user
		ADMIN_PASSWORD=$admin_password
		API_KEY=$api_key
		RESPONDER_PID=$(cat "$run/responder.pid" 2>/dev/null)
		SERVER_PID=$(cat "$run/server.pid" 2>/dev/null)
	END
}

# ---------------------------------------------------------------- the way back

# The end of a start, good or not.
finish() {
	result=$?
	trap - EXIT
	# Not ignored, which the processes started here would inherit.
	trap : INT TERM HUP
	[ -z "$waiting" ] || kill "$waiting" 2>/dev/null
	[ -z "$change" ] || go_back
	rm -rf "$work"
	exit "$result"
}

# As before this run: files, account, and the old relay if one ran.
go_back() {
	[ "$was_running" = yes ] || (undo_account) 2>>"$log"
	stop_instance
	put_back
	[ "$was_running" = yes ] || {
		say "Nothing was left running."
		return
	}
	if (start_old) 2>>"$log"; then
		say "The relay of before runs again: $(setting RELAY_URL)"
	else
		say "The relay of before could not be started again: see $log and" \
			"$files/log; try $(again) --server $(choice server)" \
			"--port $(choice port)"
	fi
}

start_old() {
	server=$(choice server)
	port=$(choice port)
	start_responder
	start_server
	read_env
	case $(last_backend 1) in
	demo | given-demo)
		backend=$(last_backend 3)
		start_demo
		;;
	esac
	wait_for_health
	(undo_account)
	write_env
}

# ---------------------------------------------------------------- results

# This command for this state.
again() {
	if [ "$state" = "$(default_state)" ]; then
		quoted "$0"
	else
		quoted "$0" --state "$state"
	fi
}

# The address with which this machine goes out, else any.
outer_address() {
	ip -4 route get 192.0.2.1 2>/dev/null |
		sed -n 's/.* src \([0-9.]*\).*/\1/p' | grep . ||
		own_addresses | grep -v '^127\.' | head -n 1
}

outer_url() {
	[ "$listen" != 127.0.0.1 ] || return 0
	outer=$listen
	[ "$listen" != 0.0.0.0 ] || outer=$(outer_address)
	[ -z "$outer" ] || printf '   (other machines: http://%s:%s)' "$outer" \
		"$port"
}

model_line() {
	case $kind in
	demo | given-demo)
		echo "demo, which only echoes; a real one: --backend URL --model NAME"
		;;
	none) echo "none yet: --backend URL --model NAME, or add an account" ;;
	*) echo "$(last_backend 4) at $(last_backend 3)" ;;
	esac
}

reach_line() {
	case $listen in
	127.0.0.1) echo "this machine only" ;;
	0.0.0.0) echo "every address, plain http; --listen 127.0.0.1: this machine only" ;;
	*) echo "$listen and this machine, plain http" ;;
	esac
}

# What the relay says of the model's window, if anybody knows it.
window_line() {
	: >"$work/curl"
	header "x-api-key: $api_key"
	request GET "$url/v1/models" || return 0
	window=$(jq -r --arg model "$model" '.data[]? |
		select(.id == $model) | .max_input_tokens // empty' \
		"$work/reply")
	[ -z "$window" ] ||
		printf '\n  export CLAUDE_CODE_MAX_CONTEXT_TOKENS=%s' "$window"
}

show_result() {
	admin=$url/admin
	claude_model=$(quoted "${model:-MODEL}")
	[ ! -f "$files/htdocs/index.html" ] || admin=$url/admin-next/
	cat <<-END

		llmrelay is running.

		  Relay    $url$(outer_url)
		  Admin    $admin   (from this machine)
		  Login    $admin_user / $admin_password
		  API key  $api_key
		  Model    $(model_line)
		  Reach    $(reach_line)
		  Operate  $(quoted "$state/llmrelayctl") status   (keys, accounts, statistics: --help)
		  State    $state$(elsewhere)
		           (quickstart.env: all of this; logs in $files/log)
		  Build    ${build%/main}

		Try it:
		  curl -N $url/v1/messages -H 'Content-Type: application/json' \\
		    -H 'x-api-key: $api_key' \\
		    -d '{"model": "${asked:-MODEL}", "max_tokens": 1024, "stream": true, "messages": [{"role": "user", "content": "你好"}]}'

		Claude Code:
		  export ANTHROPIC_BASE_URL=$url
		  export ANTHROPIC_AUTH_TOKEN=$api_key
		  export ANTHROPIC_MODEL=$claude_model
		  export ANTHROPIC_DEFAULT_HAIKU_MODEL=$claude_model$(window_line)
		  claude

		End it: $(again) --stop
	END
	[ -z "$silent" ] || {
		say ""
		[ -n "$fault" ] ||
			die "the relay runs, but the model does not answer ($silent)" \
				"$(other_server)" "$(use_demo)" "the admin pages and $files/log say more"
		die "the relay runs, but its model server fails its test:" \
			"$model at $backend" "$fault" "($silent)" "$(other_server)" \
			"$(use_demo)"
	}
}

# The server of the model, by the relay's own test.
show_model() {
	backend=$(last_backend 3)
	model=$(last_backend 4)
	[ -n "$backend" ] || return 0
	fault=
	test_account 40 || :
	say "model: $model at $backend${fault:+ - FAILS ITS TEST}"
	[ -z "$fault" ] || {
		say "  $fault"
		say "  $(other_server)"
		say "  $(use_demo)"
	}
}

show_status() {
	url=$(setting RELAY_URL)
	[ -z "$(process server)" ] ||
		say "server: process $(cat "$run/server.pid" 2>/dev/null)"
	for pid in $(responders); do
		say "responder: process $pid"
	done
	[ -z "$(process demo)" ] || say "demo: process $(process demo)"
	say "state: $state$(elsewhere)   (operate: $(quoted \
		"$state/llmrelayctl") --help)"
	if [ -z "$(process server)" ]; then
		say "not running"
		return 1
	elif ! is_healthy; then
		say "NOT healthy: $url (logs: $files/log)"
		return 1
	fi
	work=$(mktemp -d) || exit 1
	trap 'rm -rf "$work"' EXIT
	show_model
	[ -z "$fault" ] || {
		say "NOT healthy: $url runs, its model server fails"
		return 1
	}
	say "healthy: $url"
}
