package coverage

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sidebyside/replay/normalizers"
)

// maxDepth bounds how many input objects lie within each other on the way to a
// position; a type that is on the way already is not entered again.
const maxDepth = 4

// board holds what the schema allows, and what was seen of it.
type board struct {
	schema  *normalizers.Schema
	fields  []*Field
	byName  map[string]*Field
	unknown []Unknown
}

// newBoard lays out the fields of a schema.
func newBoard(schema *normalizers.Schema) *board {
	b := &board{schema: schema, byName: map[string]*Field{}, fields: []*Field{}, unknown: []Unknown{}}
	b.addRoot(Query, schema.Root("query"))
	b.addRoot(Mutation, schema.Root("mutation"))
	b.addEntities()
	b.addNested()
	return b
}

func (b *board) addRoot(kind Kind, root string) {
	def := b.schema.Type(root)
	if def == nil {
		return
	}
	for _, field := range def.Fields {
		if strings.HasPrefix(field.Name, "_") { // introspection and federation
			continue
		}
		f := b.add(rootCoordinate(kind, field.Name), kind)
		b.arguments(f, field)
		if branches := b.branches(field.Type); branches != nil {
			f.position(Answer, "", field.Type.String(), branches...)
		}
		f.position(Outcome, "", "", outcomes...)
	}
}

// rootCoordinate names a root field as reports do, whatever the root type is
// called.
func rootCoordinate(kind Kind, name string) string {
	if kind == Mutation {
		return "Mutation." + name
	}
	return "Query." + name
}

func (b *board) add(coordinate string, kind Kind) *Field {
	f := &Field{Coordinate: coordinate, Kind: kind, Positions: []*Position{}, at: map[string]*Position{}}
	b.fields = append(b.fields, f)
	b.byName[coordinate] = f
	return f
}

// addEntities adds the types of a subgraph that a gateway asks for.
func (b *board) addEntities() {
	for _, name := range b.schema.Possible("_Entity") {
		def := b.schema.Type(name)
		f := b.add(name, Entity)
		f.position(Input, "representations", "[_Any!]!", oneItem, manyItems)
		keys := fieldSets(def.Directives)
		for _, set := range keys {
			b.represented(f, "", def, set, len(keys) > 1)
		}
		for _, field := range def.Fields {
			for _, set := range fieldSets(directives(field.Directives, "requires")) {
				b.represented(f, "", def, set, true)
			}
		}
		f.position(Answer, "", name, found, notFound)
		f.position(Outcome, "", "", outcomes...)
	}
}

// represented adds the positions of a representation that a field set names.
func (b *board) represented(f *Field, below string, def *ast.Definition, set ast.SelectionSet, optional bool) {
	for _, sel := range set {
		s, ok := sel.(*ast.Field)
		if !ok {
			continue
		}
		field := def.Fields.ForName(s.Name)
		if field == nil {
			continue
		}
		path := join(below, s.Name)
		b.typed(f, path, field.Type, optional, !field.Type.NonNull)
		for t := field.Type; t != nil; t = t.Elem {
			if t.Elem != nil {
				path += "[]"
			}
		}
		if inner := b.schema.Type(field.Type.Name()); inner != nil {
			b.represented(f, path, inner, s.SelectionSet, false)
		}
	}
}

// fieldSets are the selections of all @key or @requires among the directives.
func fieldSets(list ast.DirectiveList) []ast.SelectionSet {
	var sets []ast.SelectionSet
	for _, d := range list {
		fields := d.Arguments.ForName("fields")
		if d.Name != "key" && d.Name != "requires" || fields == nil || fields.Value == nil {
			continue
		}
		doc, err := parser.ParseQuery(&ast.Source{Input: "{" + fields.Value.Raw + "}"})
		if err == nil && len(doc.Operations) == 1 {
			sets = append(sets, doc.Operations[0].SelectionSet)
		}
	}
	return sets
}

func directives(list ast.DirectiveList, name string) ast.DirectiveList {
	return slices.DeleteFunc(slices.Clone(list), func(d *ast.Directive) bool { return d.Name != name })
}

// addNested adds the fields with arguments that are no root fields.
func (b *board) addNested() {
	roots := []string{b.schema.Root("query"), b.schema.Root("mutation"), b.schema.Root("subscription")}
	for _, name := range b.schema.Types() {
		def := b.schema.Type(name)
		if def.Kind != ast.Object || strings.HasPrefix(name, "__") || slices.Contains(roots, name) {
			continue
		}
		for _, field := range def.Fields {
			if len(field.Arguments) > 0 {
				b.arguments(b.add(name+"."+field.Name, Nested), field)
			}
		}
	}
}

func (b *board) arguments(f *Field, field *ast.FieldDefinition) {
	for _, arg := range field.Arguments {
		optional := !arg.Type.NonNull || arg.DefaultValue != nil
		b.input(f, arg.Name, arg.Type, optional, !arg.Type.NonNull, nil)
	}
}

// input adds the positions of an argument or input field, and those within.
func (b *board) input(f *Field, path string, t *ast.Type, optional, nullable bool, within []string) {
	inner, at := b.typed(f, path, t, optional, nullable), path
	for e := t; e.Elem != nil; e = e.Elem {
		at += "[]"
	}
	if inner == nil || inner.Kind != ast.InputObject || len(within) == maxDepth || slices.Contains(within, inner.Name) {
		return
	}
	oneOf := inner.Directives.ForName("oneOf") != nil
	within = append(slices.Clip(within), inner.Name)
	for _, field := range inner.Fields {
		optional := !field.Type.NonNull || field.DefaultValue != nil
		b.input(f, join(at, field.Name), field.Type, optional, !field.Type.NonNull && !oneOf, within)
	}
}

// typed adds one position and, of a list, that of its items. It returns the
// innermost type.
func (b *board) typed(f *Field, path string, t *ast.Type, optional, nullable bool) *ast.Definition {
	var shapes []string
	if optional {
		shapes = append(shapes, Absent)
	}
	if nullable {
		shapes = append(shapes, Null)
	}
	if t.Elem != nil {
		f.position(Input, path, t.String(), append(shapes, noItems, oneItem, manyItems)...)
		return b.typed(f, path+"[]", t.Elem, false, !t.Elem.NonNull)
	}
	def := b.schema.Type(t.NamedType)
	f.position(Input, path, t.String(), append(shapes, valueShapes(def)...)...)
	return def
}

// branches are the object types that a field of an abstract type can answer; nil
// of any other type.
func (b *board) branches(t *ast.Type) []string {
	def := b.schema.Type(t.Name())
	if def == nil || def.Kind != ast.Union && def.Kind != ast.Interface {
		return nil
	}
	return b.schema.Possible(def.Name)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
