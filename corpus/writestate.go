package corpus

import (
	"maps"
	"slices"
)

func (w *caseWriter) fixture(f Fixture) *yamlNode {
	n := openMapping()
	w.optional(n, "base", f.Base)
	if len(f.Changes) > 0 {
		n.member("changes", w.effectsByStore(f.Changes))
	}
	w.stores(n, f.Stores)
	return n
}

func (w *caseWriter) stores(n *yamlNode, stores map[string]State) {
	for _, name := range slices.Sorted(maps.Keys(stores)) {
		w.checkUTF8(name)
		n.member(name, w.state(stores[name]))
	}
}

func (w *caseWriter) state(s State) *yamlNode {
	n := openMapping()
	switch {
	case s.Form == Tables:
		w.tables(n, s)
	case s.Form == Keys:
		w.keys(n, s)
	case s.Form != Entities:
		return w.failf("a state has no form %q", s.Form)
	case len(s.Primary) > 0 || len(s.Sequences) > 0:
		return w.failf("only the form %q has primary keys and sequences", Tables)
	case len(s.Entities) > 0:
		entities := list("")
		for _, e := range s.Entities {
			entities.addItem(w.entity(e))
		}
		n.member("entities", entities)
	}
	if len(s.Absent) > 0 {
		absent := list("")
		for _, k := range s.Absent {
			absent.addItem(w.key("", k))
		}
		n.member("absent", absent)
	}
	return n
}

func (w *caseWriter) entity(e Entity) *yamlNode {
	n := openMapping()
	n.member("key", w.key("", e.Key))
	w.optionalProperties(n, e.Properties, e.Unindexed)
	return n
}

func (w *caseWriter) optionalProperties(n *yamlNode, properties map[string]Value, unindexed []string) {
	if len(properties) > 0 {
		m := mapping("")
		w.members(m, properties)
		n.member("properties", m)
	}
	w.optionalUnindexed(n, unindexed)
}

func (w *caseWriter) optionalUnindexed(n *yamlNode, unindexed []string) {
	if len(unindexed) > 0 {
		n.member("unindexed", w.texts(slices.Sorted(slices.Values(unindexed))))
	}
}

func (w *caseWriter) effectsByStore(effects map[string][]Effect) *yamlNode {
	n := mapping("")
	for _, store := range slices.Sorted(maps.Keys(effects)) {
		w.checkUTF8(store)
		l := list("")
		byKey := func(a, b Effect) int { return a.Key.Compare(b.Key) }
		for _, e := range slices.SortedStableFunc(slices.Values(effects[store]), byKey) {
			l.addItem(w.effect(e))
		}
		n.member(store, l)
	}
	return n
}

func (w *caseWriter) effect(e Effect) *yamlNode {
	n := openMapping()
	n.member(string(e.Op), w.key("", e.Key))
	switch e.Op {
	case Insert:
		w.optionalProperties(n, e.Properties, e.Unindexed)
	case Update:
		n.member("set", w.set(e.Set))
		w.optionalUnindexed(n, e.Unindexed)
	case Delete:
		if len(e.Properties) > 0 {
			w.optionalProperties(n, e.Properties, nil)
		}
	default:
		w.failf("an effect is no %q", e.Op)
	}
	return n
}

func (w *caseWriter) set(changes map[string]Change) *yamlNode {
	n := mapping("")
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		w.checkUTF8(name)
		change := mapping("")
		if from := changes[name].From; from != nil {
			change.member("from", w.value(*from))
		}
		if to := changes[name].To; to != nil {
			change.member("to", w.value(*to))
		}
		n.member(name, change)
	}
	return n
}
