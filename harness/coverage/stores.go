package coverage

import (
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// stores counts which kinds of data a request found, and which it looked up in
// vain. Of a kind that occurs, both are worth a case.
func (c *counter) stores(f *Field) {
	for _, store := range c.cs.StoreNames() {
		state := c.cs.State(store)
		rows := map[string]bool{}
		for _, e := range state.Entities {
			kind := kindOf(e.Key)
			rows[kind] = true
			c.store(f, store, kind, present)
		}
		for _, k := range state.Absent {
			c.store(f, store, kindOf(k), Absent)
		}
		for table := range state.Primary {
			if !rows[table] {
				c.store(f, store, table, Absent)
			}
		}
	}
}

func (c *counter) store(f *Field, store, kind, shape string) {
	c.see(f.position(Store, store+": "+kind, "", present, Absent), shape)
}

// kindOf is the kind of an entity, the table of a row, and what a key of Redis
// begins with.
func kindOf(k corpus.Key) string {
	name, _, ok := corpus.RedisName(k)
	if !ok {
		return k.Kind()
	}
	if prefix, _, found := strings.Cut(name, ":"); found {
		return prefix + ":*"
	}
	return name
}
