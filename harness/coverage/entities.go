package coverage

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sidebyside/replay/corpus"
)

// entities counts what a gateway asks a subgraph, type by type.
func (c *counter) entities(sel *ast.Field) {
	var asked []any
	if arg := sel.Arguments.ForName("representations"); arg != nil {
		asked, _ = c.variables.value(arg.Value).([]any)
	}
	answer, _ := c.data.Get(responseName(sel))
	answers, _ := answer.([]any)
	byType := map[string]int{}
	for i, item := range asked {
		o, _ := item.(corpus.Object)
		f := c.entity(o)
		if f == nil {
			continue
		}
		byType[f.Coordinate]++
		c.enter(f, responseName(sel))
		if c.executed {
			c.represent(f, o, sel, answers, i)
		}
	}
	if !c.executed {
		return
	}
	for typ, n := range byType {
		name := oneItem
		if n > 1 {
			name = manyItems
		}
		c.see(c.byName[typ].Position(Input, "representations"), name)
	}
}

// entity is the field of the type that a representation names.
func (c *counter) entity(representation corpus.Object) *Field {
	said, _ := representation.Get("__typename")
	name, _ := said.(string)
	if f := c.byName[name]; f != nil && f.Kind == Entity {
		return f
	}
	return nil
}

// represent counts one representation and what was answered to it.
func (c *counter) represent(f *Field, o corpus.Object, sel *ast.Field, answers []any, i int) {
	for _, field := range c.schema.Type(f.Coordinate).Fields {
		v, ok := o.Get(field.Name)
		if !ok {
			v = left{}
		}
		c.input(f, field.Name, field.Type, v)
	}
	if i >= len(answers) {
		return
	}
	members, ok := answers[i].(corpus.Object)
	if !ok {
		c.see(f.Position(Answer, ""), notFound)
		return
	}
	c.see(f.Position(Answer, ""), found)
	c.below(f, "_Entity", sel.SelectionSet, []object{{members, f.Coordinate}}, map[string]bool{})
}
