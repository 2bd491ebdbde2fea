package corpus

import (
	"maps"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// formReader collects what a state holds in the forms of SQL and of Redis.
type formReader struct {
	entities, tableNode, keyNode strictyaml.Node

	rows, redis []placedEntity
	keyed       map[string][]string
	next        map[string]int64
}

type placedEntity struct {
	Entity
	node strictyaml.Node
}

// tables reads {schema.table: [{column: value}, ...]}.
func (r *formReader) tables(n strictyaml.Node) {
	r.tableNode = n
	n.Entries(func(key, rows strictyaml.Node) {
		if !isTable(key) {
			return
		}
		rows.Items(func(_ int, row strictyaml.Node) {
			r.rows = append(r.rows, placedEntity{Entity{Key: AnyRow(key.Value), Properties: readProperties(row)}, row})
		})
	})
}

func isTable(n strictyaml.Node) bool {
	schema, table, _ := strings.Cut(n.Value, ".")
	if schema == "" || table == "" {
		n.Problemf("%q does not name a schema; write schema.table, such as public.%s", n.Value, strings.Trim(n.Value, "."))
		return false
	}
	return true
}

// primary reads {schema.table: [column, ...]}.
func (r *formReader) primary(n strictyaml.Node) {
	r.tableNode = n
	n.Entries(func(key, columns strictyaml.Node) {
		var names []string
		if !isTable(key) || !columns.Strings(&names) {
			return
		}
		if len(names) == 0 || slices.Contains(names, "") {
			columns.Problemf("name the columns of the primary key of %s, or leave it out", key.Value)
			return
		}
		put(&r.keyed, key.Value, func() []string { return names })
	})
}

// sequences reads {schema.sequence: number}.
func (r *formReader) sequences(n strictyaml.Node) {
	r.tableNode = n
	n.Entries(func(key, value strictyaml.Node) {
		v, ok := readValue(value).(int64)
		if !ok {
			value.Problemf("want the number that the sequence gives out next, have %s", value.Describe())
		}
		if isTable(key) {
			put(&r.next, key.Value, func() int64 { return v })
		}
	})
}

// into fills a state whose form is known now.
func (r *formReader) into(s *State, at *stateNodes) {
	r.checkOneForm()
	switch {
	case r.tableNode.Present():
		s.Form, s.Primary, s.Sequences = Tables, r.keyed, r.next
		// As they are written again: by table, in the order of each.
		slices.SortStableFunc(r.rows, func(a, b placedEntity) int { return strings.Compare(a.Key.Kind(), b.Key.Kind()) })
		for _, row := range r.rows {
			keyed, missing := row.keyed(r.keyed)
			if missing != "" && row.node.Mapping() {
				row.node.Problemf("column %q of the primary key of %s has no value", missing, row.Key.Kind())
			}
			s.Entities = append(s.Entities, keyed)
			at.entities = append(at.entities, row.node)
		}
	case r.keyNode.Present():
		s.Form = Keys
		slices.SortStableFunc(r.redis, func(a, b placedEntity) int { return a.Key.Compare(b.Key) })
		for _, key := range r.redis {
			s.Entities = append(s.Entities, key.Entity)
			at.entities = append(at.entities, key.node)
		}
	}
}

func (r *formReader) checkOneForm() {
	var have []string
	var last strictyaml.Node
	for _, form := range []struct {
		name string
		node strictyaml.Node
	}{{"entities", r.entities}, {"tables", r.tableNode}, {"keys", r.keyNode}} {
		if form.node.Present() {
			have, last = append(have, form.name), form.node
		}
	}
	if len(have) > 1 {
		last.Problemf("a store holds %s, not several of them", strings.Join(have, " or "))
	}
}

// tables writes rows in their order, table by table.
func (w *caseWriter) tables(n *yamlNode, s State) {
	if len(s.Primary) > 0 {
		primary := mapping("")
		for _, table := range slices.Sorted(maps.Keys(s.Primary)) {
			w.checkUTF8(table)
			primary.member(table, w.texts(s.Primary[table]))
		}
		n.member("primary", primary)
	}
	rows := map[string]*yamlNode{}
	for _, e := range s.Entities {
		table := e.Key.Kind()
		w.checkUTF8(table)
		if len(e.Unindexed) > 0 {
			w.failf("a row of %s has index flags", table)
		}
		if keyed, _ := (Entity{Key: AnyRow(table), Properties: e.Properties}).keyed(s.Primary); !keyed.Key.Equal(e.Key) {
			w.failf("the key of row %s is not that of its columns", e.Key)
		}
		if rows[table] == nil {
			rows[table] = list("")
			rows[table].open = true
		}
		row := mapping("")
		w.members(row, e.Properties)
		rows[table].addItem(row)
	}
	tables := mapping("")
	for _, table := range slices.Sorted(maps.Keys(rows)) {
		tables.member(table, rows[table])
	}
	tables.open = len(rows) > 0
	n.member("tables", tables)
	if len(s.Sequences) > 0 {
		next := mapping("")
		for _, name := range slices.Sorted(maps.Keys(s.Sequences)) {
			w.checkUTF8(name)
			next.member(name, w.value(s.Sequences[name]))
		}
		n.member("sequences", next)
	}
}
