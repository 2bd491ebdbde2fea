package normalizers

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sidebyside/replay/corpus"
)

// timeLike reports whether a type is a scalar of the schema that is named like a
// date or an instant. What it holds must still spell one.
func (s *Schema) timeLike(name string) bool {
	def := s.types[name]
	if def == nil || def.Kind != ast.Scalar {
		return false
	}
	lower := strings.ToLower(name)
	if strings.Contains(lower, "zone") || strings.Contains(lower, "duration") {
		return false
	}
	for _, word := range [...]string{"date", "time", "instant"} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return false
}

func (r *rebaser) request(req *corpus.Request) {
	r.within("document", func() { r.free(req.Document) })
	r.within("variables", func() { req.Variables = r.json(req.Variables, r.variables) })
	r.within("extensions", func() { req.Extensions = r.json(req.Extensions, r.plain) })
	r.enter("headers")
	for _, name := range sortedNames(req.Headers) {
		r.within(name, func() { r.suspect(req.Headers[name]) })
	}
	r.leave()
}

// json is the text with what walk makes of it, and the text itself where nothing
// was moved.
func (r *rebaser) json(j corpus.JSON, walk func(any) any) corpus.JSON {
	tree, err := j.Decode()
	if err != nil {
		return j // absent, or for the comparison to complain about
	}
	before := r.moved
	tree = walk(tree)
	if r.moved == before {
		return j
	}
	out, err := corpus.EncodeJSON(tree)
	if err != nil {
		return j // a tree that was decoded can be encoded
	}
	return out
}

// plain is JSON of which rules and schema say nothing.
func (r *rebaser) plain(v any) any { return r.response(v, nil, nil, nil, 0) }

func (r *rebaser) answer(j corpus.JSON) corpus.JSON {
	return r.json(j, func(tree any) any {
		object, ok := tree.(corpus.Object)
		if !ok {
			return r.plain(tree)
		}
		t := r.rules.start("response", func(*pattern) bool { return true })
		for i, m := range object {
			var f *field
			if m.Name == "data" {
				f = rootField
			}
			next, hits := t.member(m.Name)
			r.within(m.Name, func() { object[i].Value = r.response(m.Value, f, next, hits, 0) })
		}
		return object
	})
}

// response is the value of a field; see builder.response.
func (r *rebaser) response(v any, f *field, t trail, rules []*Rule, index int) any {
	switch v := v.(type) {
	case corpus.Object:
		r.members(v, r.selectionOf(f, decodedObject(v), index), t)
		return v
	case []any:
		inherited := onItems(rules)
		for i, item := range v {
			next, hits := t.item(i)
			r.enterItem(i)
			v[i] = r.response(item, f, next, merge(inherited, hits), i)
			r.leave()
		}
		return v
	}
	typeName := ""
	if f != nil {
		typeName = f.static
	}
	return r.scalarJSON(v, r.said(merge(rules, r.everywhere), typeName))
}

func (r *rebaser) members(object corpus.Object, s *selection, t trail) {
	direct := false
	for i, m := range object {
		var f *field
		var rules []*Rule
		if s != nil {
			if f = s.fields[m.Name]; f != nil {
				rules = f.rules
			}
		}
		next, hits := t.member(m.Name)
		before := r.moved
		r.enter(m.Name)
		if f == nil {
			r.name(m.Name)
		}
		object[i].Value = r.response(m.Value, f, next, merge(rules, hits), 0)
		r.leave()
		direct = direct || r.moved > before && !compositeJSON(m.Value)
	}
	if direct {
		r.besides(object)
	}
}

func compositeJSON(v any) bool {
	switch v.(type) {
	case corpus.Object, []any:
		return true
	}
	return false
}

func (r *rebaser) besides(object corpus.Object) {
	values := map[string]any{}
	for _, m := range object {
		values[m.Name] = m.Value
	}
	r.weekdays(slices.Sorted(maps.Keys(values)), func(name string) any { return values[name] })
}

func (r *rebaser) scalarJSON(v any, s said) any {
	switch v := v.(type) {
	case string:
		return r.text(v, s)
	case json.Number:
		return json.Number(r.number(string(v), s))
	}
	return v
}

// variables are moved by the types that the operation declares them with.
func (r *rebaser) variables(tree any) any {
	object, ok := tree.(corpus.Object)
	if !ok || r.plan == nil {
		return r.plain(tree)
	}
	for i, m := range object {
		var declared *ast.Type
		if def := r.plan.operation.VariableDefinitions.ForName(m.Name); def != nil {
			declared = def.Type
		}
		r.within(m.Name, func() { object[i].Value = r.input(m.Value, declared, nil) })
	}
	return object
}

// input is a value of an input type; nil is an unknown one.
func (r *rebaser) input(v any, t *ast.Type, rules []*Rule) any {
	if t == nil {
		return r.plain(v)
	}
	switch v := v.(type) {
	case corpus.Object:
		direct := false
		for i, m := range v {
			inner, rules := r.inputField(t.Name(), v, m.Name)
			before := r.moved
			r.within(m.Name, func() { v[i].Value = r.input(m.Value, inner, rules) })
			direct = direct || r.moved > before && !compositeJSON(m.Value)
		}
		if direct {
			r.besides(v)
		}
		return v
	case []any:
		for i, item := range v {
			r.enterItem(i)
			v[i] = r.input(item, t, rules)
			r.leave()
		}
		return v
	}
	return r.scalarJSON(v, r.said(rules, t.Name()))
}

// inputField is the type of a member of an input object. What a gateway sends to
// _entities is an object of the type that it names.
func (r *rebaser) inputField(typeName string, object corpus.Object, member string) (*ast.Type, []*Rule) {
	schema := r.plan.schema
	if typeName == "_Any" {
		named, _ := object.Get("__typename")
		text, _ := named.(string)
		if def := schema.field(text, member); def != nil {
			return def.Type, r.rules.forField(schema, text, member, def)
		}
		return nil, nil
	}
	def := schema.types[typeName]
	if def == nil {
		return nil, nil
	}
	if f := def.Fields.ForName(member); f != nil {
		return f.Type, nil
	}
	return nil, nil
}

// calls are moved by the rules of their upstream: its schema is not known.
func (r *rebaser) calls(calls []corpus.Call) []corpus.Call {
	out := slices.Clone(calls)
	for i := range out {
		c := &out[i]
		r.everywhere = onItems(r.rules.ofUpstream(c.Upstream))
		r.enter(c.Upstream)
		r.enterItem(i)
		r.within("path", func() { r.free(c.Request.Path) })
		r.within("document", func() { r.free(c.Request.Document) })
		r.within("variables", func() { c.Request.Variables = r.json(c.Request.Variables, r.plain) })
		r.within("body", func() { c.Request.Body = r.json(c.Request.Body, r.plain) })
		r.within("response", func() { c.Response.Body = r.json(c.Response.Body, r.plain) })
		r.leave()
		r.leave()
		r.everywhere = nil
	}
	return out
}
