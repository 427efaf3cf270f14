#!/bin/sh
# llmrelayctl: what it makes, what it refuses, and a database that is in use.

ctl=${CTL-./llmrelayctl}

dir=$(mktemp -d) || exit 99
pid=
n=0

stop() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 99' INT TERM HUP

unset LLMRELAY_CONFIG
printf 'state_dir = %s/state\n' "$dir" >"$dir/conf"

# run ARGUMENT...: sets out, err and rc.
run() {
	"$ctl" --config "$dir/conf" "$@" >"$dir/out" 2>"$dir/err" </dev/null
	rc=$?
	out=$(cat "$dir/out")
	err=$(cat "$dir/err")
}

ok() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
	fi
}

is() {
	[ "$1" = "$2" ]
	ok $? "$3"
	[ "$1" = "$2" ] || printf '# got  %s\n# want %s\n' "$1" "$2"
}

like() {
	printf '%s\n' "$1" | grep -Eq "$2"
	found=$?
	ok $found "$3"
	[ $found = 0 ] || printf '# got  %s\n# want %s\n' "$1" "$2"
}

run --help
is $rc 0 "--help"
like "$out" '^  admin create NAME' "tells the commands"
run --version
like "$out" '^llmrelayctl [0-9]+\.[0-9]+' "--version"
for wrong in '' 'admin' 'admin fly' 'admin create' 'admin create a b' \
	'key create' 'key create a b' 'token create --x' 'key list x' \
	'--config' '--bogus admin list' 'admin create a --password-file'; do
	# shellcheck disable=SC2086 # words are wanted
	run $wrong
	is "$rc" 2 "wrong usage: '$wrong'"
done
like "$err" "Try 'llmrelayctl --help'" "points to the help"

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

run admin create root
is $rc 0 "an administrator"
like "$out" '^password: [0-9A-Za-z]{20}$' "gets a password"
is "$(stat -c %a "$dir/state")" 700 "the state is for its owner only"
is "$(stat -c %a "$dir/state/master.key")" 600 "so is the key file"
run admin create root
is $rc 1 "not twice"
like "$err" "admin passwd" "says what to do instead"
echo 'correct horse' >"$dir/password"
run admin create chief --password-file "$dir/password"
is "$rc" 0 "a password from a file"
is "$out" "created administrator chief" "is not shown"
echo short >"$dir/password"
run admin passwd chief --password-file "$dir/password"
is $rc 1 "a short password"
like "$err" "at least 8" "is refused"
run admin passwd nobody
is $rc 1 "nobody has no password"
run admin list
is "$(printf '%s\n' "$out" | cut -d' ' -f1 | tr '\n' ' ')" "root chief " \
	"lists them"

run token create ci
like "$out" '^[0-9a-f]{64}$' "a token is alone on standard output"
run token list
like "$out" 'token +ci .* expires never' "tokens are listed"
run key create laptop
key=$out
like "$key" '^cr_[0-9a-f]{64}$' "a key is alone on standard output"
run key list
like "$out" "cr_….* active +laptop" "keys are listed"
grep -rqF "$key" "$dir/state"
is $? 1 "the key itself is not on the disk"
run key create ''
is $rc 1 "a key needs a name"

# While it waits for a password it holds the database, as the responder does.
mkfifo "$dir/fifo"
"$ctl" --config "$dir/conf" admin create late --password-stdin \
	<"$dir/fifo" >/dev/null 2>&1 &
pid=$!
exec 3>"$dir/fifo"
tries=0
until grep -q "$dir/state/.*__db" "/proc/$pid/maps" || [ $tries -ge 500 ]; do
	tries=$((tries + 1))
	sleep 0.02
done
run admin list
is $rc 1 "a database in use is not touched"
like "$err" "The responder is running" "and the reason is said"
echo 'battery staple' >&3
exec 3>&-
wait "$pid"
is $? 0 "its owner goes on"
pid=
run admin list
like "$out" '^late ' "and is done"
echo "1..$n"
