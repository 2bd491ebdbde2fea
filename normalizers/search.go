package normalizers

import "slices"

// search looks for a bijection under which both sides are equal, where pairing
// alike values by rank found none: values can look alike and yet hang together
// differently. It tries one pair after the other and takes a wrong one back. When
// there is no such bijection, or it is not found within maxWork, what pairing by
// rank found stays.
func (j *Joint) search() {
	left, right := j.left, j.right
	j.left, j.right = left.unbound(), right.unbound()
	budget := maxWork
	if !j.try(&budget) {
		j.left, j.right = left, right
		j.recolour()
	}
}

// try completes the bijection so that both sides are equal, if that can be done.
func (j *Joint) try(budget *int) bool {
	for {
		if *budget -= j.refine(); *budget < 0 || !j.sameLook() {
			return false
		}
		if !j.bindUnique() {
			break
		}
	}
	if j.complete() {
		j.recolour()
		return j.left.root.hash == j.right.root.hash
	}
	class := j.alikeClasses()[0]
	left, right := slices.Clone(j.left.partner), slices.Clone(j.right.partner)
	for _, other := range class[1] {
		j.bind(class[0][0], other)
		if j.try(budget) {
			return true
		}
		copy(j.left.partner, left)
		copy(j.right.partner, right)
	}
	return false
}

// sameLook reports whether both sides have as many values of each colour; without
// that they cannot be equal.
func (j *Joint) sameLook() bool {
	counts := map[uint64]int{}
	for id, colour := range j.left.colour {
		if j.left.present[id] {
			counts[colour]++
		}
	}
	for id, colour := range j.right.colour {
		if j.right.present[id] {
			counts[colour]--
		}
	}
	for _, n := range counts {
		if n != 0 {
			return false
		}
	}
	return true
}
