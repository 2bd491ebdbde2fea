package coverage

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sidebyside/replay/corpus"
)

// counter counts one case.
type counter struct {
	*board
	cs        *corpus.Case
	doc       *ast.QueryDocument
	variables variables
	// response is what the recording answered; executed is false for a refused
	// request.
	response corpus.Object
	data     corpus.Object
	executed bool
	// failed says that the root field at hand was answered with an error.
	failed bool
}

// count adds what a case exercises. A document that cannot be read exercises
// nothing: no corpus holds one.
func (b *board) count(cs *corpus.Case) {
	doc, err := parser.ParseQuery(&ast.Source{Input: cs.Request.Document})
	if err != nil {
		return
	}
	op := doc.Operations.ForName(cs.Request.OperationName)
	if op == nil {
		return
	}
	c := &counter{board: b, cs: cs, doc: doc, variables: readVariables(op, cs.Request.Variables)}
	c.readResponse()
	kind := Query
	if op.Operation == ast.Mutation {
		kind = Mutation
	}
	c.roots(kind, op.SelectionSet, map[string]bool{})
}

func (c *counter) readResponse() {
	tree, err := c.cs.Expect.Response.Decode()
	if err != nil {
		return
	}
	c.response, _ = tree.(corpus.Object)
	data, ok := c.response.Get("data")
	c.executed = ok
	c.data, _ = data.(corpus.Object)
}

// roots counts the root fields of a selection; a fragment is entered once.
func (c *counter) roots(kind Kind, set ast.SelectionSet, spread map[string]bool) {
	for _, sel := range set {
		switch s := sel.(type) {
		case *ast.Field:
			c.root(kind, s)
		case *ast.InlineFragment:
			c.roots(kind, s.SelectionSet, spread)
		case *ast.FragmentSpread:
			if f := c.fragment(s, spread); f != nil {
				c.roots(kind, f.SelectionSet, spread)
			}
		}
	}
}

func (c *counter) root(kind Kind, sel *ast.Field) {
	if sel.Name == "_entities" {
		c.entities(sel)
		return
	}
	f := c.byName[rootCoordinate(kind, sel.Name)]
	if f == nil {
		if sel.Name != "__typename" && sel.Name != "_service" && sel.Name != "__schema" && sel.Name != "__type" {
			c.unknown = append(c.unknown, Unknown{Case: c.cs.Name, Field: rootCoordinate(kind, sel.Name)})
		}
		return
	}
	c.enter(f, responseName(sel))
	if !c.executed {
		return
	}
	def := c.schema.Type(c.rootType(kind)).Fields.ForName(sel.Name)
	c.arguments(f, def, sel)
	answer, _ := c.data.Get(responseName(sel))
	objects := c.objects(def.Type, sel.SelectionSet, answer)
	c.branch(f, "", objects)
	c.below(f, def.Type.Name(), sel.SelectionSet, objects, map[string]bool{})
}

func (c *counter) rootType(kind Kind) string {
	if kind == Mutation {
		return c.schema.Root("mutation")
	}
	return c.schema.Root("query")
}

// enter counts the case for a field, with its outcome and what it found stored.
func (c *counter) enter(f *Field, response string) {
	if f.last != c.cs {
		f.last = c.cs
		f.Cases++
	}
	outcome := c.outcome(response)
	c.failed = outcome == executionError
	c.see(f.position(Outcome, "", ""), outcome)
	if !c.executed {
		return
	}
	if f.like == "" {
		f.like = c.cs.Name
	}
	c.stores(f)
}

// see notes that the case exercises a shape. A shape that the schema does not
// allow there is none.
func (c *counter) see(p *Position, name string) {
	s := p.Shape(name)
	if s == nil || s.last == c.cs {
		return
	}
	if s.Cases == 0 {
		s.Example = c.cs.Name
	}
	s.Cases++
	s.last = c.cs
	if c.failed && p.Part != Outcome {
		s.Failed++
	}
}

// outcome is that of a root field, by its response name. An error without a path
// is every field's.
func (c *counter) outcome(response string) string {
	if !c.executed {
		return requestError
	}
	list, _ := c.response.Get("errors")
	errors, _ := list.([]any)
	for _, e := range errors {
		o, _ := e.(corpus.Object)
		at, _ := o.Get("path")
		path, _ := at.([]any)
		if len(path) == 0 || path[0] == any(response) {
			return executionError
		}
	}
	return success
}

// arguments counts the arguments of one selected field.
func (c *counter) arguments(f *Field, def *ast.FieldDefinition, sel *ast.Field) {
	for _, arg := range def.Arguments {
		var v any = left{}
		if given := sel.Arguments.ForName(arg.Name); given != nil {
			v = c.variables.value(given.Value)
		}
		c.input(f, arg.Name, arg.Type, v)
	}
}

// input counts the value of a position and those within it.
func (c *counter) input(f *Field, path string, t *ast.Type, v any) {
	p := f.Position(Input, path)
	if p == nil {
		return // below where the plan ends
	}
	switch v.(type) {
	case left:
		c.see(p, Absent)
		return
	case nil:
		c.see(p, Null)
		return
	}
	if t.Elem != nil {
		c.items(f, p, t, v)
		return
	}
	def := c.schema.Type(t.NamedType)
	for _, name := range shapesOf(def, v) {
		c.see(p, name)
	}
	o, ok := v.(corpus.Object)
	if !ok || def == nil {
		return
	}
	for _, field := range def.Fields {
		inner, ok := o.Get(field.Name)
		if !ok {
			inner = left{}
		}
		c.input(f, join(path, field.Name), field.Type, inner)
	}
}

// items counts a list; one value stands for a list of it (GraphQL, section
// 3.11, input coercion).
func (c *counter) items(f *Field, p *Position, t *ast.Type, v any) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	switch len(list) {
	case 0:
		c.see(p, noItems)
	case 1:
		c.see(p, oneItem)
	default:
		c.see(p, manyItems)
	}
	for _, item := range list {
		c.input(f, p.Path+"[]", t.Elem, item)
	}
}

func responseName(f *ast.Field) string {
	if f.Alias != "" {
		return f.Alias
	}
	return f.Name
}
