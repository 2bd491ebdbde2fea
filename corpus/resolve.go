package corpus

import (
	"maps"
	"slices"
)

// State is the content of a store before the request: what the fixture's base
// holds, with the changes and then the fixture's own entities on top. The result
// shares its values with the case; do not modify it.
func (c *Case) State(store string) State { return c.Fixture.State(store) }

// StoreNames lists the stores that the fixture or its base speaks of, sorted.
func (c *Case) StoreNames() []string { return c.Fixture.storeNames() }

// State is the content of a store, with base and changes resolved; see
// [Case.State]. A base is known only after [Load].
func (f Fixture) State(store string) State {
	own := f.Stores[store]
	if len(f.Shared) == 0 && len(f.Changes) == 0 {
		return own
	}
	o := overlay{}
	o.lay(f.Shared[store])
	for _, e := range f.Changes[store] {
		o.apply(e)
	}
	o.lay(own)
	return o.state()
}

func (f Fixture) storeNames() []string {
	names := map[string]bool{}
	for name := range f.Shared {
		names[name] = true
	}
	for name := range f.Changes {
		names[name] = true
	}
	for name := range f.Stores {
		names[name] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// resolved is the content of all stores.
func (f Fixture) resolved() map[string]State {
	states := map[string]State{}
	for _, name := range f.storeNames() {
		states[name] = f.State(name)
	}
	return states
}

// overlay is a state while it is put together, by the text of keys: an entity,
// or nil where it is absent.
type overlay map[string]*laid

type laid struct {
	key    Key
	entity *Entity
}

func (o overlay) lay(s State) {
	for i := range s.Entities {
		e := &s.Entities[i]
		o[e.Key.String()] = &laid{key: e.Key, entity: e}
	}
	for _, k := range s.Absent {
		o[k.String()] = &laid{key: k}
	}
}

// held is the entity of a key, nil if there is none.
func (o overlay) held(k Key) *Entity {
	if l := o[k.String()]; l != nil {
		return l.entity
	}
	return nil
}

func (o overlay) apply(e Effect) {
	after := &laid{key: e.Key}
	switch e.Op {
	case Insert:
		after.entity = &Entity{Key: e.Key, Properties: e.Properties, Unindexed: e.Unindexed}
	case Update:
		if before := o.held(e.Key); before != nil {
			after.entity = before.updated(e)
		}
	}
	o[e.Key.String()] = after
}

// updated is the entity with the properties of an update set.
func (e *Entity) updated(by Effect) *Entity {
	after := &Entity{Key: e.Key, Properties: maps.Clone(e.Properties)}
	for name, change := range by.Set {
		if change.To == nil {
			delete(after.Properties, name)
		} else {
			put(&after.Properties, name, func() Value { return *change.To })
		}
	}
	for _, name := range e.Unindexed {
		path, err := ParsePropertyPath(name)
		if err != nil || len(path) == 0 {
			continue
		}
		if _, changed := by.Set[path[0].Name]; !changed {
			after.Unindexed = append(after.Unindexed, name)
		}
	}
	after.Unindexed = append(after.Unindexed, by.Unindexed...)
	slices.Sort(after.Unindexed)
	return after
}

// state lists entities and absent keys in key order.
func (o overlay) state() State {
	var s State
	for _, l := range slices.SortedFunc(maps.Values(o), func(a, b *laid) int { return a.key.Compare(b.key) }) {
		if l.entity != nil {
			s.Entities = append(s.Entities, *l.entity)
		} else {
			s.Absent = append(s.Absent, l.key)
		}
	}
	return s
}
