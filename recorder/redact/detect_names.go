package redact

import (
	"slices"
	"strings"
)

// names are a list of names by their first word.
type names map[string][][]string

// newNames reads a list of names of one or several words.
func newNames(list []string) names {
	n := names{}
	for _, name := range list {
		if words := strings.Fields(name); len(words) > 0 {
			n[words[0]] = append(n[words[0]], words)
		}
	}
	for _, entries := range n {
		slices.SortFunc(entries, func(a, b []string) int { return len(b) - len(a) })
	}
	return n
}

// find finds names as whole words, the longest first.
func (n names) find(v string) []span {
	if len(n) == 0 {
		return nil
	}
	var words []span
	at := 0
	eachWord(v, func(part string, word bool) {
		if word {
			words = append(words, span{start: at, end: at + len(part), as: Name})
		}
		at += len(part)
	})
	var found []span
	for i := 0; i < len(words); i++ {
		if many := n.longest(v, words[i:]); many > 0 {
			found = append(found, span{start: words[i].start, end: words[i+many-1].end, as: Name})
			i += many - 1
		}
	}
	return found
}

// longest is how many of the words are a name.
func (n names) longest(v string, words []span) int {
	for _, name := range n[v[words[0].start:words[0].end]] {
		if len(name) <= len(words) && v[words[0].start:words[len(name)-1].end] == strings.Join(name, " ") {
			return len(name)
		}
	}
	return 0
}
