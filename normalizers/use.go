package normalizers

import (
	"maps"
	"slices"
	"time"
)

// phase orders the rules of one place: what parses comes before what rewrites
// text, and what replaces a value comes last. So the order of the file does not
// matter, and rules of different phases compose. Two rules of one phase must
// agree.
type phase uint8

const (
	parsing phase = iota
	trimming
	casing
	customising
	timing
	wording
	comparing
	replacing
	ordering
)

// target is the sort of place that a use can do something to.
type target uint8

const (
	scalars target = iota // also each item of a list
	lists
	anything
)

// rewrite makes the value that is compared. It returns t itself where it has
// nothing to do, nil to take the place away, and never changes t. It is pure and
// idempotent.
type rewrite func(m *moment, t *Tree) *Tree

// moment is what a rewrite knows besides the value.
type moment struct {
	*forest
	// from and to enclose the time in which the request ran.
	from, to time.Time
	// given are the values of request and fixture.
	given func() map[string]bool
}

// copy is a tree that a rewrite may change.
func (m *moment) copy(t *Tree) *Tree {
	c := m.tree(t.Kind)
	*c = *t
	c.history = nil
	if t.history != nil && t.history.dropped != nil {
		c.history = &history{dropped: t.history.dropped}
	}
	return c
}

// with is the tree with another kind and text.
func (m *moment) with(t *Tree, kind Kind, text string) *Tree {
	if t.Kind == kind && t.Text == text {
		return t
	}
	c := m.copy(t)
	c.Kind, c.Text = kind, text
	return c
}

// use is what a rule can do.
type use struct {
	target target
	phase  phase
	// params are the names of the parameters it reads.
	params []string
	make   func(p *params) rewrite
}

// Func is a custom rule: it returns the value that is compared. Values are nil,
// bool, string and json.Number of JSON, and those of [corpus.Value] of a store.
// It must be pure and idempotent. It is called on single values, not on lists
// and objects.
type Func func(value any) any

// uses are the rules by the names that a configuration knows.
func uses() map[string]use {
	fixed := func(r rewrite) func(*params) rewrite { return func(*params) rewrite { return r } }
	return map[string]use{
		"generated":       {scalars, replacing, nil, fixed(generated)},
		"now":             {scalars, replacing, []string{"skew"}, makeNow},
		"ignore":          {anything, replacing, nil, fixed(ignore)},
		"null-is-absent":  {anything, replacing, nil, fixed(nullIsAbsent)},
		"instant":         {scalars, timing, nil, fixed(instant)},
		"date":            {scalars, timing, nil, fixed(date)},
		"unordered":       {lists, ordering, nil, fixed(unordered)},
		"set":             {lists, ordering, nil, fixed(set)},
		"case":            {scalars, casing, nil, fixed(foldCase)},
		"trim":            {scalars, trimming, nil, fixed(trim)},
		"json":            {scalars, parsing, nil, fixed(parseJSON)},
		"compressed-json": {scalars, parsing, []string{"meaning"}, makeCompressedJSON},
		"html":            {scalars, parsing, nil, fixed(parseHTML)},
		"url":             {scalars, parsing, []string{"ignore"}, makeURL},
		"message":         {scalars, wording, []string{"same"}, makeMessage},
		"tolerance":       {scalars, comparing, []string{"absolute", "relative", "ulp"}, makeTolerance},
	}
}

// Uses are the names of what a rule can do, sorted; custom ones not among them.
func Uses() []string { return slices.Sorted(maps.Keys(uses())) }

// generated marks the value; it becomes an atom where it is free to be one.
func generated(m *moment, t *Tree) *Tree {
	if t.named || t.Kind.composite() || t.Kind == Null || t.Kind == Bool || t.Kind == Token {
		return t
	}
	c := m.copy(t)
	c.named = true
	return c
}

func ignore(*moment, *Tree) *Tree { return nil }

func nullIsAbsent(_ *moment, t *Tree) *Tree {
	if t.Kind == Null {
		return nil
	}
	return t
}

func unordered(m *moment, t *Tree) *Tree {
	if t.Unordered {
		return t
	}
	c := m.copy(t)
	c.Unordered = true
	return c
}

// set is unordered, and repetitions do not count.
func set(m *moment, t *Tree) *Tree {
	var distinct []*Tree
	for _, item := range t.Children {
		if !containsEqual(distinct, item) {
			distinct = append(distinct, item)
		}
	}
	t = unordered(m, t)
	if len(distinct) == len(t.Children) {
		return t
	}
	c := m.copy(t)
	c.Children = distinct
	return c
}

func containsEqual(list []*Tree, item *Tree) bool {
	for _, other := range list {
		if equalTrees(item, other) {
			return true
		}
	}
	return false
}

// equalTrees compares without regard to generated values and free order.
func equalTrees(a, b *Tree) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Kind != b.Kind || a.Text != b.Text || a.Unordered != b.Unordered || a.named != b.named || len(a.Children) != len(b.Children) {
		return false
	}
	if (a.within == nil) != (b.within == nil) || a.within != nil && *a.within != *b.within {
		return false
	}
	for i, c := range a.Children {
		if c.Name != b.Children[i].Name || !equalTrees(c, b.Children[i]) {
			return false
		}
	}
	return true
}

// custom makes a rule of a Func.
func custom(f Func) use {
	return use{target: scalars, phase: customising, make: func(*params) rewrite {
		return func(m *moment, t *Tree) *Tree {
			if t.Kind.composite() || t.Kind == Token {
				return t
			}
			out := m.scalarOf(f(t.value()))
			if out == nil {
				return t
			}
			return m.with(t, out.Kind, out.Text)
		}
	}}
}
