package redact

import (
	"slices"
)

// keywords finds which of many words a text holds, in one pass and whatever the
// case (Aho and Corasick, 1975). The zero value holds none.
type keywords struct {
	nodes []keywordNode
}

type keywordNode struct {
	next [256]int32 // 0: none, until link
	fail int32
	owns []int // of the words that end here
}

// add adds a word in lower case, with a number that stands for it.
func (k *keywords) add(word string, owner int) {
	if len(k.nodes) == 0 {
		k.nodes = make([]keywordNode, 1)
	}
	at := int32(0)
	for i := range len(word) {
		if k.nodes[at].next[word[i]] == 0 {
			k.nodes = append(k.nodes, keywordNode{})
			k.nodes[at].next[word[i]] = int32(len(k.nodes) - 1)
		}
		at = k.nodes[at].next[word[i]]
	}
	k.nodes[at].owns = append(k.nodes[at].owns, owner)
}

// link completes the automaton once all words are there.
func (k *keywords) link() {
	if len(k.nodes) == 0 {
		return
	}
	var queue []int32
	for _, n := range k.nodes[0].next {
		if n != 0 {
			queue = append(queue, n)
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		node := &k.nodes[at]
		node.owns = append(node.owns, k.nodes[node.fail].owns...)
		for b, n := range node.next {
			fallback := k.nodes[node.fail].next[b]
			if n == 0 {
				node.next[b] = fallback
				continue
			}
			k.nodes[n].fail = fallback
			queue = append(queue, n)
		}
	}
}

// find are the numbers of the words that a text holds, each once, in order.
func (k *keywords) find(text string) []int {
	if len(k.nodes) == 0 {
		return nil
	}
	var found []int
	at := int32(0)
	for i := range len(text) {
		b := text[i]
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		at = k.nodes[at].next[b]
		if owns := k.nodes[at].owns; len(owns) > 0 {
			found = append(found, owns...)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
