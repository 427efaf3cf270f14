#!/bin/sh
# llmrelayctl: every command with the responder stopped and with it running,
# what is refused, and what stands in the way.

ctl=${CTL-./llmrelayctl}
fcgi=${FCGI-./cgi-bin/llmrelay.fcgi}
demo=${DEMO-./llmrelay-demo}

dir=$(mktemp -d) || exit 99
pids=
n=0

stop() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null
	done
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 99' INT TERM HUP

unset LLMRELAY_CONFIG

# run ARGUMENT...: sets out, err and rc.
run() {
	"$ctl" --config "$conf" "$@" >"$dir/out" 2>"$dir/err" <"$in"
	rc=$?
	out=$(cat "$dir/out")
	err=$(cat "$dir/err")
}
in=/dev/null

ok() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $mode: $2"
	else
		echo "not ok $n - $mode: $2"
	fi
}

is() {
	[ "$1" = "$2" ]
	same=$?
	ok $same "$3"
	[ $same = 0 ] || printf '# got  %s\n# want %s\n# err  %s\n' "$1" "$2" \
		"$err"
}

like() {
	printf '%s\n' "$1" | grep -Eq -- "$2"
	found=$?
	ok $found "$3"
	[ $found = 0 ] || printf '# got  %s\n# want %s\n# err  %s\n' "$1" \
		"$2" "$err"
}

# wait_for FILE: until it is there and not empty.
wait_for() {
	tries=0
	until [ -s "$1" ] || [ $tries -ge 500 ]; do
		tries=$((tries + 1))
		sleep 0.02
	done
}

# member NAME: the value of a member in $out, by its text.
member() {
	printf '%s\n' "$out" |
		sed -n 's/.*"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/p' | head -n 1
}

# ------------------------------------------------------------------ words

mode=words
conf=$dir/conf
printf 'state_dir = %s/state\n' "$dir" >"$conf"

run --help
is $rc 0 "--help"
like "$out" '^  admin create  +make an administrator' "tells the commands"
run --version
like "$out" '^llmrelayctl [0-9]+\.[0-9]+' "--version"
for wrong in '' 'admin' 'admin fly' 'admin create' 'admin create a b' \
	'key create' 'key create a b' 'token create --x' 'key list x' \
	'--config' '--bogus admin list' 'admin create a --password-file' \
	'--timeout 0 status' 'key create a --concurrency many' \
	'key create a --active perhaps' 'key create a --daily-cost -1' \
	'key create a --window-cost lots' 'key create a --expires soon' \
	'key create a --set nothing' 'account add a --type soap' \
	'status now' 'stats x' 'routes x' 'account import' 'token revoke' \
	'key update a' 'account update a' 'config check x' \
	'--json=yes status'; do
	# shellcheck disable=SC2086 # words are wanted
	run $wrong
	is "$rc" 2 "wrong usage: '$wrong'"
done
is "$(ls "$dir/state" 2>&1 >/dev/null | wc -l)" 1 \
	"wrong usage makes no database"
for typo in 'kye list:key list' 'create key:key create' \
	'acount import:account import' 'staus:status' 'admins:admin'; do
	# shellcheck disable=SC2086
	run ${typo%%:*}
	like "$err" "Do you mean 'llmrelayctl ${typo#*:}'" "'${typo%%:*}'"
done
run key create a --concurency 3
like "$err" "do you mean --concurrency\?" "a mistyped option"
run key
like "$err" "^  key update " "a word alone shows what goes with it"
# Each command explains itself, with an example that calls it.
"$ctl" --help | sed -n 's/^  \([a-z]* [a-z]*\)  .*/\1/p;
	s/^  \([a-z]*\)  .*/\1/p' | sort -u >"$dir/commands"
is "$(wc -l <"$dir/commands" | tr -d ' ')" \
	"$(grep -c '^     \.run = ' "${srcdir:-..}/src/ctl/commands.c")" \
	"all commands are listed"
while read -r command; do
	# shellcheck disable=SC2086
	run $command --help
	like "$out" "^usage: llmrelayctl $command" "help of $command"
	# shellcheck disable=SC2086
	like "$out" "^  llmrelayctl.* $command|^  llmrelayctl $command" \
		"example of $command"
done <"$dir/commands"
# The manual has each of them, and each option.
while read -r command; do
	"$ctl" $command --help | sed -n 's/^  --\([a-z-]*\).*/\1/p'
done <"$dir/commands" | sort -u >"$dir/options"
page=${srcdir:-..}/man/llmrelayctl.8
is "$(while read -r command; do
	grep -q "^\.It Cm $command\( \|\$\)" "$page" || echo "$command"
done <"$dir/commands")" "" "the manual has all commands"
is "$(while read -r option; do
	grep -q "^\.It Fl -$option\( \|\$\)" "$page" || echo "$option"
done <"$dir/options")" "" "the manual has all options"
is "$(sed -n 's/^\.It Fl -\([a-z-]*\).*/\1/p' "$page" | sort -u |
	grep -vxF -f "$dir/options" | grep -vxE \
	'config|state|timeout|json|help|version')" "" "and no others"

run config check
is $rc 0 "a good configuration"
like "$out" "^state_dir = $dir/state\$" "shows what counts"
printf 'workers = many\n' >"$dir/bad"
"$ctl" --config "$dir/bad" config check >/dev/null 2>"$dir/err"
is $? 1 "a bad configuration"
like "$(cat "$dir/err")" "$dir/bad:1: .*workers" "names file, line, setting"
run config sample
printf '%s\n' "$out" | sed 's/^#\([a-z_]* = .\)/\1/' >"$dir/sample"
"$ctl" --config "$dir/sample" config check >/dev/null 2>&1
is $? 0 "the sample is a good configuration"

# ------------------------------------------------------------------ both ways

"$demo" --listen 127.0.0.1:0 --port-file "$dir/port" --model demo-model \
	--api-key secret >"$dir/demo.out" 2>&1 </dev/null &
pids="$pids $!"
wait_for "$dir/port"
url=http://127.0.0.1:$(cat "$dir/port")
echo secret >"$dir/secret"

try_admins() {
	run admin code
	is $rc 0 "a code for the first run"
	like "$out" '^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$' \
		"is alone on standard output"
	code=$out
	run admin code --json
	like "$out" '^\{"code":"[0-9A-Z-]{19}","expiresAt":"20' "as JSON"
	is "$(printf '%s' "$out" | grep -c "$code")" 0 "and another one"
	grep -rqF "$code" "$dir/$mode"
	is $? 1 "the code itself is not on the disk"
	run admin create root
	is $rc 0 "an administrator"
	like "$out" '^password: [0-9A-Za-z]{20}$' "gets a password"
	run admin code
	is $rc 1 "then there are no codes"
	like "$err" "There is an administrator already" "and the reason is said"
	run admin create root
	is $rc 1 "not twice"
	like "$err" "already" "and the reason is said"
	echo 'correct horse' >"$dir/password"
	run admin create chief --password-file "$dir/password"
	is "$rc" 0 "a password from a file"
	is "$out" "created administrator chief" "is not shown"
	echo short >"$dir/password"
	run admin password chief --password-file "$dir/password"
	is $rc 1 "a short password"
	like "$err" "at least 8" "is refused"
	echo 'battery staple' >"$dir/password"
	in=$dir/password
	run admin passwd chief --password-stdin
	in=/dev/null
	is "$rc:$out" "0:new password for administrator chief" "from stdin"
	run admin password nobody
	is $rc 1 "nobody has no password"
	for name in operator token:x 'two words' ''; do
		run admin create "$name"
		is $rc 1 "no administrator is called '$name'"
	done
	run admin list
	is "$(printf '%s\n' "$out" | cut -d' ' -f1 | tr '\n' ' ')" \
		"NAME root chief " "lists them"
	run --json admin create temp
	like "$out" '^\{"username":"temp",.*"password":"[^"]{20}"\}$' "as JSON"
	run admin delete temp
	is "$rc:$out" 0:deleted "deletes"
	run admin delete chief
	run admin delete root
	is $rc 1 "but not the last one"
	like "$err" "last administrator" "and says so"
}

try_tokens() {
	run token create ci --expires 30d
	like "$out" '^[0-9a-f]{64}$' "a token is alone on standard output"
	run token create ci
	is $rc 1 "a token's name is its own"
	run token create other
	run token list
	like "$out" '^other +token .* never ' "tokens are listed"
	run token list --json
	like "$out" '^\[\{"id":"[^"]*","kind":"token","name":"ci"' "as JSON"
	run token revoke ci
	is "$rc:$out" 0:revoked "revoked by name"
	run token revoke ci
	is $rc 1 "once"
	run token list --json
	id=$(member id)
	run token revoke "$id"
	is "$rc:$out" 0:revoked "revoked by id"
	run token list
	is "$out" "(none)" "none is left"
}

try_keys() {
	run key create laptop --concurrency 3 --models 'claude-*,x' \
		--expires 2100-01-31 --tags a,b --description 'my own'
	key=$out
	like "$key" '^cr_[0-9a-f]{64}$' "a key is alone on standard output"
	grep -rqF "$key" "$dir/$mode"
	is $? 1 "the key itself is not on the disk"
	run key list
	like "$out" "^laptop +cr_….* active +0 " "keys are listed"
	run key show laptop
	like "$out" "^concurrency +3$" "its limit"
	like "$out" "^models +claude-\*, x$" "its models"
	like "$out" "^expires +2100-01-31 00:00:00Z$" "its end"
	run key update laptop --concurrency 0 --models '' --active no \
		--expires never --name desk
	is "$rc:$out" 0:updated "changed"
	run key show desk --json
	is "$(member concurrencyLimit)" 0 "no limit"
	like "$out" '"allowedModels":\[\],' "no list"
	like "$out" '"expiresAt":null' "no end"
	like "$out" '"status":"inactive"' "switched off"
	id=$(member id)
	run key create desk
	run key show desk
	is $rc 1 "a name that two keys have"
	like "$err" "^note: $id\$" "asks for the id"
	run key delete "$id"
	is "$rc:$out" 0:deleted "deleted by id"
	run key show desk
	is $rc 0 "now the name is enough"
	run key list --search nothing
	is "$out" "(none)" "search"
	run key create third
	run key list --limit 1
	is "$(printf '%s\n' "$out" | cut -d' ' -f1 | tr '\n' ' ')" \
		"NAME third " "the newest first, so many"
	like "$err" "^The newest 1 of 2" "and how many there are"
	run key delete third
	run key delete ''
	is $rc 2 "no name is nobody's"
	run key create ''
	is $rc 1 "a key needs a name"
	run key create limits --window 60 --window-requests 100 \
		--window-tokens 5000 --window-cost 0.5 --daily-cost 2 \
		--total-cost 30.25
	run key show limits
	is "$(printf '%s\n' "$out" | sed -n 's/^window, minutes *//p;
		s/^window requests *//p; s/^window tokens *//p
		s/^window cost *//p; s/^daily cost *//p; s/^total cost *//p' |
		tr '\n' ' ')" '60 100 5000 0.5 2 30.25 ' "all limits"
	run key create a --set dailyCostLimit=5 --set 'tags=["x"]'
	is $rc 0 "any field can be set"
	run key show a
	like "$out" '^tags +x$' "as what it is"
	run key create c --set dayliCostLimit=5
	like "$err" '^note: .*dayliCostLimit' "what means nothing is said"
	like "$out" '^cr_[0-9a-f]{64}$' "beside the key"
	run key create b --set noSuchType= --concurrency 99999999999
	is $rc 1 "the interface judges"
	like "$err" "concurrencyLimit" "and names the field"
}

try_accounts() {
	run account add Qwen --endpoint "$url" --model demo-model \
		--serves 'demo-model,claude-*' --api-key-file "$dir/secret" \
		--priority 60 --max-concurrent 5
	is $rc 0 "an account"
	like "$out" '^test: ok, ' "is tested at once"
	grep -rqF "$(cat "$dir/secret")-" "$dir/$mode"
	run account add bad --endpoint ftp://x --model y
	is $rc 1 "a bad endpoint"
	like "$err" "Invalid endpoint format" "is refused in words"
	run account add other --type openai --endpoint "$url" \
		--serves 'a=demo-model,b'
	like "$out" '^test: FAILED: ' "a test that fails adds all the same"
	run account list
	like "$out" '^Qwen +azure-openai +active +60 .* demo-model +http' \
		"accounts are listed"
	like "$out" '^other +openai +' "of all kinds"
	run account show other
	like "$out" '^serves +a=demo-model, b=$' "names and what is sent"
	run account test Qwen
	is $rc 0 "a test"
	like "$out" '^Qwen: ok, [0-9]+ ms, first token after' "says what it found"
	run account test
	is $rc 1 "a test of all"
	like "$out" '^other: FAILED: ' "with the reason"
	run account update other --api-key-file "$dir/secret" \
		--model demo-model --priority 7 --set suportedModels='["x"]'
	is "$rc:$out" 0:updated "changed"
	like "$err" '^note: .*suportedModels' "with what was not understood"
	run account test --json
	is $rc 0 "good now"
	is "$(printf '%s\n' "$out" | grep -o '"ok":true' | wc -l)" 2 "as JSON"
	run account update other --set timeouts.idleMs=5000 \
		--set options.thinkTags=off --context-window 4096
	run account show other
	like "$out" '^time limits .*idleMs=5000' "a member of a field"
	like "$out" '^options .*thinkTags=off' "an option"
	like "$out" '^context window +4096$' "and a number"
	run account reset other
	is "$rc:$out" 0:reset "reset"
	run account disable other
	is "$rc:$out" 0:disabled "switched off"
	run status
	like "$out" '^other +inactive +isActive is false' "status says so"
	run routes
	like "$out" '^a +demo-model +other +a +7 +1 +inactive$' "and so do the routes"
	like "$out" '^claude-\* +demo-model +Qwen +claude-\* +60 +1 +active$' "who serves what"
	run account enable other
	run routes --json
	like "$out" '"model":"a","pattern":"a","sentModel":"demo-model".*"status":"active"' \
		"switched on"
	run account show nothing
	is $rc 1 "no such account"
	run account delete other
	is "$rc:$out" 0:deleted "deleted"
}

try_import() {
	cat >"$dir/models.json" <<-END
		{"models": [
		  {"name": "Seer", "endpoint": "$url", "deployment": "demo-model",
		   "type": "vision", "mapping": "claude-3-opus-20240229",
		   "apiKey": "secret"},
		  {"name": "Qwen", "endpoint": "$url", "deployment": "demo-model",
		   "type": "chat", "mapping": ["claude-3-haiku", "claude-3-x"]},
		  {"name": "Gone", "endpoint": "http://127.0.0.1:1",
		   "deployment": "gone", "type": "code", "mapping": "claude-y",
		   "supportd": 1}
		]}
	END
	run account import "$dir/models.json"
	is $rc 0 "an import"
	like "$out" '^Seer: created, test ok, ' "adds"
	like "$out" '^Qwen: updated, test ok, ' "updates"
	like "$out" '^Gone: created, test FAILED: Nothing accepts' "tests"
	like "$err" '^note: models\[2\]: supportd' "and remarks"
	run account list --json
	before=$(printf '%s\n' "$out" | grep -o '"platform"' | wc -l)
	in=$dir/models.json
	run account import - --json
	in=/dev/null
	like "$out" '^\[\{"id":"[^"]*","name":"Seer","action":"updated","test":\{"ok":true' \
		"again, from standard input, as JSON"
	run account list --json
	is "$(printf '%s\n' "$out" | grep -o '"platform"' | wc -l)" "$before" \
		"doubles nothing"
	run account show Qwen
	like "$out" '^serves +claude-3-haiku, claude-3-x$' "maps"
	like "$out" '^capabilities +tools, thinking$' "a chat model sees nothing"
	like "$out" '^priority +60$' "what the file does not say stays"
	run account show Seer
	like "$out" '^capabilities +vision, tools, thinking$' "a vision model does"
	cat >"$dir/models.json" <<-END
		[{"name": "Seer", "priority": 33},
		 {"name": "T", "type": "dance", "endpoint": "$url"}]
	END
	run account import "$dir/models.json"
	is $rc 1 "an import of which a part is refused"
	like "$err" "models\[1\]: type must be" "names it"
	run account show Seer
	like "$out" '^priority +50$' "and leaves the rest"
	run account export
	like "$out" '"name":"Seer".*"withheld":\["apiKey"\]' "an export"
	printf '%s\n' "$out" >"$dir/export.json"
	run account import "$dir/export.json" --json
	is "$(printf '%s\n' "$out" | grep -o '"action":"updated"' | wc -l)" 3 \
		"can be imported"
	run account test Seer
	is $rc 0 "and keeps the keys"
	for bad in '{' '{}' '{"models": {}}' '"x"'; do
		echo "$bad" >"$dir/models.json"
		run account import "$dir/models.json"
		is $rc 1 "no import: $bad"
	done
	run account import "$dir/nowhere"
	is $rc 1 "no file"
}

try_sights() {
	run status
	# What a test showed is known as long as the responder runs.
	if [ "$mode" = running ]; then
		like "$out" '^Gone +active +[0-9]+ failures? in a row' \
			"status: whose test failed"
	else
		like "$out" "^accounts +3 of 3 ok\$" "status: accounts"
	fi
	run status --json
	like "$out" '"accounts":\{"total":[0-9]+,"ok":[0-9]+\}' "as JSON"
	run stats
	is $rc 0 "stats"
	like "$out" '^by account$' "by account"
	like "$out" '^by model$' "by model"
	run stats --json
	like "$out" '^\{"total":\{"requestsToday":0,' "as JSON"
}

try_prices() {
	run price list
	is "$out" "(none)" "no prices"
	run price set 'qwen3-*' --input 0.2 --output 0.6
	is "$rc:$out" 0:set "a price"
	run price set a/b --input 1 --cache-read 0.1 --cache-write 1.25
	run price list
	like "$out" '^a/b +1 +0 +0\.1 +1\.25 +20' "is listed"
	like "$out" '^qwen3-\* +0\.2 +0\.6 +0 +0 +20' "a pattern too"
	run price list --json
	printf '%s\n' "$out" >"$dir/prices.json"
	run price remove a/b
	is "$rc:$out" 0:removed "removed"
	run price remove a/b
	is $rc 1 "once"
	run price set 'a*b'
	is $rc 1 "a star in the middle"
	run price import "$dir/prices.json"
	is "$rc:$out" "0:imported: 2 prices" "what was listed can be imported"
	echo '{"x":{"input_cost_per_token":1e-6},"y":{"input":-1}}' \
		>"$dir/prices.json"
	run price import "$dir/prices.json"
	is $rc 1 "an import of which a part is wrong"
	like "$err" "y: input must be" "names it"
	run price list --json
	is "$(printf '%s\n' "$out" | grep -o '"model"' | wc -l)" 2 \
		"and sets nothing"
}

try_backup() {
	run backup monday
	is $rc 0 "a backup"
	like "$out" "^$dir/$mode/state/backups/monday: [0-9.]+ MB\$" \
		"by its name"
	like "$out" '^whole: 3 accounts, [0-9]+ API keys, ' "is verified"
	like "$err" "^note: the key file is not in it: .*$dir/$mode/state/master.key" \
		"and the key file is another matter"
	is "$(stat -c %a "$dir/$mode/state/backups/monday")" 700 \
		"it is for its owner only"
	is "$(ls "$dir/$mode/state/backups/monday" | tr '\n' ' ')" \
		"backup.json db " "this is in it"
	run backup monday
	is $rc 1 "never into a folder that is there"
	like "$err" "is there already" "in words"
	run backup "$dir/$mode-copy" --with-key --json
	is $rc 0 "with the key file, anywhere, as JSON"
	like "$out" '"includesKey":true,"verified":\{"problems":\[\],' "as asked for"
	is "$(stat -c %a "$dir/$mode-copy/master.key")" 600 "for nobody else"
	run backup "$dir/no/such/folder"
	is $rc 1 "nowhere"
	run backup ../x/../../y --no-verify
	is $rc 1 "nor there"
	run backup '.hidden'
	is $rc 1 "a name without dot in front"
	run verify monday
	is $rc 0 "verified again"
	run verify nothing
	is $rc 1 "nothing to verify"
	run restore monday
	is $rc 1 "a state that is there stays"
	like "$err" "there is a state in .*; --force" "unless it is to go"
	run restore nothing --force
	is $rc 1 "nothing to restore"
}

for mode in stopped running; do
	mkdir "$dir/$mode"
	conf=$dir/$mode.conf
	printf 'state_dir = %s/state\nsocket = %s/state/relay.sock\n%s\n' \
		"$dir/$mode" "$dir/$mode" "grace_seconds = 1" \
		>"$conf"
	if [ $mode = running ]; then
		"$fcgi" --config "$conf" >"$dir/log" 2>&1 </dev/null &
		responder=$!
		pids="$pids $responder"
		wait_for "$dir/running/state/control"
	fi
	try_admins
	is "$(stat -c %a "$dir/$mode/state")" 700 \
		"the state is for its owner only"
	is "$(stat -c %a "$dir/$mode/state/master.key")" 600 \
		"so is the key file"
	try_tokens
	try_keys
	try_accounts
	try_import
	try_sights
	try_prices
	try_backup
	run status
	[ $mode = stopped ]
	is "$rc:$(printf '%s\n' "$out" | sed -n 's/^state   *//p')" \
		"$([ $mode = running ] && echo 0:running || echo 3:stopped)" \
		"status: state"
	like "$out" "^state folder +$dir/$mode/state\$" "where it lies"
	like "$out" "^settings +$conf\$" "and the settings"
	run status --json
	is "$(member configFile)" "$conf" "as JSON"
done

# ------------------------------------------------------------------ backups

# While it runs, nothing is taken from under it.
run restore monday --force
is $rc 1 "restore under a responder"
like "$err" "in use by process $responder" "names it"
run verify
is $rc 1 "verify under a responder"
run key list
is $rc 0 "which goes on"

mode=restore
conf=$dir/stopped.conf
run key list
before=$out
run verify
is $rc 0 "the state of a stopped one"
run key create latecomer
run restore monday --force
is $rc 0 "a backup put back"
like "$out" "^the old state is now: $dir/stopped/state/db.before-[0-9TZ]*\$" \
	"the old one is kept"
run key list
is "$out" "$before" "all is as it was"
printf 'state_dir = %s/fresh\n' "$dir" >"$dir/fresh.conf"
conf=$dir/fresh.conf
run restore "$dir/stopped/state/backups/monday"
is $rc 1 "without a key file there is no restoring"
like "$err" "put the one there that the backup was made with" "which is said"
run restore "$dir/stopped-copy"
is $rc 0 "with it there is"
run key list
is "$out" "$before" "on another machine"
run restore "$dir/running-copy" --force
is $rc 0 "the backup of another installation"
like "$out" '^the old key file is now: ' "brings its key file"
run account test Seer
is $rc 0 "so that secrets can be read"
cp "$dir/stopped/state/master.key" "$dir/fresh/master.key"
run account list
is $rc 3 "another key file"
run verify "$dir/stopped-copy"
is $rc 0 "a backup is verified with its own"
printf 'rubbish' | dd of="$dir/stopped-copy/db/keys.db" bs=1 seek=4116 \
	conv=notrunc 2>/dev/null
run verify "$dir/stopped-copy"
is $rc 1 "a damaged backup"
like "$err" "^llmrelayctl: keys.db is damaged" "is seen"
run restore "$dir/stopped-copy" --force
is $rc 1 "and not restored"
like "$err" "nothing was changed" "at all"
conf=$dir/running.conf
mode=running

# ------------------------------------------------------------------ transfer

mode=transfer
conf=$dir/stopped.conf
run config export
is $rc 0 "the configuration as a file"
printf '%s\n' "$out" >"$dir/relay.json"
grep -qF '"secret"' "$dir/relay.json"
is $? 1 "without secrets"
run account list --json
before=$(printf '%s\n' "$out" | grep -o '"name":"[^"]*"' | sort)
printf 'state_dir = %s/moved\n' "$dir" >"$dir/moved.conf"
conf=$dir/moved.conf
run config import "$dir/relay.json"
is $rc 0 "into another installation"
like "$out" '^Seer: created$' "adds accounts"
like "$err" '^note: Seer: the file does not have its apiKey$' \
	"and says what they lack"
run account list --json
is "$(printf '%s\n' "$out" | grep -o '"name":"[^"]*"' | sort)" "$before" "all of them"
run price list
like "$out" '^qwen3-\* ' "prices too"
run config import "$dir/relay.json"
like "$out" '^Seer: updated$' "again: nothing is doubled"
is "$err" "" "and what is there stays"
cat >"$dir/relay.json" <<-END
	{"of": "llmrelay",
	 "groups": [{"id": "g1", "name": "fast", "platform": "openai"}],
	 "accounts": {"openai": [{"name": "grouped", "baseApi": "$url",
	   "accountType": "group", "groupIds": ["g1"]}]}}
END
run config import "$dir/relay.json"
is "$rc:$err" 0: "a group and its member"
run config import "$dir/relay.json"
is $rc 0 "again"
run config export
is "$(printf '%s\n' "$out" | grep -o '"name":"fast"' | wc -l)" 1 "is one group"
id=$(printf '%s\n' "$out" | sed -n 's/.*"groups":\[{"id":"\([^"]*\)".*/\1/p')
like "$out" "\"name\":\"grouped\".*\"groupIds\":\\[\"$id\"\\]" \
	"to which it belongs"
for bad in '{' '[]' '{"accounts": {}}'; do
	echo "$bad" >"$dir/relay.json"
	run config import "$dir/relay.json"
	is $rc 1 "no export: $bad"
done
conf=$dir/running.conf
mode=running

# ------------------------------------------------------------------ running

run status --json
is "$(member pid)" "$responder" "status: the process"
is "$(stat -c %a "$dir/running/state/control")" 600 \
	"the token is for its owner only"
token=$(sed -n 's/^token = //p' "$dir/running/state/control")
like "$(grep 'path=/admin/tokens' "$dir/log" | head -n 1)" \
	'remote=local user=operator' "the log names the operator"
grep -qF "$token" "$dir/log"
is $? 1 "and not the token"

# Settings again, by the command and by the signal.
run reload
is "$rc:$out" "0:nothing has changed" "reload: nothing new"
printf 'ping_ms = 900\nworkers = 3\n' >>"$conf"
run reload
is $rc 0 "reload"
like "$out" '^changed: +ping_ms$' "what counts now"
like "$out" '^needs a restart: +workers$' "what does not"
echo 'ping_ms = no' >>"$conf"
run reload
is $rc 1 "a mistake in the file"
like "$err" 'ping_ms was given in line' "is named"
sed -i '$d; s/^ping_ms.*/ping_ms = 800/' "$conf"
before=$(grep -c 'changed: ping_ms' "$dir/log")
kill -HUP "$responder"
tries=0
until [ "$(grep -c 'changed: ping_ms' "$dir/log")" -gt "$before" ] ||
	[ $tries -ge 500 ]; do
	tries=$((tries + 1))
	sleep 0.02
done
run status --json
is "$(member pid)" "$responder" "SIGHUP: it goes on"
is "$(grep -c 'changed: ping_ms' "$dir/log")" $((before + 1)) \
	"with the new settings"
sed -i '/^ping_ms/d; /^workers/d' "$conf"

# Killed: what it left is no obstacle.
kill -9 "$responder"
wait "$responder" 2>/dev/null
mode=killed
is "$([ -S "$dir/running/state/relay.sock" ] && echo there)" there \
	"a stale socket"
run account list
is $rc 0 "is no obstacle"
like "$out" '^Seer ' "what was made is there"
run status
is $rc 3 "status: stopped"

# The token of the one that was killed is replaced.
mode=again
rm "$dir/log"
"$fcgi" --config "$conf" >"$dir/log" 2>&1 </dev/null &
responder=$!
pids="$pids $responder"
tries=0
until grep -qs 'is ready' "$dir/log" || [ $tries -ge 500 ]; do
	tries=$((tries + 1))
	sleep 0.02
done
[ "$token" != "$(sed -n 's/^token = //p' "$dir/running/state/control")" ]
ok $? "each start makes a new token"
run status
is $rc 0 "which is found"
cp "$dir/running/state/control" "$dir/control"
sed -i "s/^token = .*/token = $token/" "$dir/running/state/control"
run admin list
is $rc 3 "a wrong token"
like "$err" "does not take the token in $dir/running/state/control" \
	"is told from other refusals"
printf 'token\n' >"$dir/running/state/control"
run admin list
is $rc 3 "a broken file"
like "$err" "control:1: " "is named with its line"
cp "$dir/control" "$dir/running/state/control"

# A database whose owner says nothing of itself is not touched.
rm "$dir/running/state/control"
run --timeout 1 admin list
is $rc 3 "a database in use"
like "$err" "in use by process $responder" "names its owner"
cp "$dir/control" "$dir/running/state/control"

# as USER COMMAND...: where root can be somebody else.
as() {
	user=$1
	shift
	setpriv --reuid="$user" --regid="$user" --clear-groups "$@"
}
others=
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	mkdir "$dir/bin"
	cp "$ctl" "$dir/bin/llmrelayctl"
	cp "$fcgi" "$dir/bin/llmrelay.fcgi"
	chmod -R a+rX "$dir/bin"
	chmod 755 "$dir" "$dir/running"
	chmod 644 "$conf"
	! as 65534 "$dir/bin/llmrelayctl" --version >/dev/null 2>&1 ||
		others=yes
fi

if [ -n "$others" ]; then
	err=$(as 65534 "$dir/bin/llmrelayctl" --config "$conf" admin list \
		2>&1 >/dev/null)
	is $? 3 "others may not"
	like "$err" "Run it as root" "and are told who may"
fi

kill "$responder"
wait "$responder"
mode=ended
is "$(ls "$dir/running/state/control" 2>/dev/null)" "" \
	"a clean end takes the token along"
run admin list
is $rc 0 "then the database is opened"

# A responder that is not root's, on a socket whose path is relative.
if [ -n "$others" ]; then
	mode=theirs
	mkdir -m 700 "$dir/theirs"
	chown 65534:65534 "$dir/theirs"
	"$dir/bin/llmrelayctl" --state "$dir/theirs" admin create root \
		>/dev/null 2>"$dir/err"
	is $? 0 "root makes what is theirs"
	is "$(find "$dir/theirs" ! -user 65534)" "" "and it is theirs"
	(cd "$dir/theirs" && exec setpriv --reuid=65534 --regid=65534 \
		--clear-groups "$dir/bin/llmrelay.fcgi" --state "$dir/theirs" \
		--socket ./own.sock) >"$dir/log" 2>&1 </dev/null &
	responder=$!
	pids="$pids $responder"
	wait_for "$dir/theirs/control"
	"$dir/bin/llmrelayctl" --state "$dir/theirs" status >"$dir/out" \
		2>"$dir/err"
	is $? 0 "root reaches it"
	like "$(cat "$dir/out")" "^socket  *$dir/theirs/own.sock\$" \
		"where it is from anywhere"
	err=$(as 65533 "$dir/bin/llmrelayctl" --state "$dir/theirs" status \
		2>&1 >/dev/null)
	is $? 3 "others do not"
	like "$err" "as root or as (nobody|user 65534): sudo" "and hear who may"
	kill "$responder"
	wait "$responder"
	as 65534 "$dir/bin/llmrelayctl" --state "$dir/theirs" admin list \
		>"$dir/out" 2>"$dir/err"
	is $? 0 "its owner may, with none running"
	mode=ended
fi

"$ctl" --state "$dir/stopped/state" key list >"$dir/out" 2>&1
is $? 0 "--state without a configuration"
like "$(cat "$dir/out")" '^desk ' "finds the database"
"$ctl" --state "$dir/none/yet" status >"$dir/out" 2>&1
is $? 3 "status of what never ran"
like "$(cat "$dir/out")" '^state +never started' "says so"
like "$(cat "$dir/out")" "^state folder +$dir/none/yet\$" "and where it looked"
is "$([ -e "$dir/none" ] && echo made)" "" "and makes nothing"
out=$("$ctl" --state "$dir/none/yet" status --json)
like "$out" "^.\"running\":false,\"stateDir\":\"$dir/none/yet\"" "as JSON"
"$ctl" --config "$dir/nowhere" status >"$dir/out" 2>"$dir/err"
is $? 1 "a configuration that is not there"
"$ctl" --config "$conf" key list >/dev/full 2>"$dir/err"
is $? 1 "output that cannot be written"
echo "1..$n"
