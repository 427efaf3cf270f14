# The address and the port of quickstart.
# shellcheck shell=sh

# The IPv4 addresses of this machine, from the kernel's table of routes.
own_addresses() {
	awk '/32 host LOCAL/ { print last } { last = $2 }' /proc/net/fib_trie
}

# is_own HOST: does its name or address lead to this machine?
is_own() {
	{
		echo "$1"
		getent ahostsv4 "$1" |
			sed -e 's/ .*//' -e 's/^127\..*/127.0.0.1/'
	} | grep -qxF -- "$(own_addresses)"
}

check_listen() {
	case $listen in
	localhost) listen=127.0.0.1 ;;
	0.0.0.0 | 127.*.*.*) return ;;
	esac
	own_addresses | grep -qxF -- "$listen" ||
		die "--listen is 0.0.0.0 or an IPv4 address of this machine, not '$listen'" \
			"it has: $(own_addresses | sort -u | tr '\n' ' ')"
}

# Sockets that listen on the port, by inode, from the kernel's tables.
listening() {
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
		awk -v port=":$(printf '%04X' "$1")" \
			'$4 == "0A" && $2 ~ port "$" { print $10 }'
}

# holders INODE...: the processes that have these sockets open.
holders() {
	for inode in "$@"; do
		find /proc/[0-9]*/fd -lname "socket:\[$inode\]" 2>/dev/null
	done | cut -d / -f 3 | sort -un
}

# Free, or held by the web server that this run replaces.
check_port() {
	first=$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null)
	[ "$port" -ge "${first:-1024}" ] ||
		die "port $port is for root, and nothing here runs as root" \
			"choose one from ${first:-1024} with --port"
	inodes=$(listening "$port")
	[ -n "$inodes" ] || return 0
	# shellcheck disable=SC2086 # numbers
	pids=$(holders $inodes)
	for pid in $pids; do
		! servers | grep -qx "$pid" || return 0
	done
	pid=$(printf '%s\n' "$pids" | head -n 1)
	[ -z "$pid" ] || pid=" by $(cat "/proc/$pid/comm") (process $pid)"
	die "port $port is taken$pid" \
		"choose another with --port, or stop what uses it"
}
