package normalizers

import (
	"slices"
	"strings"
)

// Pair is an item of the left list with the item of the right one that it is
// compared with; -1 where there is none.
type Pair struct{ Left, Right int }

// Align pairs the items of two lists: equal ones first, then those most alike.
// moved reports whether an item of an ordered list stands elsewhere among the
// others. Pairs are in the order of the left list, with what is only in the right
// one where it stands there.
func (j *Joint) Align(l, r *Tree) (pairs []Pair, moved bool) {
	a := &aligner{left: l.Children, right: r.Children}
	a.toRight, a.toLeft = unpaired(len(a.left)), unpaired(len(a.right))
	if l.Unordered && r.Unordered {
		a.byHash((*Tree).currentHash)
		a.byKey()
		a.byHash((*Tree).blankHash)
		a.byLikeness()
		return a.pairs(), false
	}
	a.inOrder()
	a.anchors = slices.Clone(a.toRight)
	moved = a.elsewhere()
	a.gaps()
	return a.pairs(), moved
}

type aligner struct {
	left, right     []*Tree
	toRight, toLeft []int
	anchors         []int // toRight of the equal items that keep their order
}

func unpaired(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = -1
	}
	return out
}

func (a *aligner) join(l, r int) { a.toRight[l], a.toLeft[r] = r, l }

func (t *Tree) currentHash() uint64 { return t.hash }

// blankHash takes no notice of generated values.
func (t *Tree) blankHash() uint64 {
	if !t.live {
		return t.hash
	}
	h := t.own
	sum := uint64(0)
	for _, c := range t.Children {
		if t.Unordered {
			sum += mix(c.blankHash(), 7)
			continue
		}
		h = mix(mix(h, hashText(c.Name)), c.blankHash())
	}
	return mix(h, sum)
}

// byHash pairs what has one hash, by rank.
func (a *aligner) byHash(hash func(*Tree) uint64) {
	waiting := map[uint64][]int{}
	for i, t := range a.right {
		if a.toLeft[i] < 0 {
			h := hash(t)
			waiting[h] = append(waiting[h], i)
		}
	}
	for i, t := range a.left {
		if a.toRight[i] >= 0 {
			continue
		}
		h := hash(t)
		if list := waiting[h]; len(list) > 0 {
			a.join(i, list[0])
			waiting[h] = list[1:]
		}
	}
}

// byKey pairs effects on one entity, and errors of one path.
func (a *aligner) byKey() {
	for _, name := range [...]string{"key", "path"} {
		a.byHash(func(t *Tree) uint64 {
			if key := t.Get(name); key != nil && !anyRow(key) {
				return mix(key.hash, 3)
			}
			return t.hash
		})
	}
}

// anyRow tells the key that all rows of a table have, which pairs none of them.
func anyRow(key *Tree) bool { return key.Kind == KeyValue && strings.HasSuffix(key.Text, "/*") }

// maxLikeness bounds the search for the most alike, in pairs of items.
const maxLikeness = 4096

// byLikeness pairs what is left, the most alike first. Effects on entities that
// are named differently are never one effect.
func (a *aligner) byLikeness() {
	type candidate struct {
		l, r  int
		score float64
	}
	var all []candidate
	ls, rs := open(a.toRight), open(a.toLeft)
	for tried := range min(len(ls)*len(rs), maxLikeness) {
		i, k := ls[tried/len(rs)], rs[tried%len(rs)]
		if s := likeness(a.left[i], a.right[k], 3); s >= enoughAlike {
			all = append(all, candidate{i, k, s})
		}
	}
	slices.SortStableFunc(all, func(x, y candidate) int {
		switch {
		case x.score > y.score:
			return -1
		case x.score < y.score:
			return 1
		}
		return 0
	})
	for _, c := range all {
		if a.toRight[c.l] < 0 && a.toLeft[c.r] < 0 {
			a.join(c.l, c.r)
		}
	}
}

// open are the places of what is not paired.
func open(pairs []int) []int {
	var out []int
	for i, p := range pairs {
		if p < 0 {
			out = append(out, i)
		}
	}
	return out
}

// enoughAlike is the share of parts that must be equal for two items to be
// shown as one that was changed.
const enoughAlike = 0.3

// likeness is the share of what is equal in two trees, from 0 to 1.
func likeness(l, r *Tree, depth int) float64 {
	if l.hash == r.hash {
		return 1
	}
	if l.Kind != r.Kind || depth == 0 {
		return 0
	}
	if key, other := l.Get("key"), r.Get("key"); key != nil && other != nil && !sameFrame(key, other) {
		return 0
	}
	if !l.Kind.composite() {
		if len(l.atoms) > 0 && sameFrame(l, r) {
			return 0.5
		}
		return 0
	}
	if l.Kind == List {
		return listLikeness(l, r)
	}
	shared, total := 0.0, 0
	for _, c := range l.Children {
		total++
		if other := r.Get(c.Name); other != nil {
			shared += likeness(c, other, depth-1)
		}
	}
	for _, c := range r.Children {
		if l.Get(c.Name) == nil {
			total++
		}
	}
	if total == 0 {
		return 1
	}
	return shared / float64(total)
}

func listLikeness(l, r *Tree) float64 {
	have := map[uint64]int{}
	for _, c := range l.Children {
		have[c.hash]++
	}
	shared := 0
	for _, c := range r.Children {
		if have[c.hash] > 0 {
			have[c.hash]--
			shared++
		}
	}
	longest := max(len(l.Children), len(r.Children))
	if longest == 0 {
		return 1
	}
	return float64(shared) / float64(longest)
}

// pairs lists what was paired and what was not.
func (a *aligner) pairs() []Pair {
	var out []Pair
	next := 0
	for i := range a.left {
		for next < len(a.right) && a.toLeft[next] < 0 && a.toRight[i] >= 0 && next < a.toRight[i] {
			out = append(out, Pair{-1, next})
			next++
		}
		out = append(out, Pair{i, a.toRight[i]})
		if a.toRight[i] >= next {
			next = max(next, a.toRight[i]+1)
		}
	}
	listed := make([]bool, len(a.right))
	for _, p := range out {
		if p.Right >= 0 {
			listed[p.Right] = true
		}
	}
	for k, done := range listed {
		if !done {
			out = append(out, Pair{-1, k})
		}
	}
	return out
}
