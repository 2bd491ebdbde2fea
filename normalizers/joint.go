package normalizers

import (
	"slices"
)

// Joint is two observations of one case with the one bijection between their
// generated values that holds over response, effects and calls together.
type Joint struct {
	Left, Right *Normal

	texts       []string // of the generated values of both sides, by id
	left, right *half
}

// half is what one side knows of generated values, by id.
type half struct {
	root    *Tree
	present []bool   // occurs in this side's trees
	first   []int    // rank of the first occurrence
	partner []int32  // its value on the other side, -1 while there is none
	colour  []uint64 // the look of a value: equal colours may be partners
	rounds  [][]uint64
}

// Join finds the bijection. Where order is free, values are told apart by what
// surrounds them, refined until nothing changes; those that remain alike are
// interchangeable and paired by rank. What has no partner stays without.
func Join(left, right *Normal) *Joint {
	j := &Joint{Left: left, Right: right}
	j.mark()
	j.left.root.prepareHash()
	j.right.root.prepareHash()
	if len(j.texts) == 0 {
		return j
	}
	tied := j.pair()
	if tied && j.left.root.hash != j.right.root.hash {
		j.search()
	}
	return j
}

// mark finds the generated values of both sides and where they occur. A value
// that is generated on one side and occurs on the other without being generated
// there is taken literally on both.
func (j *Joint) mark() {
	l, r := j.Left.generatedValues(j.Right), j.Right.generatedValues(j.Left)
	for {
		ids := j.number(l, r)
		j.left, j.right = newHalf(j.Left.root, len(j.texts)), newHalf(j.Right.root, len(j.texts))
		foreign := map[string]bool{}
		for i, n := range []*Normal{j.Left, j.Right} {
			if len(ids) > 0 || n.marked {
				(&marker{ids: ids, side: i, foreign: foreign, half: [...]*half{j.left, j.right}[i]}).tree(n.root)
			}
			n.marked = len(ids) > 0
		}
		if len(foreign) == 0 {
			return
		}
		for text := range foreign {
			delete(l.origin, text)
			delete(r.origin, text)
		}
	}
}

// number gives each generated value of either side a number.
func (j *Joint) number(sides ...generatedSet) map[string]knownValue {
	ids := map[string]knownValue{}
	j.texts = nil
	for i, own := range sides {
		for _, text := range own.order {
			by := own.origin[text]
			if by == notGenerated {
				continue
			}
			known, ok := ids[text]
			if !ok {
				known.id = int32(len(j.texts))
				j.texts = append(j.texts, text)
			}
			known.by[i] = by
			ids[text] = known
		}
	}
	return ids
}

func newHalf(root *Tree, n int) *half {
	h := &half{root: root, present: make([]bool, n), first: make([]int, n)}
	return h.unbound()
}

// unbound is what a side knows before any pair is found.
func (h *half) unbound() *half {
	n := len(h.present)
	out := &half{root: h.root, present: h.present, first: h.first, partner: make([]int32, n), colour: make([]uint64, n)}
	for i := range out.partner {
		out.partner[i] = -1
	}
	return out
}

// pair refines and binds until nothing more can be bound. It reports whether
// alike values had to be paired by rank.
func (j *Joint) pair() (tied bool) {
	budget, classes := maxWork, 1
	for {
		budget -= j.refine()
		switch {
		case j.bindUnique():
		case budget > 0 && j.bindAlike(classes):
			tied = true
			classes *= 2
		case j.bindByPlace():
		default:
			j.recolour()
			return tied
		}
		if j.complete() {
			j.recolour()
			return tied
		}
	}
}

// maxWork bounds the pairing of alike values, in values coloured.
const maxWork = 5_000_000

func (j *Joint) complete() bool {
	for _, h := range []*half{j.left, j.right} {
		for id, present := range h.present {
			if present && h.partner[id] < 0 {
				return false
			}
		}
	}
	return true
}

func (j *Joint) bind(l, r int32) { j.left.partner[l], j.right.partner[r] = r, l }

// refine computes the colours of unbound values in rounds, on both sides: first
// by where they occur alone, then by what is around them, until no more of them
// can be told apart. It returns how much work that was.
func (j *Joint) refine() (work int) {
	for _, h := range []*half{j.left, j.right} {
		h.rounds = nil
		clear(h.colour)
	}
	distinct := 0
	for round := range maxRounds {
		now := 0
		for _, h := range []*half{j.left, j.right} {
			h.fix(h == j.left)
			h.round(round == 0)
			work += len(h.colour)
		}
		now = countDistinct(j.left.colour) + countDistinct(j.right.colour)
		if round > 1 && now == distinct {
			break
		}
		distinct = now
	}
	return work
}

// maxRounds bounds the refinement, which ends much earlier unless values hang
// together in long chains.
const maxRounds = 64

// fix gives both partners of a pair one colour.
func (h *half) fix(left bool) {
	for id, partner := range h.partner {
		if partner < 0 {
			continue
		}
		if left {
			h.colour[id] = pairColour(int32(id))
		} else {
			h.colour[id] = pairColour(partner)
		}
	}
}

func pairColour(left int32) uint64 { return mix(0xb1ec7, uint64(left)+1) }

func (h *half) round(shallow bool) {
	into := make([]uint64, len(h.colour))
	if !shallow {
		h.root.recolour(h.colour)
	}
	h.root.gather(1, shallow, into)
	for id := range into {
		if h.partner[id] >= 0 || !h.present[id] {
			into[id] = h.colour[id]
			continue
		}
		into[id] = mix(h.colour[id], into[id])
	}
	h.rounds = append(h.rounds, into)
	h.colour = slices.Clone(into)
}

func countDistinct(colours []uint64) int {
	seen := make(map[uint64]struct{}, len(colours))
	for _, c := range colours {
		seen[c] = struct{}{}
	}
	return len(seen)
}

// bindUnique pairs values whose colour no other value of their side has, by the
// finest round that has such a pair.
func (j *Joint) bindUnique() bool {
	for round := range slices.Backward(j.left.rounds) {
		l, r := j.left.unique(round), j.right.unique(round)
		found := false
		for colour, id := range l {
			if other, ok := r[colour]; ok && id >= 0 && other >= 0 {
				j.bind(id, other)
				found = true
			}
		}
		if found {
			return true
		}
	}
	return false
}

// unique maps the colours of a round to the one unbound value that has it, -1
// for several.
func (h *half) unique(round int) map[uint64]int32 {
	out := make(map[uint64]int32, len(h.colour))
	for id, colour := range h.rounds[round] {
		if !h.present[id] || h.partner[id] >= 0 {
			continue
		}
		if _, taken := out[colour]; taken {
			out[colour] = -1
		} else {
			out[colour] = int32(id)
		}
	}
	return out
}

// bindAlike pairs the members of classes that look alike and are as large on both
// sides, by rank: the given number of classes, those first that occur first. The
// fewer at a time, the more is known of the next.
func (j *Joint) bindAlike(classes int) bool {
	alike := j.alikeClasses()
	for _, class := range alike[:min(classes, len(alike))] {
		for i, id := range class[0] {
			j.bind(id, class[1][i])
		}
	}
	return len(alike) > 0
}

// alikeClasses are the unbound values that look alike on both sides, in the order
// of their first occurrence.
func (j *Joint) alikeClasses() [][2][]int32 {
	l, r := j.left.classes(), j.right.classes()
	var alike [][2][]int32
	for colour, members := range l {
		if len(r[colour]) == len(members) {
			alike = append(alike, [2][]int32{members, r[colour]})
		}
	}
	slices.SortFunc(alike, func(a, b [2][]int32) int { return j.left.first[a[0][0]] - j.left.first[b[0][0]] })
	return alike
}

// classes groups the unbound values by colour, members by first occurrence.
func (h *half) classes() map[uint64][]int32 {
	out := map[uint64][]int32{}
	for id, colour := range h.colour {
		if h.present[id] && h.partner[id] < 0 {
			out[colour] = append(out[colour], int32(id))
		}
	}
	for _, members := range out {
		slices.SortFunc(members, func(a, b int32) int { return h.first[a] - h.first[b] })
	}
	return out
}

// recolour sets the final hashes: partners look the same, and what has none like
// nothing else.
func (j *Joint) recolour() {
	for _, h := range []*half{j.left, j.right} {
		h.fix(h == j.left)
		for id, partner := range h.partner {
			if partner >= 0 {
				continue
			}
			own := uint64(id)*2 + 1
			if h == j.left {
				own++
			}
			h.colour[id] = mix(0xf4ee, own)
		}
		h.root.recolour(h.colour)
	}
}
