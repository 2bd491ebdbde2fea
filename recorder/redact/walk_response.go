package redact

import (
	"encoding/json"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sidebyside/replay/corpus"
)

// response copies the answer.
func (s *session) response(out, c *corpus.Case, p place) error {
	p.channel, p.skip, p.strict = "response", len(p.steps), true
	var err error
	out.Expect.Response, err = s.answer(p, c.Expect.Response, &c.Request, s.r.options.Schema)
	return err
}

// answer copies what was answered to a request: where that has a document, data by the
// schema, errors without their paths. Without a schema nothing has a coordinate.
func (s *session) answer(p place, text corpus.JSON, asked *corpus.Request, schema Schema) (corpus.JSON, error) {
	if text == nil {
		return nil, nil
	}
	tree, err := text.Decode()
	object, ok := tree.(corpus.Object)
	if err != nil || !ok || asked.Document == "" {
		return s.json(p, text)
	}
	answer := make(corpus.Object, 0, len(object))
	for _, m := range object {
		at := p.at(m.Name)
		switch m.Name {
		case "data":
			m.Value = s.data(at, asked, schema, m.Value)
		case "errors":
			m.Value = s.errors(at, m.Value)
		default:
			if s.drops(&at) {
				continue
			}
			m.Value = s.tree(at, m.Value)
		}
		answer = append(answer, m)
	}
	return encode(p, answer)
}

func (s *session) errors(p place, tree any) any {
	list, ok := tree.([]any)
	if !ok {
		return s.tree(p, tree)
	}
	p.echoes = true
	out := make([]any, len(list))
	for i, item := range list {
		object, ok := item.(corpus.Object)
		if !ok {
			out[i] = s.tree(p.item(i), item)
			continue
		}
		copied := make(corpus.Object, len(object))
		for j, m := range object {
			at := p.item(i)
			at = at.at(m.Name)
			at.fixed = m.Name == "path" || m.Name == "locations"
			copied[j] = corpus.Member{Name: m.Name, Value: s.tree(at, m.Value)}
		}
		out[i] = copied
	}
	return out
}

func (s *session) data(p place, asked *corpus.Request, schema Schema, tree any) any {
	object, ok := tree.(corpus.Object)
	doc, err := parser.ParseQuery(&ast.Source{Input: asked.Document})
	if err != nil || !ok {
		return s.tree(p, tree)
	}
	w := responseWalker{session: s, schema: schema, doc: doc}
	for _, op := range doc.Operations {
		if asked.OperationName != "" && op.Name != asked.OperationName {
			continue
		}
		sets := []ast.SelectionSet{op.SelectionSet}
		if schema == nil {
			return w.named(p, sets, object)
		}
		return w.object(p, schema.Root(string(op.Operation)), sets, object)
	}
	return s.tree(p, tree)
}

// responseWalker copies the data of an answer.
type responseWalker struct {
	*session
	schema Schema
	doc    *ast.QueryDocument
}

// selected is a field that was asked for, of the types that an object may have.
type selected struct {
	field *ast.Field
	types []string
}

func (w *responseWalker) object(p place, typeName string, sets []ast.SelectionSet, o corpus.Object) corpus.Object {
	types := w.concrete(w.schema.Possible(typeName), sets, o)
	out := make(corpus.Object, len(o))
	for i, m := range o {
		at := p.at(m.Name)
		at.paired(o)
		of, inner := "", []ast.SelectionSet(nil)
		for _, f := range w.find(types, sets, m.Name, nil) {
			at.fixed = at.fixed || f.field.Name == "__typename"
			at.aka = append(at.aka, f.field.Name)
			inner = append(inner, f.field.SelectionSet)
			for _, t := range f.types {
				for _, c := range coordinates(w.schema, t, f.field.Name) {
					if !slices.Contains(at.fields, c) {
						at.fields = append(slices.Clip(at.fields), c)
					}
				}
				if def := w.schema.Type(t).Fields.ForName(f.field.Name); def != nil && of == "" {
					of = def.Type.Name()
				}
			}
		}
		out[i] = corpus.Member{Name: m.Name, Value: w.value(at, of, inner, m.Value)}
	}
	return out
}

func (w *responseWalker) value(p place, of string, sets []ast.SelectionSet, tree any) any {
	switch t := tree.(type) {
	case []any:
		out := make([]any, len(t))
		for i, item := range t {
			out[i] = w.value(p.item(i), of, sets, item)
		}
		return out
	case corpus.Object:
		if def := w.schema.Type(of); def != nil && def.IsCompositeType() {
			p.fields = nil
			return w.object(p, of, sets, t)
		}
	case json.Number, string:
		p.typed(w.schema.Type(of))
	}
	return w.tree(p, tree)
}

// concrete are the types that an object may have: one, if its __typename was
// asked for.
func (w *responseWalker) concrete(types []string, sets []ast.SelectionSet, o corpus.Object) []string {
	for _, m := range o {
		text, ok := m.Value.(string)
		if !ok || !slices.Contains(types, text) {
			continue
		}
		if slices.ContainsFunc(w.find(types, sets, m.Name, nil), func(f selected) bool { return f.field.Name == "__typename" }) {
			return []string{text}
		}
	}
	return types
}

// find are the fields that were asked for under a response name.
func (w *responseWalker) find(types []string, sets []ast.SelectionSet, name string, spread []string) []selected {
	var found []selected
	for _, set := range sets {
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				if s.Alias == name {
					found = append(found, selected{s, types})
				}
			case *ast.InlineFragment:
				found = append(found, w.find(w.narrow(types, s.TypeCondition), []ast.SelectionSet{s.SelectionSet}, name, spread)...)
			case *ast.FragmentSpread:
				if f := w.doc.Fragments.ForName(s.Name); f != nil && !slices.Contains(spread, s.Name) {
					found = append(found, w.find(w.narrow(types, f.TypeCondition), []ast.SelectionSet{f.SelectionSet}, name, append(slices.Clip(spread), s.Name))...)
				}
			}
		}
	}
	return slices.DeleteFunc(found, func(f selected) bool { return len(f.types) == 0 })
}

func (w *responseWalker) narrow(types []string, condition string) []string {
	if condition == "" {
		return types
	}
	possible := w.schema.Possible(condition)
	var out []string
	for _, t := range types {
		if slices.Contains(possible, t) {
			out = append(out, t)
		}
	}
	return out
}
