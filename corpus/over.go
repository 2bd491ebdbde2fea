package corpus

import (
	"maps"
	"slices"
)

// Over tells the state as changes of a base: what a fixture that stands on the base
// has under changes, and what it has of its own. Of its own are what a sequence
// gives out next where that differs, the primary keys of tables that are empty in
// the base, and keys looked up in vain.
func (s State) Over(base State) (changes []Effect, own State) {
	below, above := newOverlay(), newOverlay()
	below.lay(base)
	above.lay(s)
	changes = append(below.without(above), above.beyond(below)...)
	slices.SortStableFunc(changes, func(a, b Effect) int { return a.Key.Compare(b.Key) })
	return changes, above.own(below)
}

// without are the deletes of what the other one does not hold.
func (o *overlay) without(other *overlay) []Effect {
	var out []Effect
	left := other.unkeyed()
	for _, l := range o.inOrder() {
		switch {
		case l.entity == nil:
		case l.key.AnyRow():
			if text := rowOf(l); left[text] > 0 {
				left[text]--
			} else {
				out = append(out, Effect{Op: Delete, Key: l.key, Properties: l.entity.Properties})
			}
		case other.held(l.key) == nil:
			out = append(out, Effect{Op: Delete, Key: l.key})
		}
	}
	return out
}

// beyond are the inserts and updates of what the other one does not hold, or
// holds otherwise.
func (o *overlay) beyond(below *overlay) []Effect {
	var out []Effect
	left := below.unkeyed()
	for _, l := range o.inOrder() {
		if l.entity == nil {
			continue
		}
		before := below.held(l.key)
		switch text := rowOf(l); {
		case l.key.AnyRow() && left[text] > 0:
			left[text]--
		case before == nil:
			out = append(out, Effect{Op: Insert, Key: l.key, Properties: l.entity.Properties, Unindexed: l.entity.Unindexed})
		default:
			if e, changed := before.updateTo(l.entity); changed {
				out = append(out, e)
			}
		}
	}
	return out
}

// unkeyed counts the rows that no key tells apart, by table and content.
func (o *overlay) unkeyed() map[string]int {
	count := map[string]int{}
	for _, l := range o.laid {
		if l.entity != nil && l.key.AnyRow() {
			count[rowOf(l)]++
		}
	}
	return count
}

func rowOf(l *laid) string { return l.key.Kind() + " " + rowText(l.entity.Properties) }

// updateTo is the update that makes one entity of another.
func (e *Entity) updateTo(to *Entity) (update Effect, changed bool) {
	set := map[string]Change{}
	for name, from := range e.Properties {
		next, there := to.Properties[name]
		switch {
		case !there:
			set[name] = Change{From: &from}
		case valueBytes(from) != valueBytes(next) || flagged(e, name) != flagged(to, name):
			set[name] = Change{From: &from, To: &next}
		}
	}
	for name, next := range to.Properties {
		if _, there := e.Properties[name]; !there {
			set[name] = Change{To: &next}
		}
	}
	update = Effect{Op: Update, Key: to.Key, Set: set}
	for _, name := range to.Unindexed {
		if path, err := ParsePropertyPath(name); err == nil && len(path) > 0 {
			if _, in := set[path[0].Name]; in {
				update.Unindexed = append(update.Unindexed, name)
			}
		}
	}
	return update, len(set) > 0
}

// flagged lists the index flags of a property and of what lies below it.
func flagged(e *Entity, property string) string {
	var h hasher
	for _, name := range e.Unindexed {
		if path, err := ParsePropertyPath(name); err == nil && len(path) > 0 && path[0].Name == property {
			h.text(name)
		}
	}
	return string(h.out)
}

func valueBytes(v Value) string {
	var h hasher
	h.value(v)
	return string(h.out)
}

func (o *overlay) own(below *overlay) State {
	own := State{Form: o.form}
	for table, columns := range o.primary {
		if !slices.Equal(below.primary[table], columns) {
			put(&own.Primary, table, func() []string { return columns })
		}
	}
	for name, next := range o.sequences {
		if before, said := below.sequences[name]; !said || before != next {
			put(&own.Sequences, name, func() int64 { return next })
		}
	}
	for _, l := range o.inOrder() {
		if was, said := below.laid[l.key.String()]; l.entity == nil && (!said || was.entity != nil) {
			own.Absent = append(own.Absent, l.key)
		}
	}
	return own
}

// IsEmpty reports whether the state says nothing.
func (s State) IsEmpty() bool {
	return len(s.Entities)+len(s.Absent)+len(s.Primary)+len(s.Sequences) == 0
}

// Same reports whether two fixtures lead to the same content of every store. Keys
// that are said to be absent do not count.
func (f Fixture) Same(other Fixture) bool {
	a, b := f.resolved(), other.resolved()
	maps.DeleteFunc(a, func(_ string, s State) bool { return len(s.Entities)+len(s.Sequences) == 0 })
	maps.DeleteFunc(b, func(_ string, s State) bool { return len(s.Entities)+len(s.Sequences) == 0 })
	return maps.EqualFunc(a, b, func(x, y State) bool { return content(x) == content(y) })
}

func content(s State) string {
	var h hasher
	s.Absent = nil
	h.state(s)
	return string(h.out)
}
