package corpus_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
)

// typed are values of types that only one sort of store has.
func typed() *rapid.Generator[corpus.Value] {
	return rapid.Custom(func(t *rapid.T) corpus.Value {
		switch rapid.IntRange(0, 5).Draw(t, "typed") {
		case 0:
			digits := rapid.StringMatching(`-?[0-9]{1,20}(\.[0-9]{0,6})?`).Draw(t, "numeric")
			return corpus.Typed{Type: "numeric", Text: digits}
		case 1:
			return corpus.Typed{Type: "jsonb", Text: string(jsons().Draw(t, "jsonb"))}
		case 2:
			return corpus.Typed{Type: "ttl", Text: strconv.Itoa(rapid.IntRange(1, 1<<40).Draw(t, "seconds"))}
		case 3:
			name := rapid.SampledFrom([]string{"date", "timestamp", "interval", "int4range", "tstzrange"}).Draw(t, "type")
			return corpus.Typed{Type: name, Text: names().Draw(t, "text")}
		case 4:
			return corpus.Typed{Type: "uuid", Text: rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`).Draw(t, "uuid")}
		}
		return corpus.Typed{Type: "public." + names().Draw(t, "own type"), Text: texts().Draw(t, "text")}
	})
}

// cells are the values of columns that can be part of a key.
func cells() *rapid.Generator[corpus.Value] {
	return rapid.OneOf(
		rapid.Map(rapid.Int64Range(-3, 3), func(i int64) corpus.Value { return i }),
		rapid.Map(texts(), func(s string) corpus.Value { return s }),
		rapid.Map(instants(), func(at time.Time) corpus.Value { return at }),
		rapid.Map(rapid.Bool(), func(b bool) corpus.Value { return b }),
	)
}

// tableState is the content of a database and effects that can happen on it.
func tableState(t *rapid.T) (s corpus.State, effects []corpus.Effect) {
	s.Form = corpus.Tables
	for i := range rapid.IntRange(0, 3).Draw(t, "tables") {
		table := fmt.Sprintf("public.%s%d", names().Draw(t, "table"), i)
		if rapid.Bool().Draw(t, "has a key") {
			effects = append(effects, keyedRows(t, &s, table)...)
		} else {
			effects = append(effects, looseRows(t, &s, table)...)
		}
	}
	if rapid.Bool().Draw(t, "sequence") {
		setIn(&s.Sequences, "public."+names().Draw(t, "sequence"), rapid.Int64().Draw(t, "next"))
	}
	slices.SortStableFunc(effects, func(a, b corpus.Effect) int { return a.Key.Compare(b.Key) })
	slices.SortStableFunc(s.Entities, func(a, b corpus.Entity) int { return strings.Compare(a.Key.Kind(), b.Key.Kind()) })
	return s, effects
}

func keyedRows(t *rapid.T, s *corpus.State, table string) (effects []corpus.Effect) {
	columns := rapid.SliceOfNDistinct(names(), 1, 3, rapid.ID).Draw(t, "key columns")
	setIn(&s.Primary, table, columns)
	taken := map[string]bool{}
	for range rapid.IntRange(0, 4).Draw(t, "rows") {
		row := properties(1).Draw(t, "columns")
		values := make([]corpus.Value, len(columns))
		for i, name := range columns {
			values[i] = cells().Draw(t, name)
			setIn(&row, name, values[i])
		}
		key, ok := corpus.RowKey(table, values...)
		if !ok || taken[key.String()] {
			continue
		}
		taken[key.String()] = true
		switch rapid.IntRange(0, 3).Draw(t, "happens") {
		case 0:
			effects = append(effects, corpus.Effect{Op: corpus.Insert, Key: key, Properties: row})
			continue
		case 1:
			effects = append(effects, corpus.Effect{Op: corpus.Delete, Key: key})
		case 2:
			e := updateOf(t, key)
			e.Unindexed = nil
			effects = append(effects, e)
		}
		s.Entities = append(s.Entities, corpus.Entity{Key: key, Properties: row})
	}
	return effects
}

func looseRows(t *rapid.T, s *corpus.State, table string) (effects []corpus.Effect) {
	for range rapid.IntRange(0, 3).Draw(t, "rows") {
		row := properties(1).Draw(t, "columns")
		if rapid.Bool().Draw(t, "there") {
			s.Entities = append(s.Entities, corpus.Entity{Key: corpus.AnyRow(table), Properties: row})
		}
		if row != nil {
			op := rapid.SampledFrom([]corpus.Op{corpus.Insert, corpus.Delete}).Draw(t, "op")
			effects = append(effects, corpus.Effect{Op: op, Key: corpus.AnyRow(table), Properties: row})
		}
	}
	return effects
}

// redisState is the content of a Redis server and effects that can happen on it.
func redisState(t *rapid.T) (s corpus.State, effects []corpus.Effect) {
	s.Form = corpus.Keys
	keys := rapid.Custom(func(t *rapid.T) corpus.Key {
		return corpus.RedisKey(names().Draw(t, "name"), rapid.SampledFrom([]int{0, 0, 1, 12}).Draw(t, "database"))
	})
	for _, k := range rapid.SliceOfNDistinct(keys, 0, 5, corpus.Key.String).Draw(t, "keys") {
		value := redisValue(t)
		switch rapid.IntRange(0, 3).Draw(t, "happens") {
		case 0:
			effects = append(effects, corpus.Effect{Op: corpus.Insert, Key: k, Properties: value})
			continue
		case 1:
			effects = append(effects, corpus.Effect{Op: corpus.Delete, Key: k})
		}
		s.Entities = append(s.Entities, corpus.Entity{Key: k, Properties: value})
	}
	slices.SortFunc(s.Entities, func(a, b corpus.Entity) int { return a.Key.Compare(b.Key) })
	slices.SortFunc(effects, func(a, b corpus.Effect) int { return a.Key.Compare(b.Key) })
	return s, effects
}

func redisValue(t *rapid.T) map[string]corpus.Value {
	kind := rapid.SampledFrom([]string{"string", "hash", "list", "set", "zset", "stream"}).Draw(t, "type")
	out := map[string]corpus.Value{"type": kind}
	text := func(name string) corpus.Value { return texts().Draw(t, name) }
	hash := func() corpus.Value {
		e := &corpus.Entity{}
		for _, name := range rapid.SliceOfNDistinct(names(), 0, 3, rapid.ID).Draw(t, "fields") {
			setIn(&e.Properties, name, text("field"))
		}
		return e
	}
	switch kind {
	case "string":
		out["value"] = text("value")
	case "hash":
		out["value"] = hash()
	case "zset":
		out["value"] = &corpus.Entity{Properties: map[string]corpus.Value{names().Draw(t, "member"): rapid.Float64().Draw(t, "score")}}
	case "list", "set":
		out["value"] = []corpus.Value{text("item"), []byte{0xff}}
	case "stream":
		out["value"] = []corpus.Value{&corpus.Entity{Properties: map[string]corpus.Value{"id": "1-1", "fields": hash()}}}
	}
	if rapid.Bool().Draw(t, "expires") {
		out["ttl"] = corpus.Typed{Type: "ttl", Text: strconv.Itoa(rapid.IntRange(1, 100000).Draw(t, "ttl"))}
	}
	return out
}
