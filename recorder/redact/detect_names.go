package redact

import (
	"slices"
)

// names are a list of names by their first word.
type names map[string][]listed

// listed is a name and how many words it has.
type listed struct {
	name  string
	words int
}

// newNames reads a list of names of one or several words.
func newNames(list []string) names {
	n := names{}
	for _, name := range list {
		if words := wordsOf(name); len(words) > 0 {
			first := name[words[0].start:words[0].end]
			n[first] = append(n[first], listed{name[words[0].start:words[len(words)-1].end], len(words)})
		}
	}
	for _, entries := range n {
		slices.SortFunc(entries, func(a, b listed) int { return b.words - a.words })
	}
	return n
}

func wordsOf(v string) []span {
	var words []span
	at := 0
	eachWord(v, func(part string, word bool) {
		if word {
			words = append(words, span{start: at, end: at + len(part), as: Name})
		}
		at += len(part)
	})
	return words
}

// find finds names as whole words, the longest first.
func (n names) find(v string) []span {
	if len(n) == 0 {
		return nil
	}
	var found []span
	words := wordsOf(v)
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
	for _, l := range n[v[words[0].start:words[0].end]] {
		if l.words <= len(words) && v[words[0].start:words[l.words-1].end] == l.name {
			return l.words
		}
	}
	return 0
}
