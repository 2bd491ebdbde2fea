package corpus

import (
	"slices"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// fixtureNodes remembers where the parts of a fixture stand, for problems that
// show only when its base is known.
type fixtureNodes struct {
	base    strictyaml.Node
	changes map[string][]strictyaml.Node
	stores  map[string]stateNodes
}

type stateNodes struct{ entities, absent []strictyaml.Node }

// readFixture reads the form of "fixture:" and of a fixture file.
func readFixture(n strictyaml.Node) (Fixture, fixtureNodes) {
	var f Fixture
	at := fixtureNodes{changes: map[string][]strictyaml.Node{}, stores: map[string]stateNodes{}}
	var changes strictyaml.Node
	n.Entries(func(key, value strictyaml.Node) {
		switch key.Value {
		case "base":
			at.base = value
			if value.String(&f.Base) && f.Base == "" {
				value.Problemf("the base is empty; leave it out")
			}
		case "changes":
			changes = value
			f.Changes, at.changes = readEffectsByStore(value)
		default:
			if isStoreName(key) {
				put(&f.Stores, key.Value, func() State { return readState(value, at.stores, key.Value) })
			}
		}
	})
	if changes.Present() && !at.base.Present() {
		changes.Problemf("changes need a base; without one, write the entities as they are")
	}
	return f, at
}

func put[V any](into *map[string]V, key string, read func() V) {
	if *into == nil {
		*into = map[string]V{}
	}
	(*into)[key] = read()
}

func isStoreName(key strictyaml.Node) bool {
	if key.Value == "" || key.Value == "base" || key.Value == "changes" {
		key.Problemf("%q is no name for a store", key.Value)
		return false
	}
	return true
}

func readState(n strictyaml.Node, at map[string]stateNodes, store string) State {
	var s State
	var where stateNodes
	var forms formReader
	n.Object(strictyaml.Fields{
		"tables":    forms.tables,
		"primary":   forms.primary,
		"sequences": forms.sequences,
		"keys":      forms.keys,
		"databases": forms.databases,
		"entities": func(v strictyaml.Node) {
			forms.entities = v
			v.Items(func(_ int, item strictyaml.Node) {
				if e, ok := readEntity(item); ok {
					s.Entities = append(s.Entities, e)
					where.entities = append(where.entities, item)
				}
			})
		},
		"absent": func(v strictyaml.Node) {
			v.Items(func(_ int, item strictyaml.Node) {
				if k, ok := readKey(item, true); ok {
					s.Absent = append(s.Absent, k)
					where.absent = append(where.absent, item)
				}
			})
		},
	})
	forms.into(&s, &where)
	checkState(s, where)
	at[store] = where
	return s
}

func checkState(s State, at stateNodes) {
	held := make(map[string]bool, len(s.Entities))
	for i, e := range s.Entities {
		k := e.Key.String()
		if held[k] && !e.Key.AnyRow() {
			at.entities[i].Problemf("entity %s is listed twice", k)
		}
		held[k] = true
	}
	absent := make(map[string]bool, len(s.Absent))
	for i, key := range s.Absent {
		switch k := key.String(); {
		case held[k]:
			at.absent[i].Problemf("%s is listed both as an entity and as absent", k)
		case absent[k]:
			at.absent[i].Problemf("%s is listed as absent twice", k)
		default:
			absent[k] = true
		}
	}
}

func readEntity(n strictyaml.Node) (e Entity, ok bool) {
	var unindexed strictyaml.Node
	n.Object(strictyaml.Fields{
		"key":        func(v strictyaml.Node) { e.Key, ok = readKey(v, true) },
		"properties": func(v strictyaml.Node) { e.Properties = readProperties(v) },
		"unindexed":  func(v strictyaml.Node) { unindexed = v },
	}, "key")
	e.Unindexed = readUnindexed(unindexed, e.Properties, false)
	return e, ok
}

// readProperties is nil when there are none, so that "properties: {}" and no
// properties at all are the same.
func readProperties(n strictyaml.Node) map[string]Value {
	var properties map[string]Value
	n.Entries(func(key, value strictyaml.Node) {
		if key.Value == "" || key.Value == ownKey {
			key.Problemf("%q is no name for a property", key.Value)
			return
		}
		put(&properties, key.Value, func() Value { return readValue(value) })
	})
	return properties
}

// readUnindexed reads the list of properties excluded from indexes. A fixture may
// list one that the entity lacks, as index configurations do (the format's own
// example has one); where all must be there, each one must be.
func readUnindexed(n strictyaml.Node, properties map[string]Value, all bool) []string {
	if !n.Present() {
		return nil
	}
	var names []string
	n.Items(func(_ int, item strictyaml.Node) {
		var name string
		if !item.String(&name) {
			return
		}
		path, err := ParsePropertyPath(name)
		switch {
		case err != nil:
			item.Problemf("%s", err)
		case !path.in(properties) && (all || path.begins(properties)):
			item.Problemf("there is no property %q to exclude from indexes", name)
		case slices.Contains(names, name):
			item.Problemf("property %q is listed twice", name)
		default:
			names = append(names, name)
		}
	})
	slices.Sort(names)
	return names
}
