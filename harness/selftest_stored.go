package harness

import (
	"maps"
	"slices"

	"github.com/sidebyside/replay/corpus"
)

// writeFaults write to other entities than legacy, or otherwise.
func writeFaults() []fault {
	return []fault{
		onWrites("drop-write", "an insert or update is not done", func(_ *specimen, w write, add func(string, ...corpus.Effect)) {
			if w.Op != corpus.Delete {
				add("")
			}
		}),
		onWrites("keep-deleted", "a delete is not done", func(_ *specimen, w write, add func(string, ...corpus.Effect)) {
			if w.Op == corpus.Delete {
				add("")
			}
		}),
		onWrites("insert-twice", "an entity is inserted twice, under two ids", func(_ *specimen, w write, add func(string, ...corpus.Effect)) {
			if w.Op == corpus.Insert {
				twin := *w.Effect
				twin.Key = withElement(w.Key, len(w.Key.Path)-1, other)
				add("", *w.Effect, twin)
			}
		}),
		onWrites("insert-for-update", "an entity is written as new that is changed", func(_ *specimen, w write, add func(string, ...corpus.Effect)) {
			if w.Op == corpus.Update {
				add("", corpus.Effect{Op: corpus.Insert, Key: w.Key, Properties: w.after(), Unindexed: w.Unindexed})
			}
		}),
		onWrites("update-for-insert", "an entity is written over that should be new", func(_ *specimen, w write, add func(string, ...corpus.Effect)) {
			if w.Op == corpus.Insert && len(w.Properties) > 0 {
				add("", corpus.Effect{Op: corpus.Update, Key: w.Key, Set: allNew(w.Properties), Unindexed: w.Unindexed})
			}
		}),
		onWrites("delete-for-update", "an entity is deleted that is changed", func(_ *specimen, w write, add func(string, ...corpus.Effect)) {
			if w.Op == corpus.Update {
				add("", corpus.Effect{Op: corpus.Delete, Key: w.Key})
			}
		}),
		onWrites("mark-for-delete", "an entity is marked as deleted and stays", func(_ *specimen, w write, add func(string, ...corpus.Effect)) {
			if w.Op == corpus.Delete {
				add("", corpus.Effect{Op: corpus.Update, Key: w.Key, Set: allNew(map[string]corpus.Value{"deleted": true})})
			}
		}),
		onUntouched("extra-update", "an entity is changed that should not be", func(w write) corpus.Effect {
			return corpus.Effect{Op: corpus.Update, Key: w.Key, Set: allNew(map[string]corpus.Value{intruder: true})}
		}),
		onUntouched("extra-delete", "an entity is deleted that should not be", func(w write) corpus.Effect {
			return corpus.Effect{Op: corpus.Delete, Key: w.Key}
		}),
		onUntouched("extra-insert", "an entity is inserted that should not be", func(w write) corpus.Effect {
			return corpus.Effect{Op: corpus.Insert, Key: withElement(w.Key, len(w.Key.Path)-1, other), Properties: w.Properties}
		}),
	}
}

func allNew(props map[string]corpus.Value) map[string]corpus.Change {
	out := map[string]corpus.Change{}
	for name, v := range props {
		out[name] = corpus.Change{To: &v}
	}
	return out
}

// onUntouched adds an effect on or beside an entity of the fixture that nothing
// is done to.
func onUntouched(name, does string, effect func(w write) corpus.Effect) fault {
	return fault{name: name, does: does, places: func(s *specimen) []place {
		var out []place
		for _, w := range s.untouched() {
			e := effect(w)
			at := write{Effect: &e, store: w.store}
			out = append(out, place{channel: EffectsChannel, path: at.path(), inject: func() (*corpus.Observation, error) {
				return withWrite(&s.cs.Expect, w.store, e), nil
			}})
		}
		return out
	}}
}

// keyFaults write to the wrong key, or refer to it.
func keyFaults() []fault {
	onKeys := func(name, does string, change func(s *specimen, w write) (corpus.Key, bool)) fault {
		return onWrites(name, does, func(s *specimen, w write, add func(string, ...corpus.Effect)) {
			if key, ok := change(s, w); ok {
				e := *w.Effect
				e.Key = key
				add("", e)
			}
		})
	}
	return []fault{
		onKeys("wrong-entity", "another entity is written", func(s *specimen, w write) (corpus.Key, bool) {
			_, generated := s.ids[idText(w.Key)]
			return withElement(w.Key, len(w.Key.Path)-1, other), !generated || w.Op != corpus.Insert
		}),
		onKeys("wrong-parent", "an entity is written below another parent", func(_ *specimen, w write) (corpus.Key, bool) {
			if len(w.Key.Path) < 2 {
				return w.Key, false
			}
			return withElement(w.Key, len(w.Key.Path)-2, other), true
		}),
		onKeys("lose-parent", "an entity is written below none", func(_ *specimen, w write) (corpus.Key, bool) {
			k := w.Key
			k.Path = k.Path[len(k.Path)-1:]
			return k, len(w.Key.Path) > 1
		}),
		onKeys("wrong-kind", "an entity is written as another kind", func(_ *specimen, w write) (corpus.Key, bool) {
			return withElement(w.Key, len(w.Key.Path)-1, func(e *corpus.PathElement) { e.Kind += "s" }), true
		}),
		onKeys("wrong-namespace", "an entity is written to another namespace", func(_ *specimen, w write) (corpus.Key, bool) {
			k := w.Key
			k.Namespace += "x"
			return k, true
		}),
		onKeys("name-for-id", "a key has its id as a name", func(_ *specimen, w write) (corpus.Key, bool) {
			return withElement(w.Key, len(w.Key.Path)-1, func(e *corpus.PathElement) { e.Name, e.ID = idText(w.Key), 0 }),
				w.Key.Path[len(w.Key.Path)-1].ID != 0
		}),
		onValues("wrong-reference", "a stored key names another entity", func(v any) (any, bool) {
			k, ok := v.(corpus.Key)
			if !ok || !k.Complete() {
				return nil, false
			}
			return withElement(k, len(k.Path)-1, other), true
		}),
		onValues("text-for-reference", "a stored key is the text of its id", func(v any) (any, bool) {
			k, ok := v.(corpus.Key)
			return idText(k), ok && k.Complete()
		}),
	}
}

// propertyFaults change what is written of an entity, and its index flags.
func propertyFaults() []fault {
	return []fault{
		onWrites("skip-change", "an update leaves one of its properties as it was", func(_ *specimen, w write, add func(string, ...corpus.Effect)) {
			for _, name := range slices.Sorted(maps.Keys(w.Set)) {
				e := *w.Effect
				e.Set = maps.Clone(w.Set)
				delete(e.Set, name)
				e.Unindexed = withoutFlags(w.Unindexed, name)
				if len(e.Set) > 0 { // else the write is dropped
					add(name, e)
				}
			}
		}),
		onWrites("extra-change", "an update changes one property more", func(s *specimen, w write, add func(string, ...corpus.Effect)) {
			name := intruder
			change := corpus.Change{To: new(corpus.Value)}
			if before := s.before(w.store, w.Key); before != nil {
				for _, p := range slices.Sorted(maps.Keys(before.Properties)) {
					if v := before.Properties[p]; w.Set[p] == (corpus.Change{}) && v != nil {
						name, change.From = p, &v
						break
					}
				}
			}
			if w.Op == corpus.Update {
				e := *w.Effect
				e.Set = maps.Clone(w.Set)
				e.Set[name] = change
				add(name, e)
			}
		}),
		onWrites("extra-property", "an insert has one property more", extraProperty("x")),
		onWrites("extra-null-property", "an insert has one property more, a null", extraProperty(nil)),
		onWrites("swap-properties", "two properties are swapped", func(s *specimen, w write, add func(string, ...corpus.Effect)) {
			a, b, ok := s.swappableProperties(w.after())
			if !ok {
				return
			}
			e := *w.Effect
			if w.Op == corpus.Insert {
				e.Properties = swapped(w.Properties, a, b)
			} else {
				x, y := *w.Set[a].To, *w.Set[b].To
				setTo(&e, a, y)
				setTo(&e, b, x)
			}
			add(a, e)
		}),
		onWrites("exclude-from-index", "a property is excluded from indexes", func(_ *specimen, w write, add func(string, ...corpus.Effect)) {
			props := w.after()
			for _, name := range slices.Sorted(maps.Keys(props)) {
				if len(withoutFlags(w.Unindexed, name)) < len(w.Unindexed) || !hasFlag(props[name]) {
					continue
				}
				e := *w.Effect
				e.Unindexed = append(slices.Clone(w.Unindexed), corpus.PropertyPath{{Name: name}}.String())
				add(name, e)
			}
		}),
		onWrites("include-in-index", "a property loses its exclusion from indexes", func(_ *specimen, w write, add func(string, ...corpus.Effect)) {
			for i, path := range w.Unindexed {
				e := *w.Effect
				e.Unindexed = slices.Delete(slices.Clone(w.Unindexed), i, i+1)
				add(path, e)
			}
		}),
	}
}

func extraProperty(v corpus.Value) func(*specimen, write, func(string, ...corpus.Effect)) {
	return func(_ *specimen, w write, add func(string, ...corpus.Effect)) {
		if w.Op == corpus.Insert {
			e := *w.Effect
			e.Properties = withProperty(w.Properties, intruder, v)
			add(intruder, e)
		}
	}
}

// hasFlag: an empty list has no index flag, and of a list its elements have it.
func hasFlag(v corpus.Value) bool {
	list, ok := v.([]corpus.Value)
	return !ok || len(list) > 0
}
