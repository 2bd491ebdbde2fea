package normalizers

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// Rules says what may differ, and why. The zero value has no rules.
type Rules struct {
	list []*Rule

	byType, byCoordinate, byDirective, byProperty, byUpstream map[string][]*Rule

	paths []*Rule
}

// Rule is one entry of the configuration's normalizers.
type Rule struct {
	// At is where it stands: "replay.yaml:31".
	At string
	// Use names what it does to a value.
	Use string
	// Reason says why the values may differ.
	Reason string

	match  match
	place  strictyaml.Problem // where the property of the match stands
	target target
	phase  phase
	apply  rewrite
}

// match says where a rule applies; one of its fields is set.
type match struct {
	typeName, coordinate, directive, property, upstream string

	path *pattern
	text string // of the path
}

func (m match) String() string {
	for _, one := range []struct{ name, value string }{
		{"type", m.typeName},
		{"coordinate", m.coordinate},
		{"directive", m.directive},
		{"property", m.property},
		{"upstream", m.upstream},
		{"path", m.text},
	} {
		if one.value != "" {
			return one.name + ": " + one.value
		}
	}
	return ""
}

// All are the rules in the order of the file.
func (r *Rules) All() []*Rule {
	if r == nil {
		return nil
	}
	return r.list
}

// newRules indexes a list of rules by what they match.
func newRules(list []*Rule) *Rules {
	r := &Rules{
		list: list, byType: map[string][]*Rule{}, byCoordinate: map[string][]*Rule{},
		byDirective: map[string][]*Rule{}, byProperty: map[string][]*Rule{}, byUpstream: map[string][]*Rule{},
	}
	for _, rule := range list {
		m := rule.match
		switch {
		case m.typeName != "":
			r.byType[m.typeName] = append(r.byType[m.typeName], rule)
		case m.coordinate != "":
			r.byCoordinate[m.coordinate] = append(r.byCoordinate[m.coordinate], rule)
		case m.directive != "":
			r.byDirective[m.directive] = append(r.byDirective[m.directive], rule)
		case m.property != "":
			r.byProperty[m.property] = append(r.byProperty[m.property], rule)
		case m.upstream != "":
			r.byUpstream[m.upstream] = append(r.byUpstream[m.upstream], rule)
		case m.path != nil:
			r.paths = append(r.paths, rule)
		}
	}
	return r
}

// forField are the rules of a field of a concrete type.
func (r *Rules) forField(s *Schema, concrete, name string, def *ast.FieldDefinition) []*Rule {
	if r == nil || len(r.list) == 0 {
		return nil
	}
	var found []*Rule
	for _, coordinate := range s.coordinates(concrete, name) {
		found = append(found, r.byCoordinate[coordinate]...)
	}
	named := def.Type.Name()
	found = append(found, r.byType[named]...)
	for directive, rules := range r.byDirective {
		if def.Directives.ForName(directive) != nil || s.types[named].Directives.ForName(directive) != nil {
			found = append(found, rules...)
		}
	}
	return inPhases(found)
}

// ofConcrete are the rules by type that apply to an object found to be of a type
// that its field does not name.
func (r *Rules) ofConcrete(typeName string) []*Rule {
	if r == nil {
		return nil
	}
	return r.byType[typeName]
}

// forProperty are the rules of a property, path dotted, of an entity of a kind.
func (r *Rules) forProperty(kind, path string) []*Rule {
	if r == nil || len(r.byProperty) == 0 {
		return nil
	}
	var found []*Rule
	for _, k := range [...]string{kind, "*"} {
		found = append(found, r.byProperty[k+"."+path]...)
		found = append(found, r.byProperty[k+".*"]...)
	}
	return inPhases(found)
}

// start is the trail of the paths of a channel that are open to the head.
func (r *Rules) start(channel string, open func(*pattern) bool) trail {
	if r == nil {
		return nil
	}
	var t trail
	for _, rule := range r.paths {
		if p := rule.match.path; p.channel == channel && len(p.steps) > 0 && open(p) {
			t = append(t, mark{rule, p.steps})
		}
	}
	return t
}

// ofUpstream are the rules of everything that is sent to an upstream.
func (r *Rules) ofUpstream(name string) []*Rule {
	if r == nil {
		return nil
	}
	return r.byUpstream[name]
}

// ofEffect are the rules whose path means a whole effect.
func (r *Rules) ofEffect(open func(*pattern) bool) []*Rule {
	if r == nil {
		return nil
	}
	var found []*Rule
	for _, rule := range r.paths {
		if p := rule.match.path; p.channel == "effects" && len(p.steps) == 0 && open(p) {
			found = append(found, rule)
		}
	}
	return inPhases(found)
}

// inPhases sorts rules in the order in which they apply, whatever order they
// were written in.
func inPhases(rules []*Rule) []*Rule {
	if len(rules) < 2 {
		return rules
	}
	slices.SortFunc(rules, func(a, b *Rule) int { return cmp.Or(cmp.Compare(a.phase, b.phase), cmp.Compare(a.At, b.At)) })
	return slices.Compact(rules)
}

// ConflictError says that two rules rewrite one place differently.
type ConflictError struct {
	First, Second *Rule
	Path          string
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s (%s) and %s (%s) rewrite %s differently; narrow the match of one of them",
		e.First.At, e.First.Use, e.Second.At, e.Second.Use, e.Path)
}
