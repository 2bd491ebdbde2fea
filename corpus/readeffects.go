package corpus

import (
	"slices"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// readEffectsByStore reads effects per store, with the node of each.
func readEffectsByStore(n strictyaml.Node) (map[string][]Effect, map[string][]strictyaml.Node) {
	var effects map[string][]Effect
	nodes := map[string][]strictyaml.Node{}
	n.Entries(func(key, value strictyaml.Node) {
		if !isStoreName(key) {
			return
		}
		put(&effects, key.Value, func() []Effect {
			list, at := readEffects(value)
			nodes[key.Value] = at
			return list
		})
	})
	return effects, nodes
}

// readEffects gives effects in key order, whatever the order in the file.
func readEffects(n strictyaml.Node) (effects []Effect, nodes []strictyaml.Node) {
	type placed struct {
		effect Effect
		node   strictyaml.Node
	}
	var list []placed
	seen := map[string]bool{}
	n.Items(func(_ int, item strictyaml.Node) {
		e, ok := readEffect(item)
		if !ok {
			return
		}
		k := e.Key.String()
		if seen[k] && !e.Key.AnyRow() {
			item.Problemf("a second effect on %s; effects are net changes, one per entity", k)
		}
		seen[k] = true
		list = append(list, placed{e, item})
	})
	slices.SortStableFunc(list, func(a, b placed) int { return a.effect.Key.Compare(b.effect.Key) })
	for _, p := range list {
		effects = append(effects, p.effect)
		nodes = append(nodes, p.node)
	}
	return effects, nodes
}

// effectReader collects the members of one effect.
type effectReader struct {
	effect                     Effect
	ops                        int
	keyOK                      bool
	properties, set, unindexed strictyaml.Node
}

func readEffect(n strictyaml.Node) (Effect, bool) {
	var r effectReader
	ok := n.Mapping()
	n.Object(strictyaml.Fields{
		"insert":     func(v strictyaml.Node) { r.op(Insert, v) },
		"update":     func(v strictyaml.Node) { r.op(Update, v) },
		"delete":     func(v strictyaml.Node) { r.op(Delete, v) },
		"properties": func(v strictyaml.Node) { r.properties = v },
		"set":        func(v strictyaml.Node) { r.set = v },
		"unindexed":  func(v strictyaml.Node) { r.unindexed = v },
	})
	if !ok {
		return Effect{}, false
	}
	if r.ops != 1 {
		n.Problemf(`want one of "insert", "update" and "delete" with the key of an entity`)
		return Effect{}, false
	}
	r.members(n)
	return r.effect, r.keyOK
}

func (r *effectReader) op(op Op, key strictyaml.Node) {
	r.ops++
	r.effect.Op = op
	r.effect.Key, r.keyOK = readKey(key, true)
}

// members reads what belongs to the op, and refuses what does not.
func (r *effectReader) members(n strictyaml.Node) {
	whole := r.effect.Op == Insert || r.effect.Op == Delete && r.effect.Key.AnyRow()
	if r.properties.Present() && !whole {
		r.properties.Problemf(`only an insert has "properties"; an update has "set", a delete neither`)
	}
	if r.set.Present() && r.effect.Op != Update {
		r.set.Problemf(`only an update has "set"`)
	}
	switch r.effect.Op {
	case Insert:
		if r.properties.Present() {
			r.effect.Properties = readProperties(r.properties)
		}
		r.effect.Unindexed = readUnindexed(r.unindexed, r.effect.Properties, true)
	case Update:
		if r.effect.Key.AnyRow() {
			n.Problemf("rows without a primary key are inserted and deleted, never updated")
		}
		if !r.set.Present() {
			n.Problemf(`missing key "set": an update says which properties changed`)
			return
		}
		r.effect.Set = readSet(r.set)
		r.effect.Unindexed = readUnindexed(r.unindexed, afterwards(r.effect.Set), true)
	case Delete:
		if whole && r.keyOK {
			if !r.properties.Present() {
				n.Problemf(`missing key "properties": which row of %s is deleted?`, r.effect.Key.Kind())
				return
			}
			r.effect.Properties = readProperties(r.properties)
		}
		if r.unindexed.Present() {
			r.unindexed.Problemf(`a delete has no "unindexed"`)
		}
	}
}

// afterwards is what the changed properties are after an update.
func afterwards(set map[string]Change) map[string]Value {
	to := make(map[string]Value, len(set))
	for name, c := range set {
		if c.To != nil {
			to[name] = *c.To
		}
	}
	return to
}

func readSet(n strictyaml.Node) map[string]Change {
	var set map[string]Change
	ok := n.Entries(func(key, value strictyaml.Node) {
		if key.Value == "" {
			key.Problemf("%q is no name for a property", key.Value)
			return
		}
		put(&set, key.Value, func() Change { return readChange(value) })
	})
	if ok && len(set) == 0 {
		n.Problemf("the update changes nothing; leave it out")
	}
	return set
}

func readChange(n strictyaml.Node) Change {
	var c Change
	read := func(into **Value) func(strictyaml.Node) {
		return func(v strictyaml.Node) {
			value := readValue(v)
			*into = &value
		}
	}
	if !n.Mapping() {
		n.Problemf(`want {from: value, to: value}, have %s; a property that appears has only "to", one that disappears only "from"`, n.Describe())
		return c
	}
	n.Object(strictyaml.Fields{"from": read(&c.From), "to": read(&c.To)})
	if len(n.Content) == 0 {
		n.Problemf(`want "from", "to" or both`)
	}
	return c
}
