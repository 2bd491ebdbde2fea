package corpus

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
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
	o := newOverlay()
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

// overlay is a state while it is put together.
type overlay struct {
	// laid is by the text of keys: an entity, or nil where it is absent. A row
	// that no key names has a place of its own.
	laid      map[string]*laid
	form      Form
	primary   map[string][]string
	sequences map[string]int64
	rows      int
}

type laid struct {
	key    Key
	entity *Entity
	at     int
}

func newOverlay() *overlay { return &overlay{laid: map[string]*laid{}} }

func (o *overlay) lay(s State) {
	if s.Form != Entities {
		o.form = s.Form
	}
	for table, columns := range s.Primary {
		put(&o.primary, table, func() []string { return columns })
	}
	for name, next := range s.Sequences {
		put(&o.sequences, name, func() int64 { return next })
	}
	for i := range s.Entities {
		e := &s.Entities[i]
		if keyed, _ := e.keyed(o.primary); !keyed.Key.Equal(e.Key) {
			e = &keyed
		}
		o.set(e.Key, e)
	}
	for _, k := range s.Absent {
		o.set(k, nil)
	}
}

func (o *overlay) set(k Key, e *Entity) {
	text := k.String()
	o.rows++
	if k.AnyRow() {
		text += "#" + strconv.Itoa(o.rows)
	}
	o.laid[text] = &laid{key: k, entity: e, at: o.rows}
}

// held is the entity of a key, nil if there is none.
func (o *overlay) held(k Key) *Entity {
	if l := o.laid[k.String()]; l != nil {
		return l.entity
	}
	return nil
}

// heldAs is the entity that has the place of e, nil if there is none.
func (o *overlay) heldAs(e Entity) *Entity {
	keyed, _ := e.keyed(o.primary)
	return o.held(keyed.Key)
}

// unnamed reports whether the table holds rows that no key names.
func (o *overlay) unnamed(table string) bool {
	for _, l := range o.laid {
		if l.entity != nil && l.key.AnyRow() && l.key.Kind() == table {
			return true
		}
	}
	return false
}

func (o *overlay) apply(e Effect) {
	switch {
	case e.Op == Insert:
		o.set(e.Key, &Entity{Key: e.Key, Properties: e.Properties, Unindexed: e.Unindexed})
	case e.Key.AnyRow():
		o.drop(e)
	case e.Op == Update:
		if before := o.held(e.Key); before != nil {
			o.set(e.Key, before.updated(e))
			return
		}
		fallthrough
	default:
		o.set(e.Key, nil)
	}
}

// drop takes away the first row like that of a delete, and reports whether there is
// one.
func (o *overlay) drop(e Effect) bool {
	want := rowText(e.Properties)
	first := ""
	for text, l := range o.laid {
		if l.entity != nil && l.key.Equal(e.Key) && rowText(l.entity.Properties) == want &&
			(first == "" || l.at < o.laid[first].at) {
			first = text
		}
	}
	delete(o.laid, first)
	return first != ""
}

// rowText is the same for equal rows alone.
func rowText(properties map[string]Value) string {
	var h hasher
	h.entity(&Entity{Properties: properties})
	return string(h.out)
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

// state lists entities and absent keys in key order, rows that no key names in
// the order in which they came.
func (o *overlay) state() State {
	s := State{Form: o.form, Primary: o.primary, Sequences: o.sequences}
	for _, l := range o.inOrder() {
		if l.entity != nil {
			s.Entities = append(s.Entities, *l.entity)
		} else {
			s.Absent = append(s.Absent, l.key)
		}
	}
	return s
}

// inOrder lists what is laid by key, rows that no key names as they came.
func (o *overlay) inOrder() []*laid {
	return slices.SortedFunc(maps.Values(o.laid), func(a, b *laid) int {
		return cmp.Or(a.key.Compare(b.key), cmp.Compare(a.at, b.at))
	})
}
