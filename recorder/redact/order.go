package redact

import (
	"encoding/binary"
	"maps"
	"slices"
	"unicode/utf8"
)

// trie maps the texts of one kind in one case to others of the same shape, so
// that their order by bytes stays, and with it what begins with what. Characters
// that follow one beginning, and are of one alphabet, are mapped to as many of
// it, chosen by hash and laid in order.
type trie struct {
	next map[rune]*trie
	to   map[rune]rune // made when first asked for
}

func (t *trie) add(v string) {
	for _, r := range v {
		if t.next == nil {
			t.next = map[rune]*trie{}
		}
		if t.next[r] == nil {
			t.next[r] = &trie{}
		}
		t = t.next[r]
	}
}

// text is the pseudonym of an added text. What follows a beginning that was not
// added is permuted.
func (t *trie) text(k *keyed, v string) string {
	out := make([]byte, 0, len(v))
	for i, r := range v {
		if t == nil || t.next[r] == nil {
			return string(out) + k.text("ordered", v[i:])
		}
		if t.to == nil {
			t.to = t.choose(k, v[:i])
		}
		out = utf8.AppendRune(out, t.to[r])
		t = t.next[r]
	}
	return string(out)
}

// choose maps the characters that follow a beginning.
func (t *trie) choose(k *keyed, before string) map[rune]rune {
	to := map[rune]rune{}
	sets, ranges := map[rune][]rune{}, map[rune][]rune{} // by the first character of the range
	for _, r := range slices.Sorted(maps.Keys(t.next)) {
		letters := orderedRange(k, r, before == "")
		if letters == nil {
			to[r] = r
			continue
		}
		sets[letters[0]] = append(sets[letters[0]], r)
		ranges[letters[0]] = letters
	}
	for first, used := range sets {
		for i, r := range k.pick(len(used), ranges[first], before) {
			to[used[i]] = r
		}
	}
	return to
}

// orderedRange is the characters that may stand for one without leaving its
// place among all others, in order; nil for a character that stays.
func orderedRange(k *keyed, r rune, begins bool) []rune {
	switch l := k.alphabets.letter(r); {
	case l.alphabet == nil, begins && r == '0':
		return nil
	case begins && '1' <= r && r <= '9':
		return firstDigits.lower
	case r >= utf8.RuneSelf:
		return k.alphabets.run(r)
	case l.upper:
		return l.alphabet.upper
	default:
		return l.alphabet.lower
	}
}

// pick chooses n different characters, in order.
func (k *keyed) pick(n int, from []rune, before string) []rune {
	noise := k.stream(2*len(from), "pick", before, string(from[0]))
	places := make([]int, len(from))
	for i := range places {
		places[i] = i
	}
	slices.SortFunc(places, func(a, b int) int {
		x, y := binary.BigEndian.Uint16(noise[2*a:]), binary.BigEndian.Uint16(noise[2*b:])
		if x != y {
			return int(x) - int(y)
		}
		return a - b
	})
	chosen := slices.Sorted(slices.Values(places[:n]))
	out := make([]rune, n)
	for i, place := range chosen {
		out[i] = from[place]
	}
	return out
}
