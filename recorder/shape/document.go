package shape

import (
	"encoding/json"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sidebyside/replay/corpus"
)

const (
	maxTokens = 500_000
	// maxFields bounds what fragments that spread each other may grow to. A document
	// beyond it is its own shape.
	maxFields = 20_000
)

// operation is what a request asks for, in one line: the fields with the shapes of
// their arguments, whatever names, aliases, fragments and order they are written
// with. The root fields of a mutation are run one after the other, and keep theirs.
func operation(r *corpus.Request) string {
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: r.Document}, maxTokens)
	if err != nil {
		return r.Document
	}
	op := doc.Operations.ForName(r.OperationName)
	if op == nil {
		return r.Document
	}
	w := writer{doc: doc, defaults: map[string]*ast.Value{}, open: map[string]bool{}}
	for _, v := range op.VariableDefinitions {
		w.defaults[v.Variable] = v.DefaultValue
	}
	if r.Variables != nil {
		if tree, err := r.Variables.Decode(); err == nil {
			w.values, _ = tree.(corpus.Object)
		}
	}
	fields := w.selection(op.SelectionSet, "")
	if w.written > maxFields {
		return r.Document
	}
	if op.Operation == ast.Mutation {
		return "mutation " + strings.Join(fields, " ")
	}
	return string(op.Operation) + " " + set(fields, " ")
}

// writer writes the fields of one operation.
type writer struct {
	doc      *ast.QueryDocument
	values   corpus.Object
	defaults map[string]*ast.Value // by variable
	open     map[string]bool       // fragments that are being written
	written  int
}

// selection is a text for each field; on is the type that a fragment asks for.
func (w *writer) selection(selected ast.SelectionSet, on string) []string {
	var out []string
	for _, s := range selected {
		if w.written++; w.written > maxFields {
			return out
		}
		switch s := s.(type) {
		case *ast.Field:
			out = append(out, on+w.field(s))
		case *ast.InlineFragment:
			out = append(out, w.selection(s.SelectionSet, on+condition(s.TypeCondition)+w.directives(s.Directives))...)
		case *ast.FragmentSpread:
			f := w.doc.Fragments.ForName(s.Name)
			if f == nil || w.open[s.Name] {
				continue
			}
			w.open[s.Name] = true
			out = append(out, w.selection(f.SelectionSet, on+condition(f.TypeCondition)+w.directives(s.Directives))...)
			delete(w.open, s.Name)
		}
	}
	return out
}

func condition(name string) string {
	if name == "" {
		return ""
	}
	return "on " + name + ":"
}

func (w *writer) field(f *ast.Field) string {
	text := f.Name + w.arguments(f.Arguments) + w.directives(f.Directives)
	if len(f.SelectionSet) > 0 {
		text += "{" + set(w.selection(f.SelectionSet, ""), " ") + "}"
	}
	return text
}

func (w *writer) directives(list ast.DirectiveList) string {
	var text strings.Builder
	for _, d := range list {
		text.WriteString("@" + d.Name + w.arguments(d.Arguments))
	}
	return text.String()
}

func (w *writer) arguments(list ast.ArgumentList) string {
	if len(list) == 0 {
		return ""
	}
	texts := make([]string, len(list))
	for i, a := range list {
		texts[i] = a.Name + ":" + w.value(a.Value)
	}
	return "(" + set(texts, ",") + ")"
}

// value is the shape of an argument, with its variables put in: a literal and a
// variable of the same value ask for the same.
func (w *writer) value(v *ast.Value) string {
	switch {
	case v == nil:
		return "absent"
	case v.Kind == ast.Variable:
		if given, ok := w.values.Get(v.Raw); ok {
			return input(given)
		}
		if d := w.defaults[v.Raw]; d != nil {
			return w.value(d)
		}
		return "absent"
	case v.Kind == ast.EnumValue:
		return v.Raw
	case v.Kind == ast.ListValue:
		items := make([]string, len(v.Children))
		for i, c := range v.Children {
			items[i] = w.value(c.Value)
		}
		return list(items)
	case v.Kind == ast.ObjectValue:
		members := make([]string, len(v.Children))
		for i, c := range v.Children {
			members[i] = c.Name + ":" + w.value(c.Value)
		}
		return "{" + set(members, ",") + "}"
	}
	return input(literal(v))
}

// literal is a scalar literal as a value of JSON.
func literal(v *ast.Value) any {
	switch v.Kind {
	case ast.IntValue, ast.FloatValue:
		return json.Number(v.Raw)
	case ast.BooleanValue:
		return v.Raw == "true"
	case ast.NullValue:
		return nil
	}
	return v.Raw
}
