# Finds long, wide and deep functions in stripped K&R code: a function's braces
# stand in the first column, its signature ends just before.  The variable
# allowed is a pattern of functions that may be wide.

function finding(kind, text)
{
	print kind " " file ":" start ": " text
}

# Commas at the first level of the parentheses, plus one.
function parameters(sig,    i, c, depth, n)
{
	n = 1
	for (i = index(sig, "("); i <= length(sig); i++) {
		c = substr(sig, i, 1)
		if (c == "(")
			depth++
		else if (c == ")" && --depth == 0)
			return n
		else if (c == "," && depth == 1)
			n++
	}
	return n
}

/^\{/ && signature ~ /\)[ \t]*$/ {
	inside = 1
	start = NR
	depth = deepest = 0
	if (parameters(signature) > 6 && signature !~ allowed)
		finding("parameters", parameters(signature) " parameters")
}

inside {
	for (i = 1; i <= length($0); i++) {
		c = substr($0, i, 1)
		if (c == "{" && ++depth > deepest)
			deepest = depth
		else if (c == "}")
			depth--
	}
	if (depth == 0) {
		inside = 0
		if (NR - start - 1 > 60)
			finding("function", NR - start - 1 " lines")
		if (deepest - 1 > 4)
			finding("nesting", deepest - 1 " levels")
	}
}

# The signature collects what follows the last complete declaration.
{
	if ($0 ~ /^[}#]/ || $0 ~ /;[ \t]*$/ || $0 ~ /^[ \t]*$/)
		signature = ""
	else
		signature = signature " " $0
}
