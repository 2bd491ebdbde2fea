package normalizers

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// Option adds to what a configuration's rules may use or name.
type Option func(*reader)

// WithFunc lets rules say `use: name` for a custom function.
func WithFunc(name string, f Func) Option {
	return func(r *reader) { r.uses[name] = custom(f) }
}

// WithUpstreams names the upstreams that there are, so that a rule for another
// one is refused.
func WithUpstreams(names ...string) Option {
	return func(r *reader) { r.upstreams = append([]string{}, names...) }
}

// WithStores names the stores that there are, so that a rule for another one is
// refused.
func WithStores(names ...string) Option {
	return func(r *reader) { r.stores = append([]string{}, names...) }
}

// Parse reads the configuration's list of normalizers (docs/normalizers.md). Its
// problems are recorded with the node's file, and the rules are then of no use;
// an absent list has no rules. Without a schema (nil), rules by type, coordinate
// or directive are refused.
func Parse(node strictyaml.Node, schema *Schema, opts ...Option) *Rules {
	r := &reader{schema: schema, uses: uses()}
	for _, opt := range opts {
		opt(r)
	}
	var list []*Rule
	if node.Present() && !node.IsNull() {
		node.Items(func(_ int, item strictyaml.Node) {
			if rule := r.rule(item); rule != nil {
				r.overlap(item, list, rule)
				list = append(list, rule)
			}
		})
	}
	return newRules(list)
}

type reader struct {
	schema            *Schema
	uses              map[string]use
	stores, upstreams []string // nil: not known
}

func (r *reader) rule(n strictyaml.Node) *Rule {
	rule := &Rule{}
	var matchNode, useNode strictyaml.Node
	given := map[string]strictyaml.Node{}
	fields := strictyaml.Fields{
		"match": func(n strictyaml.Node) { matchNode = n },
		"use":   func(n strictyaml.Node) { useNode = n },
		"reason": func(n strictyaml.Node) {
			if n.String(&rule.Reason) && strings.TrimSpace(rule.Reason) == "" {
				n.Problemf("the reason is empty; say why these values may differ")
			}
		},
	}
	for _, u := range r.uses {
		for _, name := range u.params {
			fields[name] = func(n strictyaml.Node) { given[name] = n }
		}
	}
	n.Object(fields, "match", "use", "reason")
	if !matchNode.Present() || !useNode.Present() {
		return nil
	}
	rule.At = fmt.Sprintf("%s:%d", filepath.Base(fileOf(n)), n.Line)
	if !useNode.OneOf(&rule.Use, slices.Collect(maps.Keys(r.uses))...) {
		return nil
	}
	u := r.uses[rule.Use]
	rule.target, rule.phase = u.target, u.phase
	p := &params{given: given, at: n}
	p.refuse(rule.Use, u.params)
	rule.apply = u.make(p)
	if !r.match(matchNode, rule) || rule.apply == nil {
		return nil
	}
	return rule
}

func fileOf(n strictyaml.Node) string {
	position := n.Position()
	for range 2 {
		position = position[:max(0, strings.LastIndexByte(position, ':'))]
	}
	return position
}

// overlap refuses two rules that say they do different things to the same
// places. Where only values show it, the comparison does.
func (r *reader) overlap(n strictyaml.Node, list []*Rule, rule *Rule) {
	for _, other := range list {
		if other.match.String() != rule.match.String() {
			continue
		}
		switch {
		case other.Use == rule.Use:
			n.Problemf("rule repeats %s; remove one of them", other.At)
			return
		case other.phase == rule.phase && rule.phase >= replacing, other.phase == rule.phase && rule.phase == timing:
			n.Problemf("rule (%s) rewrites the same places as %s (%s); remove one of them", rule.Use, other.At, other.Use)
			return
		}
	}
}

func (r *reader) match(n strictyaml.Node, rule *Rule) bool {
	var keys []string
	ok := true
	read := func(key string, into *string, check func(strictyaml.Node, *Rule) bool) func(strictyaml.Node) {
		return func(n strictyaml.Node) {
			keys = append(keys, key)
			ok = n.String(into) && check(n, rule) && ok
		}
	}
	m := &rule.match
	n.Object(strictyaml.Fields{
		"type":       read("type", &m.typeName, r.checkType),
		"coordinate": read("coordinate", &m.coordinate, r.checkCoordinate),
		"directive":  read("directive", &m.directive, r.checkDirective),
		"property":   read("property", &m.property, r.checkProperty),
		"upstream":   read("upstream", &m.upstream, r.checkUpstream),
		"path":       read("path", &m.text, r.checkPath),
	})
	if len(keys) != 1 {
		n.Problemf("match by one of type, coordinate, directive, property, upstream or path, not by %s", count(keys))
		return false
	}
	return ok
}

func count(keys []string) string {
	if len(keys) == 0 {
		return "nothing"
	}
	return strings.Join(keys, " and ")
}

func (r *reader) needsSchema(n strictyaml.Node, by string) bool {
	if r.schema == nil {
		n.Problemf("a match by %s needs a schema; add schema: FILE to the configuration", by)
		return false
	}
	return true
}

func (r *reader) checkType(n strictyaml.Node, rule *Rule) bool {
	name := rule.match.typeName
	if !r.needsSchema(n, "type") {
		return false
	}
	def := r.schema.types[name]
	switch {
	case def == nil:
		n.Problemf("the schema has no type %q%s", name, r.schema.nearType(name))
	case def.Kind == ast.InputObject:
		n.Problemf("%s is an input type; a response never holds it", name)
	case !r.schema.served(name, false):
		n.Problemf("no field of the schema returns %s; the rule can never apply", name)
	case rule.target == scalars && def.IsCompositeType():
		n.Problemf("%s works on single values, and %s has fields; name one of them with coordinate", rule.Use, name)
	case rule.target == lists && !r.schema.served(name, true):
		n.Problemf("%s works on lists, and no field of the schema returns a list of %s", rule.Use, name)
	default:
		return true
	}
	return false
}

func (r *reader) checkCoordinate(n strictyaml.Node, rule *Rule) bool {
	if !r.needsSchema(n, "coordinate") {
		return false
	}
	typeName, name, ok := strings.Cut(rule.match.coordinate, ".")
	if !ok || typeName == "" || name == "" || strings.Contains(name, ".") {
		n.Problemf("want a coordinate Type.field, have %q", rule.match.coordinate)
		return false
	}
	def := r.schema.types[typeName]
	if def == nil {
		n.Problemf("the schema has no type %q%s", typeName, r.schema.nearType(typeName))
		return false
	}
	if def.Kind != ast.Object && def.Kind != ast.Interface {
		n.Problemf("%s has no fields that a response could hold", typeName)
		return false
	}
	field := r.schema.field(typeName, name)
	if field == nil {
		n.Problemf("type %s has no field %q%s", typeName, name, r.schema.nearField(typeName, name))
		return false
	}
	switch {
	case rule.target == lists && field.Type.Elem == nil:
		n.Problemf("%s works on lists, and %s is a %s", rule.Use, rule.match.coordinate, field.Type)
	case rule.target == scalars && r.schema.types[field.Type.Name()].IsCompositeType():
		n.Problemf("%s works on single values, and %s is a %s; name a field of it", rule.Use, rule.match.coordinate, field.Type)
	default:
		return true
	}
	return false
}

func (r *reader) checkDirective(n strictyaml.Node, rule *Rule) bool {
	if !r.needsSchema(n, "directive") {
		return false
	}
	name := strings.TrimPrefix(rule.match.directive, "@")
	rule.match.directive = name
	known := r.schema.directives()
	if !slices.Contains(known, name) {
		n.Problemf("nothing in the schema has directive @%s%s", name, strictyaml.Suggest(name, known))
		return false
	}
	return true
}

func (r *reader) checkProperty(n strictyaml.Node, rule *Rule) bool {
	kind, name, ok := strings.Cut(rule.match.property, ".")
	if !ok || kind == "" || name == "" || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") {
		n.Problemf("want a property Kind.name, Kind.outer.inner or *.name, have %q", rule.match.property)
		return false
	}
	rule.place = strictyaml.Problem{File: fileOf(n), Line: n.Line, Column: n.Column}
	return true
}

func (r *reader) checkUpstream(n strictyaml.Node, rule *Rule) bool {
	if r.upstreams != nil && !slices.Contains(r.upstreams, rule.match.upstream) {
		n.Problemf("there is no upstream %q%s", rule.match.upstream, strictyaml.Suggest(rule.match.upstream, r.upstreams))
		return false
	}
	return true
}

func (r *reader) checkPath(n strictyaml.Node, rule *Rule) bool {
	p, err := parsePattern(rule.match.text)
	if err != nil {
		n.Problemf("%v", err)
		return false
	}
	rule.match.path = p
	known, what := r.stores, "store"
	if p.channel == "calls" {
		known, what = r.upstreams, "upstream"
	}
	if p.head != "" && p.head != "*" && known != nil && !slices.Contains(known, p.head) {
		n.Problemf("there is no %s %q%s", what, p.head, strictyaml.Suggest(p.head, known))
		return false
	}
	whole := len(p.steps) == 0 || p.channel == "calls" && len(p.steps) == 1
	if whole && rule.target != anything {
		n.Problemf("path %q means a whole %s, and %s works on values in it", rule.match.text, p.channel[:len(p.channel)-1], rule.Use)
		return false
	}
	return true
}

// served reports whether a field returns the type, or a list of it. A composite
// type is also served where one of its abstract types is.
func (s *Schema) served(name string, list bool) bool {
	for _, def := range s.types {
		if def.Kind != ast.Object && def.Kind != ast.Interface {
			continue
		}
		for _, f := range def.Fields {
			if list && f.Type.Elem == nil {
				continue
			}
			if named := f.Type.Name(); named == name || s.includes(named, name) {
				return true
			}
		}
	}
	return s.roots[ast.Query] == name || s.roots[ast.Mutation] == name
}

// directives are those that stand on fields and types of the schema.
func (s *Schema) directives() []string {
	seen := map[string]bool{}
	for _, def := range s.types {
		for _, d := range def.Directives {
			seen[d.Name] = true
		}
		for _, f := range def.Fields {
			for _, d := range f.Directives {
				seen[d.Name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
