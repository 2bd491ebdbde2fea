package features

import (
	"errors"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/normalizers"
)

// checkRequest reports the fields, arguments and members of input objects of a
// request that the schema does not know, with the nearest right name. Lines are
// those of the document.
func checkRequest(schema *normalizers.Schema, file string, r *corpus.Request) error {
	doc, err := parser.ParseQuery(&ast.Source{Input: r.Document})
	if err != nil {
		return documentProblem(file, err)
	}
	c := requestChecker{schema: schema, doc: doc, file: file}
	for _, op := range doc.Operations {
		if r.OperationName == "" || op.Name == r.OperationName {
			c.selections(op.SelectionSet, schema.Root(string(op.Operation)))
			c.variables(op, r.Variables)
		}
	}
	return c.problems.Err()
}

// checkSyntax reports a document that is no GraphQL.
func checkSyntax(file, document string) error {
	if _, err := parser.ParseQuery(&ast.Source{Input: document}); err != nil {
		return documentProblem(file, err)
	}
	return nil
}

func documentProblem(file string, err error) error {
	p := strictyaml.Problem{File: file, Line: 1, Column: 1, Message: err.Error()}
	if e, ok := errors.AsType[*gqlerror.Error](err); ok && len(e.Locations) > 0 {
		p.Message, p.Line, p.Column = e.Message, e.Locations[0].Line, e.Locations[0].Column
	}
	return strictyaml.Problems{p}
}

type requestChecker struct {
	schema   *normalizers.Schema
	doc      *ast.QueryDocument
	file     string
	problems strictyaml.Problems
	spread   map[string]bool
}

func (c *requestChecker) problemf(at *ast.Position, format string, args ...any) {
	p := strictyaml.Problem{File: c.file, Line: 1, Column: 1, Message: fmt.Sprintf(format, args...)}
	if at != nil {
		p.Line, p.Column = at.Line, at.Column
	}
	c.problems = append(c.problems, p)
}

// selections checks the fields of a type; one that the schema does not hold is
// another service's, and not checked.
func (c *requestChecker) selections(set ast.SelectionSet, name string) {
	def := c.schema.Type(name)
	if def == nil {
		return
	}
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			c.field(s, def)
		case *ast.InlineFragment:
			c.fragment(s.Position, s.TypeCondition, name, s.SelectionSet)
		case *ast.FragmentSpread:
			f := c.doc.Fragments.ForName(s.Name)
			if f == nil || c.spread[s.Name] {
				continue
			}
			if c.spread == nil {
				c.spread = map[string]bool{}
			}
			c.spread[s.Name] = true
			c.fragment(f.Position, f.TypeCondition, name, f.SelectionSet)
		}
	}
}

func (c *requestChecker) fragment(at *ast.Position, condition, outer string, set ast.SelectionSet) {
	if condition == "" {
		condition = outer
	}
	if c.schema.Type(condition) == nil {
		c.problemf(at, "unknown type %q%s", condition, suggest(condition, c.schema.Types()))
	}
	c.selections(set, condition)
}

func (c *requestChecker) field(f *ast.Field, def *ast.Definition) {
	if len(f.Name) > 1 && f.Name[:2] == "__" || f.Name == "_entities" || f.Name == "_service" {
		return
	}
	known := def.Fields.ForName(f.Name)
	if known == nil {
		c.problemf(f.Position, "type %q has no field %q%s", def.Name, f.Name, suggest(f.Name, fieldNames(def)))
		return
	}
	for _, a := range f.Arguments {
		arg := known.Arguments.ForName(a.Name)
		if arg == nil {
			c.problemf(a.Position, "field %s.%s has no argument %q%s", def.Name, f.Name, a.Name, suggest(a.Name, argumentNames(known)))
			continue
		}
		c.literal(a.Value, arg.Type.Name())
	}
	c.selections(f.SelectionSet, known.Type.Name())
}

// literal checks the members of input objects written in the document.
func (c *requestChecker) literal(v *ast.Value, typeName string) {
	def := c.schema.Type(typeName)
	for _, child := range v.Children {
		if v.Kind != ast.ObjectValue {
			c.literal(child.Value, typeName)
			continue
		}
		if def == nil || def.Kind != ast.InputObject {
			continue
		}
		member := def.Fields.ForName(child.Name)
		if member == nil {
			c.problemf(child.Position, "input %q has no field %q%s", def.Name, child.Name, suggest(child.Name, fieldNames(def)))
			continue
		}
		c.literal(child.Value, member.Type.Name())
	}
}

// variables checks the members of input objects in the variables.
func (c *requestChecker) variables(op *ast.OperationDefinition, variables corpus.JSON) {
	if variables == nil {
		return
	}
	tree, err := variables.Decode()
	object, ok := tree.(corpus.Object)
	if err != nil || !ok {
		return
	}
	var names []string
	for _, v := range op.VariableDefinitions {
		names = append(names, v.Variable)
	}
	for _, m := range object {
		def := op.VariableDefinitions.ForName(m.Name)
		if def == nil {
			c.problemf(op.Position, "the operation declares no variable $%s%s", m.Name, suggest(m.Name, names))
			continue
		}
		c.value(def.Position, "$"+m.Name, m.Value, def.Type.Name())
	}
}

func (c *requestChecker) value(at *ast.Position, path string, v any, typeName string) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			c.value(at, path, item, typeName)
		}
	case corpus.Object:
		def := c.schema.Type(typeName)
		if def == nil || def.Kind != ast.InputObject {
			return
		}
		for _, m := range v {
			member := def.Fields.ForName(m.Name)
			if member == nil {
				c.problemf(at, "%s: input %q has no field %q%s", path, def.Name, m.Name, suggest(m.Name, fieldNames(def)))
				continue
			}
			c.value(at, path+"."+m.Name, m.Value, member.Type.Name())
		}
	}
}

func fieldNames(def *ast.Definition) []string {
	var names []string
	for _, f := range def.Fields {
		names = append(names, f.Name)
	}
	return names
}

func argumentNames(f *ast.FieldDefinition) []string {
	var names []string
	for _, a := range f.Arguments {
		names = append(names, a.Name)
	}
	return names
}

// checkAnswered reports a path into the response that the document does not ask
// for.
func checkAnswered(r *corpus.Request, path []any) error {
	top := []string{"data", "errors", "extensions"}
	first, _ := path[0].(string)
	switch first {
	case "data":
	case "errors", "extensions":
		return nil
	default:
		return fmt.Errorf("a response has no %q%s", first, suggest(first, top))
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: r.Document})
	if err != nil {
		return nil // the request is meant to be refused
	}
	op := doc.Operations.ForName(r.OperationName)
	switch {
	case op == nil && len(doc.Operations) == 0:
		return nil
	case op == nil:
		op = doc.Operations[0]
	}
	sets := []ast.SelectionSet{op.SelectionSet}
	for _, p := range path[1:] {
		name, ok := p.(string)
		if !ok {
			continue
		}
		var names []string
		var below []ast.SelectionSet
		for _, f := range fieldsOf(doc, sets, map[string]bool{}) {
			if names = append(names, f.Alias); f.Alias == name {
				below = append(below, f.SelectionSet)
			}
		}
		if below == nil && names == nil {
			return nil // a scalar that is an object
		}
		if below == nil {
			return fmt.Errorf("the request does not ask for %q%s", name, suggest(name, names))
		}
		sets = below
	}
	return nil
}

// fieldsOf are the fields of selection sets, those of fragments included.
func fieldsOf(doc *ast.QueryDocument, sets []ast.SelectionSet, within map[string]bool) []*ast.Field {
	var list []*ast.Field
	for _, set := range sets {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				list = append(list, s)
			case *ast.InlineFragment:
				list = append(list, fieldsOf(doc, []ast.SelectionSet{s.SelectionSet}, within)...)
			case *ast.FragmentSpread:
				if f := doc.Fragments.ForName(s.Name); f != nil && !within[s.Name] {
					within[s.Name] = true
					list = append(list, fieldsOf(doc, []ast.SelectionSet{f.SelectionSet}, within)...)
				}
			}
		}
	}
	return list
}
