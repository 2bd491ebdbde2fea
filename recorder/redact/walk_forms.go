package redact

import (
	"maps"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// form is what the walk knows of the store that it is in.
type form struct {
	form    corpus.Form
	primary map[string][]string // of tables
}

// formOf tells the form of a store from its fixture, or from a key where the
// fixture holds nothing of it, as on a base.
func (s *session) formOf(c *corpus.Case, store string) form {
	if st, ok := c.Fixture.Stores[store]; ok {
		return form{st.Form, st.Primary}
	}
	for _, e := range slices.Concat(c.Fixture.Changes[store], c.Expect.Effects[store]) {
		_, _, redis := corpus.RedisName(e.Key)
		switch {
		case redis:
			return form{form: corpus.Keys}
		case len(e.Key.Path) > 0 && strings.Contains(e.Key.Path[0].Kind, "."):
			return form{form: corpus.Tables}
		}
	}
	return form{}
}

// kind is what rules call the kind of an entity: the kind of its key, the table
// of a row, of a key of Redis what stands before its first colon.
func (f form) kind(k corpus.Key) string {
	if name, _, ok := corpus.RedisName(k); ok && f.form == corpus.Keys {
		head, _, _ := strings.Cut(name, ":")
		return head
	}
	if f.form == corpus.Tables && len(k.Path) > 0 {
		return k.Path[0].Kind
	}
	return k.Kind()
}

// entityKey is a copy of the key that an entity or effect has.
func (s *session) entityKey(p place, k corpus.Key) corpus.Key {
	switch s.form.form {
	case corpus.Tables:
		return s.rowKey(p, k)
	case corpus.Keys:
		return s.redisKey(p, k)
	}
	return s.key(p, k)
}

// rowKey is a copy of the key of a row, whose parts are values of columns.
func (s *session) rowKey(p place, k corpus.Key) corpus.Key {
	if k.AnyRow() || len(k.Path) == 0 {
		return k
	}
	table := k.Path[0].Kind
	columns := s.form.primary[table]
	values := make([]corpus.Value, len(k.Path))
	for i, e := range k.Path {
		at := p.item(i + 1)
		at.strict = true
		if i < len(columns) {
			at.property, at.name = table+"."+columns[i], columns[i]
		}
		if e.ID != 0 {
			values[i] = s.stored(at, e.ID)
			continue
		}
		name := e.Name
		if len(name) > 1 && strings.HasPrefix(name, "'") && strings.HasSuffix(name, "'") {
			name = name[1 : len(name)-1]
		}
		values[i] = s.text(&at, name)
	}
	out, ok := corpus.RowKey(table, values...)
	if !ok {
		return k
	}
	out.Namespace = k.Namespace
	return out
}

// redisKey is a copy of the key of a key of Redis. What stands before the first
// colon stays.
func (s *session) redisKey(p place, k corpus.Key) corpus.Key {
	name, database, ok := corpus.RedisName(k)
	if !ok {
		return s.key(p, k)
	}
	head, rest, parted := strings.Cut(name, ":")
	at := p.at(name)
	at.key, at.strict = head, true
	at.nameless()
	if parted {
		return corpus.RedisKey(head+":"+s.text(&at, rest), database)
	}
	return corpus.RedisKey(s.text(&at, name), database)
}

// redisValue is a copy of what a key of Redis holds: texts, maps of texts, and
// members with scores.
func (s *session) redisValue(p place, of, name string, v corpus.Value) corpus.Value {
	if name != "value" {
		return v // its type, and its time to live
	}
	switch v := v.(type) {
	case *corpus.Entity:
		return s.redisMap(p, of, v)
	case []corpus.Value:
		out := make([]corpus.Value, len(v))
		for i, item := range v {
			at := p.item(i)
			if entry, ok := item.(*corpus.Entity); ok {
				out[i] = s.streamEntry(at, of, entry)
				continue
			}
			out[i] = s.stored(at, item)
		}
		return out
	}
	return s.stored(p, v)
}

// redisMap is a hash, whose fields have names, or a sorted set, whose members are
// names with a score.
func (s *session) redisMap(p place, of string, e *corpus.Entity) corpus.Value {
	out := &corpus.Entity{Properties: make(map[string]corpus.Value, len(e.Properties))}
	for _, name := range slices.Sorted(maps.Keys(e.Properties)) {
		at := p.at(name)
		if score, ok := e.Properties[name].(float64); ok {
			at.property, at.strict = of+".member", true
			at.nameless()
			out.Properties[s.text(&at, name)] = score
			continue
		}
		at.property = of + ".value." + name
		if !s.drops(&at) {
			out.Properties[s.memberName(p, name)] = s.stored(at, e.Properties[name])
		}
	}
	return out
}

// streamEntry is an entry of a stream: its id and fields.
func (s *session) streamEntry(p place, of string, e *corpus.Entity) corpus.Value {
	out := &corpus.Entity{Properties: maps.Clone(e.Properties)}
	if fields, ok := e.Properties["fields"].(*corpus.Entity); ok {
		out.Properties["fields"] = s.redisMap(p.at("fields"), of, fields)
	}
	return out
}

// textTypes are the types of a database whose texts are looked at. Times and the
// like stay: what is no time would be refused.
var textTypes = []string{"uuid", "json", "jsonb", "inet"}

func (s *session) typed(p place, v corpus.Typed) corpus.Value {
	switch {
	case v.Type == "numeric":
		v.Text = s.number(&p, v.Text)
	case slices.Contains(textTypes, v.Type):
		p.strict = v.Type != "uuid" && v.Type != "inet"
		v.Text = s.text(&p, v.Text)
	case !ownTag(v.Type):
		v.Text = s.text(&p, v.Text)
	}
	return v
}

// ownTag reports whether a type's texts have a form that must stay.
func ownTag(name string) bool {
	switch name {
	case "date", "time", "timetz", "timestamp", "timestamptz", "interval", "cidr", "ttl",
		"int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange":
		return true
	}
	return false
}
