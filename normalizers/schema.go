package normalizers

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// Schema is a GraphQL schema, or the part of one that a federation subgraph has.
// It is read for coordinates and types, not validated as a server would: unknown
// directives, a Query without base and extensions of types that live elsewhere
// are fine.
type Schema struct {
	file     string
	types    map[string]*ast.Definition
	roots    map[ast.Operation]string
	possible map[string][]string // concrete types of a composite type, sorted
	problems strictyaml.Problems
}

// federationTypes are what every subgraph serves without saying so.
const federationTypes = `
scalar _Any
scalar _FieldSet
scalar FieldSet
type _Service { sdl: String }
`

// LoadSchema reads SDL; file names it in errors. The error is
// strictyaml.Problems with every syntax error, repeated definition and unknown
// type, each with its place.
func LoadSchema(file string, sdl []byte) (*Schema, error) {
	s := &Schema{
		file: file, types: map[string]*ast.Definition{}, possible: map[string][]string{},
		roots: map[ast.Operation]string{ast.Query: "Query", ast.Mutation: "Mutation", ast.Subscription: "Subscription"},
	}
	doc, err := parser.ParseSchema(&ast.Source{Name: file, Input: string(sdl)})
	if err != nil {
		return nil, s.syntax(err)
	}
	s.define(doc)
	s.addRoots(doc)
	if err := s.addBuiltins(); err != nil {
		return nil, err
	}
	s.addFederation()
	s.checkReferences(doc)
	s.findPossible()
	slices.SortStableFunc(s.problems, func(a, b strictyaml.Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if err := s.problems.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Schema) syntax(err error) error {
	problem := strictyaml.Problem{File: s.file, Line: 1, Column: 1, Message: err.Error()}
	if located, ok := errors.AsType[*gqlerror.Error](err); ok {
		problem.Message = located.Message
		if len(located.Locations) > 0 {
			problem.Line, problem.Column = located.Locations[0].Line, located.Locations[0].Column
		}
	}
	return strictyaml.Problems{problem}
}

func (s *Schema) problem(at *ast.Position, message string) {
	p := strictyaml.Problem{File: s.file, Message: message}
	if at != nil {
		p.Line, p.Column = at.Line, at.Column
	}
	s.problems = append(s.problems, p)
}

// define merges definitions and extensions; an extension of what is not defined
// here defines it.
func (s *Schema) define(doc *ast.SchemaDocument) {
	for _, def := range doc.Definitions {
		if s.types[def.Name] != nil {
			s.problem(def.Position, "type "+strconv.Quote(def.Name)+" is defined twice; extend it instead")
			continue
		}
		s.types[def.Name] = def
	}
	for _, ext := range doc.Extensions {
		def := s.types[ext.Name]
		switch {
		case def == nil:
			s.types[ext.Name] = ext
		case def.Kind != ext.Kind:
			s.problem(ext.Position, "extension of "+strconv.Quote(ext.Name)+" is of another kind of type than its definition")
		default:
			s.extend(def, ext)
		}
	}
}

// extend adds what the extension says. A field that a subgraph repeats (as
// @external, say) stays as it was defined first.
func (s *Schema) extend(def, ext *ast.Definition) {
	def.Directives = append(def.Directives, ext.Directives...)
	def.Interfaces = append(def.Interfaces, ext.Interfaces...)
	def.Types = append(def.Types, ext.Types...)
	def.EnumValues = append(def.EnumValues, ext.EnumValues...)
	for _, f := range ext.Fields {
		if known := def.Fields.ForName(f.Name); known != nil {
			known.Directives = append(known.Directives, f.Directives...)
			continue
		}
		def.Fields = append(def.Fields, f)
	}
}

func (s *Schema) addRoots(doc *ast.SchemaDocument) {
	for _, def := range slices.Concat(doc.Schema, doc.SchemaExtension) {
		for _, op := range def.OperationTypes {
			s.roots[op.Operation] = op.Type
			if s.types[op.Type] == nil {
				s.problem(op.Position, "unknown type "+strconv.Quote(op.Type)+s.nearType(op.Type))
			}
		}
	}
}

func (s *Schema) addBuiltins() error {
	for _, src := range []*ast.Source{validator.Prelude, {Name: "federation", Input: federationTypes}} {
		doc, err := parser.ParseSchema(src)
		if err != nil {
			return err
		}
		for _, def := range doc.Definitions {
			if s.types[def.Name] == nil {
				s.types[def.Name] = def
			}
		}
	}
	return nil
}

// addFederation gives a subgraph the root fields by which a gateway asks it.
func (s *Schema) addFederation() {
	var entities []string
	for name, def := range s.types {
		if def.Kind == ast.Object && def.Directives.ForName("key") != nil {
			entities = append(entities, name)
		}
	}
	root := s.roots[ast.Query]
	if len(entities) == 0 && s.types[root] != nil {
		return
	}
	query := s.types[root]
	if query == nil {
		query = &ast.Definition{Kind: ast.Object, Name: root}
		s.types[root] = query
	}
	slices.Sort(entities)
	if s.types["_Entity"] == nil {
		s.types["_Entity"] = &ast.Definition{Kind: ast.Union, Name: "_Entity", Types: entities}
	}
	s.addField(query, "_entities", ast.NonNullListType(ast.NamedType("_Entity", nil), nil))
	s.addField(query, "_service", ast.NonNullNamedType("_Service", nil))
}

func (s *Schema) addField(def *ast.Definition, name string, t *ast.Type) {
	if def.Fields.ForName(name) == nil {
		def.Fields = append(def.Fields, &ast.FieldDefinition{Name: name, Type: t})
	}
}

func (s *Schema) checkReferences(doc *ast.SchemaDocument) {
	check := func(at *ast.Position, name string) {
		if s.types[name] == nil {
			s.problem(at, "unknown type "+strconv.Quote(name)+s.nearType(name))
		}
	}
	for _, def := range slices.Concat(doc.Definitions, doc.Extensions) {
		for _, name := range slices.Concat(def.Interfaces, def.Types) {
			check(def.Position, name)
		}
		for _, f := range def.Fields {
			check(f.Position, f.Type.Name())
			for _, arg := range f.Arguments {
				check(arg.Position, arg.Type.Name())
			}
		}
	}
}

func (s *Schema) findPossible() {
	for name, def := range s.types {
		switch def.Kind {
		case ast.Object:
			s.possible[name] = append(s.possible[name], name)
			for _, iface := range def.Interfaces {
				s.possible[iface] = append(s.possible[iface], name)
			}
		case ast.Union:
			s.possible[name] = append(s.possible[name], def.Types...)
		}
	}
	for name, types := range s.possible {
		slices.Sort(types)
		s.possible[name] = slices.Compact(types)
	}
}

// Root is the name of the root type of an operation; "" when there is none.
func (s *Schema) Root(operation string) string {
	name := s.roots[ast.Operation(operation)]
	if s.types[name] == nil {
		return ""
	}
	return name
}

// field is the definition of a field of a composite type, nil when there is none.
func (s *Schema) field(typeName, name string) *ast.FieldDefinition {
	def := s.types[typeName]
	if def == nil || def.Kind == ast.InputObject {
		return nil
	}
	return def.Fields.ForName(name)
}

// includes reports whether an object of the concrete type satisfies a type
// condition.
func (s *Schema) includes(condition, concrete string) bool {
	_, ok := slices.BinarySearch(s.possible[condition], concrete)
	return ok
}

// coordinates are all names of one field of a concrete type: its own, and those
// of the interfaces that declare it.
func (s *Schema) coordinates(concrete, field string) []string {
	out := []string{concrete + "." + field}
	if def := s.types[concrete]; def != nil {
		for _, iface := range def.Interfaces {
			if s.field(iface, field) != nil {
				out = append(out, iface+"."+field)
			}
		}
	}
	return out
}

func (s *Schema) nearType(name string) string {
	var known []string
	for t := range s.types {
		if !strings.HasPrefix(t, "_") {
			known = append(known, t)
		}
	}
	return strictyaml.Suggest(name, known)
}

func (s *Schema) nearField(typeName, name string) string {
	var known []string
	for _, f := range s.types[typeName].Fields {
		if !strings.HasPrefix(f.Name, "__") {
			known = append(known, f.Name)
		}
	}
	return strictyaml.Suggest(name, known)
}
