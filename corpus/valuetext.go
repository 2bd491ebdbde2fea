package corpus

// ValueText is a value on one line, as it would stand in a case.
func ValueText(v Value) string {
	var w valueWriter
	n := w.value(v)
	var out yamlWriter
	out.flow(n)
	return out.String()
}
