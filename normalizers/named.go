package normalizers

// SaidGenerated reports whether a rule says of a value, by its text, that it is
// generated: then it does not matter who makes it.
func (n *Normal) SaidGenerated(text string) bool {
	found := false
	n.root.each(func(t *Tree) { found = found || t.named && oneText(t.wholeText()) == oneText(text) })
	return found
}
