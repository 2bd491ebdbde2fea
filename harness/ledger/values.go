package ledger

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// Expressions see maps, lists and scalars. What has fields that are always there
// is a record, so that expressions are checked against them when they are read.

func requestValue(r *corpus.Request) (map[string]any, error) {
	variables, err := jsonValue(r.Variables)
	if err != nil {
		return nil, fmt.Errorf("read variables: %w", err)
	}
	if variables == nil {
		variables = map[string]any{}
	}
	return map[string]any{
		"operation": string(r.Operation), "fields": listOf(r.Fields), "document": r.Document,
		"operationName": r.OperationName, "variables": variables, "headers": textsOf(r.Headers),
	}, nil
}

func fixtureValue(cs *corpus.Case, stores []string) map[string]any {
	fixture := map[string]any{}
	for _, name := range stores {
		state := cs.State(name)
		entities := make([]any, len(state.Entities))
		for i := range state.Entities {
			entities[i] = entityValue(&state.Entities[i])
		}
		absent := make([]any, len(state.Absent))
		for i, k := range state.Absent {
			absent[i] = keyed(map[string]any{}, k)
		}
		fixture[name] = map[string]any{"entities": entities, "absent": absent}
	}
	return fixture
}

func observationValue(o *corpus.Observation, stores []string) (map[string]any, error) {
	response, err := jsonValue(o.Response)
	if err != nil {
		return nil, fmt.Errorf("read response: %w", err)
	}
	effects := map[string]any{}
	for _, name := range stores {
		list := make([]any, len(o.Effects[name]))
		for i := range o.Effects[name] {
			list[i] = effectValue(&o.Effects[name][i])
		}
		effects[name] = list
	}
	calls := make([]any, len(o.Calls))
	for i := range o.Calls {
		if calls[i], err = callValue(&o.Calls[i]); err != nil {
			return nil, err
		}
	}
	return map[string]any{
		"http":     map[string]any{"status": int64(o.HTTP.Status), "headers": textsOf(o.HTTP.Headers)},
		"response": response, "effects": effects, "calls": calls,
	}, nil
}

func callValue(c *corpus.Call) (map[string]any, error) {
	var trees [3]any
	for i, j := range []corpus.JSON{c.Request.Variables, c.Request.Body, c.Response.Body} {
		var err error
		if trees[i], err = jsonValue(j); err != nil {
			return nil, fmt.Errorf("read call: %w", err)
		}
	}
	return map[string]any{
		"upstream": c.Upstream,
		"request": map[string]any{
			"method": c.Request.Method, "path": c.Request.Path, "document": c.Request.Document,
			"variables": trees[0], "body": trees[1],
		},
		"response": map[string]any{"status": int64(c.Response.Status), "body": trees[2]},
	}, nil
}

func effectValue(e *corpus.Effect) map[string]any {
	set := map[string]any{}
	for name, c := range e.Set {
		change := map[string]any{}
		if c.From != nil {
			change["from"] = storedValue(*c.From)
		}
		if c.To != nil {
			change["to"] = storedValue(*c.To)
		}
		set[name] = change
	}
	return keyed(map[string]any{
		"op": string(e.Op), "properties": propertiesValue(e.Properties), "set": set, "unindexed": listOf(e.Unindexed),
	}, e.Key)
}

func entityValue(e *corpus.Entity) map[string]any {
	return keyed(map[string]any{"properties": propertiesValue(e.Properties), "unindexed": listOf(e.Unindexed)}, e.Key)
}

// keyed adds what a key says to a record: its kind, its text as in reports, and
// its kinds and ids by turns.
func keyed(record map[string]any, k corpus.Key) map[string]any {
	path := make([]any, 0, 2*len(k.Path))
	for _, e := range k.Path {
		if e.Kind != "" { // further columns of a row's key have none
			path = append(path, e.Kind)
		}
		switch {
		case e.Name != "":
			path = append(path, e.Name)
		case e.ID != 0:
			path = append(path, e.ID)
		}
	}
	record["kind"], record["key"], record["path"] = k.Kind(), k.String(), path
	return record
}

func propertiesValue(properties map[string]corpus.Value) map[string]any {
	out := make(map[string]any, len(properties))
	for name, v := range properties {
		out[name] = storedValue(v)
	}
	return out
}

// storedValue is a value of a store: a key is its text, an embedded entity its
// properties, a value with a meaning the value, and one of a store's own types
// its text.
func storedValue(v corpus.Value) any {
	switch v := v.(type) {
	case corpus.Key:
		return v.String()
	case corpus.GeoPoint:
		return map[string]any{"lat": v.Lat, "lng": v.Lng}
	case *corpus.Entity:
		return propertiesValue(v.Properties)
	case []corpus.Value:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = storedValue(item)
		}
		return list
	case corpus.Typed:
		if v.Type == "numeric" || v.Type == "ttl" {
			return numberValue(v.Text)
		}
		return v.Text
	case corpus.Meant:
		return storedValue(v.Value)
	}
	return v
}

func listOf(texts []string) []any {
	list := make([]any, len(texts))
	for i, s := range texts {
		list[i] = s
	}
	return list
}

func textsOf(texts map[string]string) map[string]any {
	out := make(map[string]any, len(texts))
	for name, s := range texts {
		out[name] = s
	}
	return out
}

// jsonValue is a JSON text for expressions, nil when absent.
func jsonValue(j corpus.JSON) (any, error) {
	if j == nil {
		return nil, nil
	}
	tree, err := j.Decode()
	if err != nil {
		return nil, err
	}
	return treeValue(tree), nil
}

func treeValue(tree any) any {
	switch t := tree.(type) {
	case corpus.Object:
		out := make(map[string]any, len(t))
		for _, m := range t {
			out[m.Name] = treeValue(m.Value)
		}
		return out
	case []any:
		list := make([]any, len(t))
		for i, item := range t {
			list[i] = treeValue(item)
		}
		return list
	case json.Number:
		return numberValue(string(t))
	}
	return tree
}

// numberValue is an int where the literal is one and fits, else a double.
func numberValue(literal string) any {
	if !strings.ContainsAny(literal, ".eE") {
		if n, err := strconv.ParseInt(literal, 10, 64); err == nil {
			return n
		}
	}
	if f, err := strconv.ParseFloat(literal, 64); err == nil {
		return f
	}
	f, _ := new(big.Float).SetString(literal) // beyond float64: an infinity
	if f == nil {
		return literal
	}
	x, _ := f.Float64()
	return x
}
