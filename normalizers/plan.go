package normalizers

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sidebyside/replay/corpus"
)

// plan knows the coordinates of one operation's response. It is worked out as
// responses need it and kept for the next one. The document is only read.
type plan struct {
	rules     *Rules
	schema    *Schema
	fragments ast.FragmentDefinitionList
	root      *selection
	variables corpus.JSON
	operation *ast.OperationDefinition
}

// selection is what one object of a known concrete type shows.
type selection struct {
	typeName string
	fields   map[string]*field // by response name
	required []string          // response names that are never left out
}

// field is one place of a response.
type field struct {
	coordinate string
	rules      []*Rule
	isID       bool
	types      []string // concrete types that its objects can have, nil for a leaf
	static     string   // the type named by the schema
	sets       []ast.SelectionSet
	typename   []string // response names under which __typename is selected
	// represented are the types that _entities was asked for, in order.
	represented []string
	byType      map[string]*selection
	mixed       map[string]*selection
}

// newPlan is nil without a schema, and for a document that cannot be executed.
func newPlan(rules *Rules, schema *Schema, req *corpus.Request) *plan {
	if schema == nil {
		return nil
	}
	doc, err := parser.ParseQuery(&ast.Source{Name: "document", Input: req.Document})
	if err != nil {
		return nil
	}
	op := doc.Operations.ForName(req.OperationName)
	if op == nil {
		return nil
	}
	root := schema.Root(string(op.Operation))
	if root == "" {
		return nil
	}
	p := &plan{rules: rules, schema: schema, fragments: doc.Fragments, variables: req.Variables, operation: op}
	p.root = p.selection(root, []ast.SelectionSet{op.SelectionSet})
	return p
}

// selection merges the selection sets for an object of a concrete type.
func (p *plan) selection(concrete string, sets []ast.SelectionSet) *selection {
	s := &selection{typeName: concrete, fields: map[string]*field{}}
	for _, set := range sets {
		p.collect(s, set, true, map[string]bool{})
	}
	for _, f := range s.fields {
		f.typename = p.typenameKeys(nil, f.sets, map[string]bool{})
	}
	slices.Sort(s.required)
	s.required = slices.Compact(s.required)
	return s
}

func (p *plan) collect(s *selection, set ast.SelectionSet, always bool, visited map[string]bool) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			p.add(s, sel, always && unconditional(sel.Directives))
		case *ast.InlineFragment:
			if sel.TypeCondition == "" || p.schema.includes(sel.TypeCondition, s.typeName) {
				p.collect(s, sel.SelectionSet, always && unconditional(sel.Directives), visited)
			}
		case *ast.FragmentSpread:
			def := p.fragments.ForName(sel.Name)
			if def == nil || visited[sel.Name] || !p.schema.includes(def.TypeCondition, s.typeName) {
				continue
			}
			visited[sel.Name] = true
			p.collect(s, def.SelectionSet, always && unconditional(sel.Directives), visited)
			delete(visited, sel.Name)
		}
	}
}

func unconditional(d ast.DirectiveList) bool {
	return d.ForName("skip") == nil && d.ForName("include") == nil && d.ForName("defer") == nil
}

func (p *plan) add(s *selection, sel *ast.Field, always bool) {
	name := responseName(sel)
	if always {
		s.required = append(s.required, name)
	}
	f := s.fields[name]
	if f == nil {
		f = p.field(s.typeName, sel.Name)
		s.fields[name] = f
		if sel.Name == "_entities" {
			f.represented = represented(sel, p.variables)
		}
	}
	if len(sel.SelectionSet) > 0 {
		f.sets = append(f.sets, sel.SelectionSet)
	}
}

func (p *plan) field(concrete, name string) *field {
	f := &field{byType: map[string]*selection{}, mixed: map[string]*selection{}}
	if name == "__typename" {
		f.coordinate = concrete + "." + name
	}
	def := p.schema.field(concrete, name)
	if def == nil {
		return f
	}
	f.coordinate = concrete + "." + name
	f.static = def.Type.Name()
	f.types = p.schema.possible[f.static]
	f.isID = f.static == "ID"
	f.rules = p.rules.forField(p.schema, concrete, name, def)
	return f
}

// typenameKeys are the response names under which __typename is selected.
func (p *plan) typenameKeys(keys []string, sets []ast.SelectionSet, visited map[string]bool) []string {
	for _, set := range sets {
		for _, sel := range set {
			switch sel := sel.(type) {
			case *ast.Field:
				if sel.Name == "__typename" {
					keys = append(keys, responseName(sel))
				}
			case *ast.InlineFragment:
				keys = p.typenameKeys(keys, []ast.SelectionSet{sel.SelectionSet}, visited)
			case *ast.FragmentSpread:
				if def := p.fragments.ForName(sel.Name); def != nil && !visited[sel.Name] {
					visited[sel.Name] = true
					keys = p.typenameKeys(keys, []ast.SelectionSet{def.SelectionSet}, visited)
				}
			}
		}
	}
	return keys
}

func responseName(f *ast.Field) string {
	if f.Alias != "" {
		return f.Alias
	}
	return f.Name
}

// members is an object of a response, of which the last member counts among those
// of one name.
type members interface {
	// textOf is the member of that name if it is a string.
	textOf(name string) (string, bool)
	has(name string) bool
	// all reports whether every name is as wanted.
	all(wanted func(name string) bool) bool
}

func (t *Tree) textOf(name string) (string, bool) {
	if c := t.last(name); c != nil {
		return c.Text, c.Kind == String
	}
	return "", false
}

func (t *Tree) has(name string) bool { return t.last(name) != nil }

func (t *Tree) all(wanted func(string) bool) bool {
	return !slices.ContainsFunc(t.Children, func(c *Tree) bool { return !wanted(c.Name) })
}

// decodedObject is an object as [corpus.JSON.Decode] gives it.
type decodedObject corpus.Object

func (o decodedObject) textOf(name string) (string, bool) {
	v, _ := corpus.Object(o).Get(name)
	text, ok := v.(string)
	return text, ok
}

func (o decodedObject) has(name string) bool {
	_, ok := corpus.Object(o).Get(name)
	return ok
}

func (o decodedObject) all(wanted func(string) bool) bool {
	return !slices.ContainsFunc(o, func(m corpus.Member) bool { return !wanted(m.Name) })
}

// object finds the selection of one object of the field's value. index counts
// the items of _entities.
func (p *plan) object(f *field, object members, index int) *selection {
	if f == nil || len(f.types) == 0 {
		return nil
	}
	if len(f.types) == 1 {
		return p.typed(f, f.types[0])
	}
	for _, key := range f.typename {
		if name, ok := object.textOf(key); ok && slices.Contains(f.types, name) {
			return p.typed(f, name)
		}
	}
	if index < len(f.represented) && slices.Contains(f.types, f.represented[index]) {
		return p.typed(f, f.represented[index])
	}
	return p.infer(f, object)
}

func (p *plan) typed(f *field, concrete string) *selection {
	s := f.byType[concrete]
	if s == nil {
		s = p.selection(concrete, f.sets)
		f.byType[concrete] = s
	}
	return s
}

// infer finds the types that can look like the object. When several can, a
// place has only those rules that it has in every one of them.
func (p *plan) infer(f *field, object members) *selection {
	var fits []*selection
	for _, t := range f.types {
		if s := p.typed(f, t); s.fits(object) {
			fits = append(fits, s)
		}
	}
	switch len(fits) {
	case 0:
		return nil
	case 1:
		return fits[0]
	}
	var names []string
	for _, s := range fits {
		names = append(names, s.typeName)
	}
	key := strings.Join(names, "|")
	if f.mixed[key] == nil {
		f.mixed[key] = p.mix(f, fits)
	}
	return f.mixed[key]
}

func (s *selection) fits(object members) bool {
	return object.all(func(name string) bool { return s.fields[name] != nil }) &&
		!slices.ContainsFunc(s.required, func(name string) bool { return !object.has(name) })
}

// mix is the selection of an object that can be of several types.
func (p *plan) mix(f *field, fits []*selection) *selection {
	out := &selection{typeName: f.static, fields: map[string]*field{}}
	for name, first := range fits[0].fields {
		merged := *first
		merged.byType, merged.mixed = map[string]*selection{}, map[string]*selection{}
		if _, member, ok := strings.Cut(first.coordinate, "."); ok && p.schema.field(f.static, member) != nil {
			merged.coordinate = f.static + "." + member
		}
		for _, s := range fits[1:] {
			other := s.fields[name]
			if other == nil {
				continue
			}
			merged.rules = slices.DeleteFunc(slices.Clone(merged.rules), func(r *Rule) bool { return !slices.Contains(other.rules, r) })
			merged.isID = merged.isID && other.isID
			merged.sets = slices.Concat(merged.sets, other.sets)
			if other.static != merged.static {
				merged.types = union(merged.types, other.types)
			}
		}
		merged.typename = p.typenameKeys(nil, merged.sets, map[string]bool{})
		out.fields[name] = &merged
	}
	return out
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// represented reads the types of the representations that a gateway asks for.
func represented(f *ast.Field, variables corpus.JSON) []string {
	arg := f.Arguments.ForName("representations")
	if arg == nil {
		return nil
	}
	if arg.Value.Kind == ast.Variable {
		return typenamesOf(variables, arg.Value.Raw)
	}
	var names []string
	for _, item := range arg.Value.Children {
		name := ""
		if v := item.Value.Children.ForName("__typename"); v != nil {
			name = v.Raw
		}
		names = append(names, name)
	}
	return names
}

func typenamesOf(variables corpus.JSON, name string) []string {
	tree, err := variables.Decode()
	if err != nil {
		return nil
	}
	object, _ := tree.(corpus.Object)
	value, _ := object.Get(name)
	list, _ := value.([]any)
	var names []string
	for _, item := range list {
		representation, _ := item.(corpus.Object)
		typename, _ := representation.Get("__typename")
		text, _ := typename.(string)
		names = append(names, text)
	}
	return names
}
