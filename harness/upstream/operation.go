package upstream

import (
	"encoding/json"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sidebyside/replay/corpus"
)

// operation is what a GraphQL request means.
type operation struct {
	mutation bool
	fields   []field
}

// field is one selection, with its variables put in and its fragments resolved.
type field struct {
	key, name string
	args      corpus.Object
	on        condition
	composite bool // it has a selection of its own
	fields    []field
	// maybe says of a recorded field that it is not known whether what it is part of was
	// asked of this object.
	maybe bool
}

// parse reads a request that has a document.
func parse(r *corpus.CallRequest) (operation, error) {
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: r.Document}, maxTokens)
	if err != nil {
		return operation{}, err
	}
	if len(doc.Operations) != 1 {
		return operation{}, fmt.Errorf("the document holds %d operations", len(doc.Operations))
	}
	op := doc.Operations[0]
	p := operationReader{doc: doc, op: op, open: map[string]bool{}}
	if r.Variables != nil {
		tree, err := r.Variables.Decode()
		if err != nil {
			return operation{}, err
		}
		p.values, _ = tree.(corpus.Object)
	}
	fields, err := p.selection(op.SelectionSet, "", nil)
	for i := range fields {
		fields[i].on = "" // a root has one type
	}
	return operation{mutation: op.Operation == ast.Mutation, fields: merged(fields)}, err
}

type operationReader struct {
	doc    *ast.QueryDocument
	op     *ast.OperationDefinition
	values corpus.Object
	open   map[string]bool // fragments that are being read
	budget int
}

// maxFields bounds what fragments that spread each other may grow to.
const maxFields = 100_000

func (p *operationReader) selection(set ast.SelectionSet, on condition, out []field) (_ []field, err error) {
	for _, s := range set {
		if p.budget++; p.budget > maxFields {
			return nil, fmt.Errorf("the document selects more than %d fields", maxFields)
		}
		switch s := s.(type) {
		case *ast.Field:
			if p.skipped(s.Directives) {
				continue
			}
			f := field{key: s.Alias, name: s.Name, on: on, composite: len(s.SelectionSet) > 0, args: p.arguments(s.Arguments)}
			if f.fields, err = p.selection(s.SelectionSet, "", nil); err != nil {
				return nil, err
			}
			f.fields = merged(f.fields)
			out = append(out, f)
		case *ast.InlineFragment:
			if !p.skipped(s.Directives) {
				out, err = p.selection(s.SelectionSet, on.and(s.TypeCondition), out)
			}
		case *ast.FragmentSpread:
			if !p.skipped(s.Directives) {
				out, err = p.spread(s, on, out)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p *operationReader) spread(s *ast.FragmentSpread, on condition, out []field) ([]field, error) {
	def := p.doc.Fragments.ForName(s.Name)
	if def == nil || p.open[s.Name] {
		return nil, fmt.Errorf("the fragment %q is not there or holds itself", s.Name)
	}
	p.open[s.Name] = true
	defer delete(p.open, s.Name)
	return p.selection(def.SelectionSet, on.and(def.TypeCondition), out)
}

// skipped obeys @skip and @include (GraphQL, section 3.13).
func (p *operationReader) skipped(directives ast.DirectiveList) bool {
	for _, d := range directives {
		arg := d.Arguments.ForName("if")
		if arg == nil {
			continue
		}
		v, _ := p.value(arg.Value)
		if d.Name == "skip" && v == true || d.Name == "include" && v == false {
			return true
		}
	}
	return false
}

func (p *operationReader) arguments(list ast.ArgumentList) corpus.Object {
	args := corpus.Object{}
	for _, a := range list {
		if v, ok := p.value(a.Value); ok {
			args = append(args, corpus.Member{Name: a.Name, Value: v})
		}
	}
	return args
}

// value is a value with its variables put in; absent is a variable that has
// neither value nor default.
func (p *operationReader) value(v *ast.Value) (any, bool) {
	switch v.Kind {
	case ast.Variable:
		if given, ok := p.values.Get(v.Raw); ok {
			return given, true
		}
		if def := p.op.VariableDefinitions.ForName(v.Raw); def != nil && def.DefaultValue != nil {
			return p.value(def.DefaultValue)
		}
		return nil, false
	case ast.IntValue, ast.FloatValue:
		return json.Number(v.Raw), true
	case ast.BooleanValue:
		return v.Raw == "true", true
	case ast.NullValue:
		return nil, true
	case ast.ListValue:
		list := []any{}
		for _, c := range v.Children {
			item, _ := p.value(c.Value)
			list = append(list, item)
		}
		return list, true
	case ast.ObjectValue:
		object := corpus.Object{}
		for _, c := range v.Children {
			if item, ok := p.value(c.Value); ok {
				object = append(object, corpus.Member{Name: c.Name, Value: item})
			}
		}
		return object, true
	}
	return v.Raw, true
}

// merged joins selections of one response key and type condition (GraphQL,
// section 6.3.2).
func merged(fields []field) []field {
	var out []field
next:
	for _, f := range fields {
		for i := range out {
			if out[i].key == f.key && out[i].on == f.on {
				joined := append(append([]field{}, out[i].fields...), f.fields...)
				out[i].fields = merged(joined)
				continue next
			}
		}
		out = append(out, f)
	}
	return out
}
