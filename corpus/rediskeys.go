package corpus

import (
	"maps"
	"slices"
	"strconv"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// redisTypes are the types of Redis, and how their value is written.
var redisTypes = []string{"string", "hash", "list", "set", "zset", "stream"}

// keys reads {name: {type:, value:, ttl:}} of database 0.
func (r *formReader) keys(n strictyaml.Node) { r.database(n, 0) }

// databases reads {number: {name: {type:, value:, ttl:}}} of the other ones.
func (r *formReader) databases(n strictyaml.Node) {
	n.Entries(func(key, value strictyaml.Node) {
		number, err := strconv.Atoi(key.Value)
		if err != nil || number < 1 || strconv.Itoa(number) != key.Value {
			key.Problemf("%q is no number of a database; database 0 stands under keys", key.Value)
			return
		}
		r.database(value, number)
	})
	if !r.keyNode.Present() {
		r.keyNode = n
	}
}

func (r *formReader) database(n strictyaml.Node, number int) {
	r.keyNode = n
	n.Entries(func(key, value strictyaml.Node) {
		e := Entity{Key: RedisKey(key.Value, number), Properties: readRedisKey(value)}
		r.redis = append(r.redis, placedEntity{e, value})
	})
}

func readRedisKey(n strictyaml.Node) map[string]Value {
	properties := map[string]Value{}
	kind := ""
	var value strictyaml.Node
	n.Object(strictyaml.Fields{
		"type":  func(v strictyaml.Node) { v.OneOf(&kind, redisTypes...); properties["type"] = kind },
		"value": func(v strictyaml.Node) { value = v },
		"ttl": func(v strictyaml.Node) {
			if problem := checkSeconds(v.Value); !v.Scalar() || problem != "" {
				v.Problemf("want the time to live in whole seconds, have %s", v.Describe())
				return
			}
			properties["ttl"] = Typed{Type: "ttl", Text: v.Value}
		},
	}, "type", "value")
	if value.Present() && kind != "" {
		properties["value"] = readRedisValue(value, kind)
	}
	return properties
}

func readRedisValue(n strictyaml.Node, kind string) Value {
	switch kind {
	case "hash":
		return readRedisMap(n, readBytes)
	case "zset":
		return readRedisMap(n, readScore)
	case "list", "set":
		list := []Value{}
		n.Items(func(_ int, item strictyaml.Node) { list = append(list, readBytes(item)) })
		return list
	case "stream":
		list := []Value{}
		n.Items(func(_ int, item strictyaml.Node) { list = append(list, readEntry(item)) })
		return list
	}
	return readBytes(n)
}

// readBytes reads the one thing that Redis holds: bytes, text where they are.
func readBytes(n strictyaml.Node) Value {
	v := readValue(n)
	switch v.(type) {
	case string, []byte:
	default:
		n.Problemf("Redis holds text; put quotes around %s", n.Describe())
		return ""
	}
	return v
}

func readScore(n strictyaml.Node) Value {
	switch v := readValue(n).(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	n.Problemf("want a score, have %s", n.Describe())
	return 0.0
}

func readRedisMap(n strictyaml.Node, read func(strictyaml.Node) Value) Value {
	e := &Entity{}
	n.Entries(func(key, value strictyaml.Node) {
		if key.Value == ownKey {
			key.Problemf("%q is no name for a field", key.Value)
			return
		}
		put(&e.Properties, key.Value, func() Value { return read(value) })
	})
	return e
}

// readEntry reads an entry of a stream: {id: 1-0, fields: {name: text}}.
func readEntry(n strictyaml.Node) Value {
	e := &Entity{}
	n.Object(strictyaml.Fields{
		"id": func(v strictyaml.Node) {
			var id string
			v.Text(&id)
			put(&e.Properties, "id", func() Value { return id })
		},
		"fields": func(v strictyaml.Node) {
			put(&e.Properties, "fields", func() Value { return readRedisMap(v, readBytes) })
		},
	}, "id", "fields")
	return e
}

// keys writes the keys of Redis, database by database.
func (w *caseWriter) keys(n *yamlNode, s State) {
	databases := map[int]*yamlNode{}
	byKey := func(a, b Entity) int { return a.Key.Compare(b.Key) }
	for _, e := range slices.SortedStableFunc(slices.Values(s.Entities), byKey) {
		name, number, ok := RedisName(e.Key)
		if !ok {
			w.failf("%s is no key of Redis", e.Key)
			return
		}
		w.checkUTF8(name)
		if databases[number] == nil {
			databases[number] = openMapping()
		}
		databases[number].member(name, w.redisKey(e))
	}
	if databases[0] == nil {
		databases[0] = mapping("")
	}
	n.member("keys", databases[0])
	if len(databases) > 1 {
		others := openMapping()
		for _, number := range slices.Sorted(maps.Keys(databases))[1:] {
			others.member(strconv.Itoa(number), databases[number])
		}
		n.member("databases", others)
	}
}

func (w *caseWriter) redisKey(e Entity) *yamlNode {
	n := mapping("")
	for _, name := range [...]string{"type", "value", "ttl"} {
		v, ok := e.Properties[name]
		if !ok {
			continue
		}
		if t, isTTL := v.(Typed); isTTL && name == "ttl" {
			n.member(name, scalar("", t.Text))
			continue
		}
		n.member(name, w.plainMaps(v))
	}
	return n
}

// plainMaps writes embedded entities as mappings without a tag.
func (w *caseWriter) plainMaps(v Value) *yamlNode {
	switch v := v.(type) {
	case *Entity:
		if v == nil || !v.Key.IsZero() {
			return w.failf("a key of Redis holds an entity with a key")
		}
		n := mapping("")
		for _, name := range slices.Sorted(maps.Keys(v.Properties)) {
			w.checkUTF8(name)
			n.member(name, w.plainMaps(v.Properties[name]))
		}
		return n
	case []Value:
		n := list("")
		for _, item := range v {
			n.addItem(w.plainMaps(item))
		}
		return n
	}
	return w.value(v)
}
