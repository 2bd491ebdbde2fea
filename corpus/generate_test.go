package corpus_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
)

// nasty are texts that a reader or writer of YAML, JSON or GraphQL may take for
// something else.
var nasty = []string{
	"", " ", "\n", "\t", "\r\n", "~", "null", "Null", "true", "no", "yes", "On", "y", "<<", "=", "-", "- a", "? a",
	": ", "a: b", "a:b", "#", "a #b", "!key", "&a", "*a", "|", ">", "%", "@", "`", "'", `"`, `\`, "{}", "[]", ",",
	"42", "-1", "+1", "007", "0x1f", "0o17", "1_000", "1.0", ".5", "1.", "1e3", ".nan", ".inf", "-.inf", "1E400",
	"2026-12-01", "2026-12-01T00:00:00Z", "12:30", "190:20:30", "---", "...", "--- a", "\ufeff", "\u0085", "\u2028",
	"\u00a0", "\u0000", "\u0007", "\u001b", "\u007f", "\U0001f600", "e\u0301", "\ufffd", "\ufffe", "\uffff",
	"trailing ", " leading", "two\nlines", "two\nlines\n", "\n\n", "a\n\nb\n\n\n", "  indented\nless\n", "\ttab\n\ttab",
	"a \nb", "   \n  ", "a\n   \nb", "a\n\t\nb", "a\n \n", "\n  a\n  ", "__key__", "a.b", "a[0]", "a/b", "ns:a", "ünï",
	strings.Repeat("long ", 300), strings.Repeat("x", 2000), "c:\\dir", "\\u0041", "a\rb", "{a: b}", "[a, b]", "a, b",
}

func texts() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom(nasty),
		rapid.String(),
		rapid.StringMatching(`[a-z]{1,8}( [a-z]{1,8}){0,3}`),
		rapid.Custom(func(t *rapid.T) string {
			return rapid.SampledFrom(nasty).Draw(t, "a") + rapid.SampledFrom(nasty).Draw(t, "b")
		}),
	)
}

func names() *rapid.Generator[string] {
	return texts().Filter(func(s string) bool { return s != "" && s != "__key__" && s != "base" && s != "changes" })
}

func keys() *rapid.Generator[corpus.Key] {
	return rapid.Custom(func(t *rapid.T) corpus.Key {
		k := corpus.Key{Namespace: rapid.SampledFrom([]string{"", "", "ns", "a:b", "7"}).Draw(t, "namespace")}
		for range rapid.IntRange(1, 3).Draw(t, "elements") {
			e := corpus.PathElement{Kind: names().Draw(t, "kind")}
			if rapid.Bool().Draw(t, "named") {
				e.Name = names().Draw(t, "name")
			} else {
				e.ID = rapid.Int64().Filter(func(i int64) bool { return i != 0 }).Draw(t, "id")
			}
			k.Path = append(k.Path, e)
		}
		return k
	})
}

func instants() *rapid.Generator[time.Time] {
	first := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	last := time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC).UnixMicro()
	return rapid.Map(rapid.Int64Range(first, last), func(i int64) time.Time { return time.UnixMicro(i).UTC() })
}

func floats() *rapid.Generator[float64] {
	return rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{
		0, math.Copysign(0, -1), 1, 1e6, 1e21, 1e-7, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, math.SmallestNonzeroFloat64,
	}))
}

// scalars are the values that have no others within.
func scalars() *rapid.Generator[corpus.Value] {
	return rapid.Custom(func(t *rapid.T) corpus.Value {
		switch rapid.IntRange(0, 9).Draw(t, "type") {
		case 9:
			return typed().Draw(t, "typed")
		case 0:
			return nil
		case 1:
			return rapid.Bool().Draw(t, "bool")
		case 2:
			return rapid.Int64().Draw(t, "int")
		case 3:
			return floats().Draw(t, "float")
		case 4:
			return rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		case 5:
			return instants().Draw(t, "time")
		case 6:
			return keys().Draw(t, "key")
		case 7:
			return corpus.GeoPoint{
				Lat: rapid.Float64Range(-90, 90).Draw(t, "lat"),
				Lng: rapid.Float64Range(-180, 180).Draw(t, "lng"),
			}
		}
		return texts().Draw(t, "text")
	})
}

func values(depth int) *rapid.Generator[corpus.Value] {
	return rapid.Custom(func(t *rapid.T) corpus.Value {
		switch kind := rapid.IntRange(0, 9).Draw(t, "form"); {
		case depth > 0 && kind == 0:
			list := []corpus.Value{}
			for range rapid.IntRange(0, 3).Draw(t, "length") {
				item := values(depth-1).Draw(t, "item")
				if _, isList := item.([]corpus.Value); !isList {
					list = append(list, item)
				}
			}
			return list
		case depth > 0 && kind == 1:
			e := &corpus.Entity{Properties: properties(depth-1).Draw(t, "properties")}
			if rapid.Bool().Draw(t, "keyed") {
				e.Key = keys().Draw(t, "own key")
				if last := &e.Key.Path[len(e.Key.Path)-1]; rapid.Bool().Draw(t, "incomplete") {
					last.ID, last.Name = 0, ""
				}
			}
			return e
		case kind == 2:
			meaning := rapid.Int32().Filter(func(i int32) bool { return i != 0 }).Draw(t, "meaning")
			return corpus.Meant{Meaning: meaning, Value: scalars().Draw(t, "meant")}
		}
		return scalars().Draw(t, "scalar")
	})
}

func properties(depth int) *rapid.Generator[map[string]corpus.Value] {
	return rapid.Map(rapid.MapOfN(names(), values(depth), 0, 4), nilIfEmpty)
}

func nilIfEmpty[V any](m map[string]V) map[string]V {
	if len(m) == 0 {
		return nil
	}
	return m
}

func unindexed(t *rapid.T, properties map[string]corpus.Value) []string {
	var chosen []string
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if rapid.Bool().Draw(t, "unindexed") {
			chosen = append(chosen, corpus.PropertyPath{{Name: name}}.String())
		}
	}
	slices.Sort(chosen)
	return chosen
}

func jsons() *rapid.Generator[corpus.JSON] {
	return rapid.Map(jsonTexts(3), func(s string) corpus.JSON { return corpus.JSON(s) })
}

// jsonTexts are JSON texts without white space, also with escapes that need not
// be, repeated members and unpaired surrogates.
func jsonTexts(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		form := rapid.IntRange(0, 5).Draw(t, "form")
		if depth == 0 {
			form %= 4
		}
		switch form {
		case 0:
			return rapid.SampledFrom([]string{"null", "true", "false", `"\ud800"`, `"\u0041\/\u00e9"`, `"\udc00\ud800x"`}).Draw(t, "word")
		case 1:
			return rapid.SampledFrom([]string{"0", "-0", "1.0", "1e3", "1E+3", "9223372036854775808", "1E400", "-1.50", "1e-400"}).Draw(t, "number")
		case 2, 3:
			return jsonString(texts().Draw(t, "string"))
		case 4:
			items := rapid.SliceOfN(jsonTexts(depth-1), 0, 4).Draw(t, "items")
			return "[" + strings.Join(items, ",") + "]"
		}
		var members []string
		for range rapid.IntRange(0, 4).Draw(t, "members") {
			members = append(members, jsonString(texts().Draw(t, "name"))+":"+jsonTexts(depth-1).Draw(t, "value"))
		}
		return "{" + strings.Join(members, ",") + "}"
	})
}

func jsonString(s string) string {
	j, err := corpus.EncodeJSON(s)
	if err != nil {
		panic(err)
	}
	return string(j)
}

// documents give a document, its operation name, type and root fields.
func requests() *rapid.Generator[corpus.Request] {
	return rapid.Custom(func(t *rapid.T) corpus.Request {
		r := corpus.Request{Operation: corpus.Mutation, Fields: []string{"rename", "other"}}
		padding := rapid.SampledFrom([]string{"", " ", "\n", "\n\n", "\t", "\r\n", "  \n", ",", "# ünï \u0085 \u2028\n", "\ufeff", "\n  "})
		parts := []string{"mutation", "Rename", "{", "a: rename", "...F", "rename(t: " + jsonStringForGraphQL(t) + ")", "}", "fragment F on Mutation", "{", "other", "}"}
		if rapid.Bool().Draw(t, "query") {
			r.Operation, r.Fields = corpus.Query, []string{"rename"}
			parts = []string{"query Other { b } query", "Rename", "{", "rename", "}"}
		}
		r.Document = padding.Draw(t, "before")
		for _, part := range parts {
			r.Document += part + " " + padding.Draw(t, "padding")
		}
		r.OperationName = "Rename"
		if rapid.Bool().Draw(t, "variables") {
			r.Variables = jsons().Draw(t, "variables")
		}
		if rapid.Bool().Draw(t, "extensions") {
			r.Extensions = jsons().Draw(t, "extensions")
		}
		r.Headers = headers().Draw(t, "headers")
		return r
	})
}

func jsonStringForGraphQL(t *rapid.T) string {
	return `"` + rapid.StringMatching(`[a-zA-Z0-9 :#{}\[\]'éß]{0,20}`).Draw(t, "argument") + `"`
}

func headers() *rapid.Generator[map[string]string] {
	value := rapid.Map(texts(), func(s string) string { return strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(s) })
	return rapid.Map(rapid.MapOfN(rapid.StringMatching(`[a-z0-9!#$%&'*+.^_|~-]{1,10}`), value, 0, 3), nilIfEmpty)
}

// cases are valid in every respect.
func cases() *rapid.Generator[*corpus.Case] {
	return rapid.Custom(func(t *rapid.T) *corpus.Case {
		c := &corpus.Case{Name: "rename/x-00000000", File: "rename/x-00000000.yaml"}
		c.Description = texts().Draw(t, "description")
		if tags := rapid.SliceOfNDistinct(names(), 0, 3, rapid.ID).Draw(t, "tags"); len(tags) > 0 {
			c.Tags = tags
		}
		c.Recorded = corpus.Recorded{
			At: instants().Draw(t, "at"), Implementation: texts().Draw(t, "implementation"), Revision: texts().Draw(t, "revision"),
		}
		c.Request = requests().Draw(t, "request")
		c.Expect = corpus.Observation{
			HTTP:     corpus.HTTP{Status: rapid.IntRange(100, 599).Draw(t, "status"), Headers: headers().Draw(t, "answer headers")},
			Response: jsons().Draw(t, "response"),
			Calls:    calls().Draw(t, "calls"),
		}
		for i := range rapid.IntRange(0, 2).Draw(t, "stores") {
			name := fmt.Sprintf("%s%d", texts().Draw(t, "store"), i)
			content := rapid.SampledFrom([]func(*rapid.T) (corpus.State, []corpus.Effect){stateAndEffects, tableState, redisState}).Draw(t, "form")
			state, effects := content(t)
			setIn(&c.Fixture.Stores, name, state)
			setIn(&c.Expect.Effects, name, effects)
		}
		return c
	})
}

func setIn[V any](m *map[string]V, name string, v V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[name] = v
}

// stateAndEffects are a state and effects that can happen on it.
func stateAndEffects(t *rapid.T) (s corpus.State, effects []corpus.Effect) {
	for _, k := range rapid.SliceOfNDistinct(keys(), 0, 6, corpus.Key.String).Draw(t, "keys") {
		if rapid.IntRange(0, 2).Draw(t, "there") == 0 {
			if rapid.Bool().Draw(t, "looked up") {
				s.Absent = append(s.Absent, k)
			}
			e := corpus.Effect{Op: corpus.Insert, Key: k, Properties: properties(2).Draw(t, "inserted")}
			e.Unindexed = unindexed(t, e.Properties)
			effects = append(effects, e)
			continue
		}
		e := corpus.Entity{Key: k, Properties: properties(2).Draw(t, "properties")}
		e.Unindexed = unindexed(t, e.Properties)
		s.Entities = append(s.Entities, e)
		switch rapid.IntRange(0, 2).Draw(t, "effect") {
		case 0:
			effects = append(effects, corpus.Effect{Op: corpus.Delete, Key: k})
		case 1:
			effects = append(effects, updateOf(t, k))
		}
	}
	slices.SortFunc(effects, func(a, b corpus.Effect) int { return a.Key.Compare(b.Key) })
	return s, effects
}

func updateOf(t *rapid.T, k corpus.Key) corpus.Effect {
	e := corpus.Effect{Op: corpus.Update, Key: k, Set: map[string]corpus.Change{}}
	after := map[string]corpus.Value{}
	for _, name := range rapid.SliceOfNDistinct(names(), 1, 3, rapid.ID).Draw(t, "set") {
		var c corpus.Change
		from, to := values(1).Draw(t, "from"), values(1).Draw(t, "to")
		form := rapid.IntRange(0, 2).Draw(t, "change")
		if form != 0 {
			c.From = &from
		}
		if form != 1 {
			c.To = &to
			after[name] = to
		}
		e.Set[name] = c
	}
	e.Unindexed = unindexed(t, after)
	return e
}

func calls() *rapid.Generator[[]corpus.Call] {
	call := rapid.Custom(func(t *rapid.T) corpus.Call {
		c := corpus.Call{Upstream: names().Draw(t, "upstream")}
		c.Request.Method, c.Request.Path = texts().Draw(t, "method"), texts().Draw(t, "path")
		if rapid.Bool().Draw(t, "graphql") {
			c.Request.Document = requests().Draw(t, "document").Document
			c.Request.Variables = jsons().Draw(t, "variables")
		} else if rapid.Bool().Draw(t, "with body") {
			c.Request.Body = jsons().Draw(t, "body")
		}
		c.Response.Status = rapid.IntRange(100, 599).Draw(t, "status")
		if rapid.Bool().Draw(t, "answered") {
			c.Response.Body = jsons().Draw(t, "answer")
		}
		return c
	})
	return rapid.Custom(func(t *rapid.T) []corpus.Call {
		if list := rapid.SliceOfN(call, 0, 2).Draw(t, "calls"); len(list) > 0 {
			return list
		}
		return nil
	})
}
