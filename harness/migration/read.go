package migration

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/normalizers"
)

// directive is the name of the directive that tells a field's state.
const directive = "migrate"

// Field is one field of a schema with the state of its migration.
type Field struct {
	// Coordinate is "Mutation.renameAssignment".
	Coordinate string
	State      State
	// From is the service that answered before, Color what the schema says besides;
	// "" without.
	From, Color string
	// Mutation tells a field of the mutation type, Root one of it or of the query
	// type.
	Mutation, Root bool
	// At is where the directive, or without one the field, stands: "a.graphql:3:9".
	At string
}

// Fields are the fields of a schema.
type Fields struct {
	// File is the name of the schema in messages.
	File string
	// All are the fields of the query type, of the mutation type, then those of
	// others that have a directive, each in the order of the schema.
	All []Field

	byName map[string]Field
}

// Find is the field of a coordinate, one that is not among All included.
func (f *Fields) Find(coordinate string) (Field, bool) {
	field, ok := f.byName[coordinate]
	return field, ok
}

// Read tells the state of each field. The schema need not declare @migrate; what
// a declaration has as default holds. The error is strictyaml.Problems with
// everything wrong with any use of the directive, or with the schema.
func Read(file string, sdl []byte) (*Fields, error) {
	schema, err := normalizers.LoadSchema(file, sdl)
	if err != nil {
		return nil, err
	}
	doc, gqlErr := parser.ParseSchema(&ast.Source{Name: file, Input: string(sdl)})
	if gqlErr != nil {
		return nil, fmt.Errorf("read schema: %w", gqlErr)
	}
	r := reader{file: file, schema: schema, declared: doc.Directives.ForName(directive)}
	fields := r.read()
	if err := r.sorted().Err(); err != nil {
		return nil, err
	}
	return fields, nil
}

// reader collects the fields, and what is wrong with them.
type reader struct {
	file     string
	schema   *normalizers.Schema
	declared *ast.DirectiveDefinition
	problems strictyaml.Problems
}

func (r *reader) read() *Fields {
	roots := []string{r.schema.Root("query"), r.schema.Root("mutation")}
	out := &Fields{File: r.file, byName: map[string]Field{}}
	for i, name := range roots {
		out.add(r.fields(name, true, i == 1), true)
	}
	for _, name := range r.schema.Types() {
		if !slices.Contains(roots, name) {
			out.add(r.fields(name, false, false), false)
		}
	}
	return out
}

func (f *Fields) add(fields []Field, all bool) {
	for _, field := range fields {
		f.byName[field.Coordinate] = field
		if all || field.State != None {
			f.All = append(f.All, field)
		}
	}
}

// fields are those of one type, without what federation and introspection add.
func (r *reader) fields(typeName string, root, mutation bool) []Field {
	def := r.schema.Type(typeName)
	if def == nil || def.Kind != ast.Object && def.Kind != ast.Interface {
		return nil
	}
	var out []Field
	for _, f := range def.Fields {
		if strings.HasPrefix(f.Name, "_") && root || f.Position == nil {
			continue
		}
		field := Field{Coordinate: typeName + "." + f.Name, Root: root, Mutation: mutation, At: r.at(f.Position)}
		uses := f.Directives.ForNames(directive)
		if len(uses) > 1 {
			r.problem(sign(uses[1]), "@migrate stands twice on "+field.Coordinate+"; keep one")
		}
		if len(uses) > 0 {
			r.apply(uses[0], &field)
		}
		out = append(out, field)
	}
	return out
}

func (r *reader) apply(d *ast.Directive, f *Field) {
	f.At = r.at(sign(d))
	known := []string{"from", "state", "color"}
	if r.declared != nil {
		for _, arg := range r.declared.Arguments {
			known = append(known, arg.Name)
		}
	}
	for _, arg := range d.Arguments {
		if !slices.Contains(known, arg.Name) {
			r.problem(arg.Position, fmt.Sprintf("unknown argument %q of @migrate%s", arg.Name, strictyaml.Suggest(arg.Name, slices.Compact(slices.Sorted(slices.Values(known))))))
		}
	}
	f.From, _ = r.text(d, "from")
	f.Color, _ = r.text(d, "color")
	if f.From == "" && d.Arguments.ForName("from") == nil {
		r.problem(sign(d), "@migrate of "+f.Coordinate+" does not say from which service; add from")
	}
	state, at := r.text(d, "state")
	var ok bool
	if f.State, ok = stateOf(state); ok {
		return
	}
	switch {
	case d.Arguments.ForName("state") == nil && state == "":
		r.problem(sign(d), fmt.Sprintf("@migrate of %s has no state; add one of %s", f.Coordinate, strings.Join(names(), ", ")))
	case state != "":
		r.problem(at, fmt.Sprintf("unknown state %q of %s%s", state, f.Coordinate, strictyaml.Suggest(state, names())))
	}
	// Whatever else it may mean, the field has a directive.
	f.State = Manual
}

// names are the states that a schema may hold.
func names() []string {
	var list []string
	for _, s := range States()[Manual:] {
		list = append(list, s.String())
	}
	return list
}

// text is an argument's string, or the default that the schema declares.
func (r *reader) text(d *ast.Directive, name string) (string, *ast.Position) {
	value, at := (*ast.Value)(nil), sign(d)
	if arg := d.Arguments.ForName(name); arg != nil {
		value, at = arg.Value, arg.Value.Position
	} else if r.declared != nil {
		if arg := r.declared.Arguments.ForName(name); arg != nil {
			value = arg.DefaultValue
		}
	}
	switch {
	case value == nil || value.Kind == ast.NullValue && name == "color":
		return "", at
	case value.Kind == ast.StringValue || value.Kind == ast.BlockValue:
		return value.Raw, at
	}
	r.problem(at, fmt.Sprintf("want a string for %s of @migrate, have %s", name, value.String()))
	return "", at
}

// sign is where the "@" of a directive stands; its own position is that of the
// name.
func sign(d *ast.Directive) *ast.Position {
	p := *d.Position
	p.Column--
	return &p
}

func (r *reader) at(p *ast.Position) string {
	return r.file + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
}

func (r *reader) problem(at *ast.Position, message string) {
	r.problems = append(r.problems, strictyaml.Problem{File: r.file, Line: at.Line, Column: at.Column, Message: message})
}

func (r *reader) sorted() strictyaml.Problems {
	slices.SortStableFunc(r.problems, func(a, b strictyaml.Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.problems
}
