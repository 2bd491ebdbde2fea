package redact

import (
	"cmp"
	"slices"
)

// part is a stretch of a text: what a detector found there, or what comes in its
// place.
type part interface{ bounds() (start, end int) }

func (s span) bounds() (start, end int) { return s.start, s.end }
func (e edit) bounds() (start, end int) { return e.start, e.end }

// inOrder sorts parts by where they start, the first of several first.
func inOrder[P part](parts []P) []P {
	slices.SortStableFunc(parts, func(a, b P) int {
		x, _ := a.bounds()
		y, _ := b.bounds()
		return cmp.Compare(x, y)
	})
	return parts
}

// beside are the parts, in order, that overlap neither those held, which are in
// order, nor each other. It goes through both once: a text can hold a million.
func beside[H, P part](held []H, parts []P) []P {
	if len(parts) == 0 {
		return nil
	}
	var out []P
	i, last := 0, 0
	for _, p := range inOrder(parts) {
		start, end := p.bounds()
		for i < len(held) && endOf(held[i]) <= start {
			i++
		}
		if start < last || i < len(held) && startOf(held[i]) < end {
			continue
		}
		out, last = append(out, p), end
	}
	return out
}

// outside are the parts that lie within none of others; both are in order.
func outside[P, O part](parts []P, others []O) []P {
	i := 0
	return slices.DeleteFunc(parts, func(p P) bool {
		start, end := p.bounds()
		for i < len(others) && endOf(others[i]) <= start {
			i++
		}
		return i < len(others) && startOf(others[i]) <= start && end <= endOf(others[i])
	})
}

// join are two lists in order as one.
func join[P part](a, b []P) []P {
	switch {
	case len(b) == 0:
		return a
	case len(a) == 0:
		return b
	}
	return inOrder(append(slices.Clip(a), b...))
}

// spansWhere are those of the spans for which something is true.
func spansWhere(spans []span, is func(span) bool) []span {
	var out []span
	for _, s := range spans {
		if is(s) {
			out = append(out, s)
		}
	}
	return out
}

func startOf[P part](p P) int { start, _ := p.bounds(); return start }
func endOf[P part](p P) int   { _, end := p.bounds(); return end }
