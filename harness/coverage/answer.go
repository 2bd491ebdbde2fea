package coverage

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sidebyside/replay/corpus"
)

// object is an object of an answer, with its type; "" where nothing tells it.
type object struct {
	members corpus.Object
	typ     string
}

// objects are those of a field's answer, lists opened.
func (c *counter) objects(t *ast.Type, set ast.SelectionSet, answer any) []object {
	switch v := answer.(type) {
	case []any:
		var all []object
		for _, item := range v {
			all = append(all, c.objects(t, set, item)...)
		}
		return all
	case corpus.Object:
		return []object{{v, c.typeOf(t.Name(), set, v)}}
	}
	return nil
}

// typeOf is the object type of an answer: the only one possible, the one that
// __typename says, or the only one whose selection has just these members.
func (c *counter) typeOf(static string, set ast.SelectionSet, o corpus.Object) string {
	possible := c.schema.Possible(static)
	if len(possible) == 1 {
		return possible[0]
	}
	fits := ""
	for _, typ := range possible {
		names := map[string]string{} // field by response name
		c.selected(typ, set, names, map[string]bool{})
		for response, field := range names {
			if said, ok := o.Get(response); ok && field == "__typename" {
				if name, ok := said.(string); ok && slices.Contains(possible, name) {
					return name
				}
			}
		}
		if !sameMembers(o, names) {
			continue
		}
		if fits != "" {
			return ""
		}
		fits = typ
	}
	return fits
}

// selected collects what a selection asks of an object type. A fragment is entered
// once, as in GraphQL, section 6.3.2.
func (c *counter) selected(typ string, set ast.SelectionSet, names map[string]string, visited map[string]bool) {
	for _, sel := range set {
		switch s := sel.(type) {
		case *ast.Field:
			names[responseName(s)] = s.Name
		case *ast.InlineFragment:
			if c.applies(s.TypeCondition, typ) {
				c.selected(typ, s.SelectionSet, names, visited)
			}
		case *ast.FragmentSpread:
			if f := c.fragment(s, visited); f != nil && c.applies(f.TypeCondition, typ) {
				c.selected(typ, f.SelectionSet, names, visited)
			}
		}
	}
}

// fragment is the fragment of a spread, nil when it was visited.
func (c *counter) fragment(s *ast.FragmentSpread, visited map[string]bool) *ast.FragmentDefinition {
	if visited[s.Name] {
		return nil
	}
	visited[s.Name] = true
	return c.doc.Fragments.ForName(s.Name)
}

// applies reports whether a fragment with the condition is about a type.
func (c *counter) applies(condition, typ string) bool {
	return condition == "" || slices.Contains(c.schema.Possible(condition), typ)
}

func sameMembers(o corpus.Object, names map[string]string) bool {
	if len(o) != len(names) {
		return false
	}
	for _, m := range o {
		if _, ok := names[m.Name]; !ok {
			return false
		}
	}
	return true
}

// branch counts the object types of an abstract position.
func (c *counter) branch(f *Field, path string, objects []object) {
	p := f.Position(Answer, path)
	if p == nil {
		return
	}
	for _, o := range objects {
		c.see(p, o.typ)
	}
}

// below counts what a selection asks of objects: arguments of fields that an
// object answered, and the types of their answers.
func (c *counter) below(root *Field, static string, set ast.SelectionSet, objects []object, visited map[string]bool) {
	if len(objects) == 0 {
		return
	}
	for _, sel := range set {
		switch s := sel.(type) {
		case *ast.Field:
			c.nested(root, static, s, objects)
		case *ast.InlineFragment:
			condition := s.TypeCondition
			if condition == "" {
				condition = static
			}
			c.below(root, condition, s.SelectionSet, c.filter(condition, objects), visited)
		case *ast.FragmentSpread:
			if f := c.fragment(s, visited); f != nil {
				c.below(root, f.TypeCondition, f.SelectionSet, c.filter(f.TypeCondition, objects), visited)
			}
		}
	}
}

func (c *counter) filter(condition string, objects []object) []object {
	var fits []object
	for _, o := range objects {
		if c.applies(condition, o.typ) {
			fits = append(fits, o)
		}
	}
	return fits
}

func (c *counter) nested(root *Field, static string, sel *ast.Field, objects []object) {
	parent := c.schema.Type(static)
	if parent == nil {
		return
	}
	def := parent.Fields.ForName(sel.Name)
	if def == nil {
		return
	}
	coordinate := static + "." + sel.Name
	if branches := c.branches(def.Type); branches != nil {
		root.position(Answer, coordinate, def.Type.String(), branches...)
	}
	var inner []object
	for _, o := range objects {
		if f := c.byName[o.typ+"."+sel.Name]; f != nil && f.Kind == Nested {
			c.nestedArguments(f, o.typ, sel)
		}
		answer, _ := o.members.Get(responseName(sel))
		inner = append(inner, c.objects(def.Type, sel.SelectionSet, answer)...)
	}
	c.branch(root, coordinate, inner)
	c.below(root, def.Type.Name(), sel.SelectionSet, inner, map[string]bool{})
}

// nestedArguments counts the arguments of a field of an object of the answer.
func (c *counter) nestedArguments(f *Field, typ string, sel *ast.Field) {
	if f.last != c.cs {
		f.last = c.cs
		f.Cases++
	}
	if f.like == "" {
		f.like = c.cs.Name
	}
	c.arguments(f, c.schema.Type(typ).Fields.ForName(sel.Name), sel)
}
