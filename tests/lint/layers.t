#!/bin/sh
# A folder is a layer: what each may include, from HACKING.md.
. "${srcdir:-.}/tests/lint/lib.sh"

lower='base proto sched store io web'

# may_include LAYER: layers whose headers it may include
may_include() {
	case $1 in
	base) echo base ;;
	proto | sched | store | io | web) echo "base $1" ;;
	app) echo "$lower app" ;;
	relay) echo "$lower app relay" ;;
	admin) echo "$lower app admin" ;;
	bridge) echo "base bridge" ;;
	demo) echo "base demo" ;;
	ctl) echo "$lower app admin ctl" ;;
	*) echo ;;
	esac
}

# may_see HEADER LAYER: layers that may see a library's header
may_see() {
	case $1 in
	cjson/* | sodium.h) echo base ;;
	db.h) echo store ;;
	uv.h) echo io demo ;;
	curl/*) echo io ;;
	fcgiapp.h | fcgi_stdio.h) echo web ;;
	*) echo "$2" ;;
	esac
}

is_in() {
	case " $2 " in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

for folder in src/*/; do
	layer=$(basename "$folder")
	allowed=$(may_include "$layer")
	bad=$(grep -RnoE '^#[ 	]*include[ 	]+[<"][^">]+' "$folder" |
		sed 's/#[ 	]*include[ 	]*//' |
		while IFS= read -r line; do
			what=${line##*[<\"]}
			case $line in
			*'"'*) is_in "${what%%/*}" "$allowed" ;;
			*) is_in "$layer" "$(may_see "$what" "$layer")" ;;
			esac || echo "$line"
		done)
	report "src/$layer includes only what it may" "$bad"
done

bad=$(grep -RnE '^#[ 	]*include[ 	]+"\.' src cgi-bin tests bench 2>/dev/null)
report "includes are written from src/" "$bad"

bad=$(for header in $(c_files src | grep '\.h$'); do
	guard=$(echo "${header#src/}" | tr 'a-z/.' 'A-Z__')
	grep -q "^#ifndef $guard\$" "$header" || echo "$header: no guard $guard"
done)
report "headers have the guard of their path" "$bad"
done_testing
