# Prints C with comments and the insides of strings removed, line for line, so
# that other checks see code only.
{
	out = ""
	n = length($0)
	for (i = 1; i <= n; i++) {
		c = substr($0, i, 1)
		two = substr($0, i, 2)
		if (state == "comment") {
			if (two == "*/") {
				state = ""
				i++
			}
		} else if (state != "") {
			if (c == "\\")
				i++
			else if (c == state) {
				state = ""
				out = out c
			}
		} else if (two == "/*") {
			state = "comment"
			i++
		} else if (two == "//") {
			break
		} else {
			if (c == "\"" || c == "'")
				state = c
			out = out c
		}
	}
	if (state != "comment")
		state = ""
	print out
}
