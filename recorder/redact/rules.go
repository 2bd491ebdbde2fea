package redact

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// A Rule says what values at some places are.
type Rule struct {
	// At is where the rule stands, "replay.yaml:31".
	At string
	As As
	// Reason says why; needed for Keep.
	Reason string
	// Order keeps the order of the values of a kind within a case.
	Order bool
	// Blind is set where detectors must not look at what is kept.
	Blind bool

	match match
}

// match is one of: a path, coordinate, property, header, key kind, or type.
type match struct {
	by, text string
	path     *pattern
}

// Rules are the rules of a configuration. The zero value has none.
type Rules struct {
	paths []*Rule
	by    map[string]map[string]*Rule // by, text
	list  []*Rule
}

// All are the rules in the order of the file.
func (r *Rules) All() []*Rule {
	if r == nil {
		return nil
	}
	return r.list
}

func newRules(list []*Rule) *Rules {
	r := &Rules{list: list, by: map[string]map[string]*Rule{}}
	for _, rule := range list {
		if rule.match.path != nil {
			r.paths = append(r.paths, rule)
			continue
		}
		of := r.by[rule.match.by]
		if of == nil {
			of = map[string]*Rule{}
			r.by[rule.match.by] = of
		}
		of[rule.match.text] = rule
	}
	return r
}

// find is the rule for a place, nil for none: the first by path; else by
// coordinate; else by property, header or key; else by type.
func (r *Rules) find(p *place) *Rule {
	if r == nil {
		return nil
	}
	for _, rule := range r.paths {
		if rule.match.path.matches(p) {
			return rule
		}
	}
	if fields := r.by["coordinate"]; fields != nil {
		for _, f := range p.fields {
			if rule := fields[f]; rule != nil {
				return rule
			}
		}
	}
	for _, by := range [...]struct{ by, text string }{
		{"property", p.property}, {"header", p.header}, {"key", p.key}, {"type", p.typeName},
	} {
		if rule := r.by[by.by][by.text]; rule != nil && by.text != "" {
			return rule
		}
	}
	return nil
}

// drops reports whether a rule takes something away.
func (r *Rules) drops() bool {
	return slices.ContainsFunc(r.All(), func(rule *Rule) bool { return rule.As == Drop })
}

// ordered are the kinds whose order stays.
func (r *Rules) ordered() []As {
	var kinds []As
	for _, rule := range r.All() {
		if rule.Order && !slices.Contains(kinds, rule.As) {
			kinds = append(kinds, rule.As)
		}
	}
	return kinds
}

// Schema is what redaction asks of a GraphQL schema; normalizers.Schema is one.
type Schema interface {
	// Type is a type's definition with its extensions, nil for an unknown one.
	Type(name string) *ast.Definition
	// Possible are the object types that satisfy a type condition, by name.
	Possible(name string) []string
	// Root is the name of an operation's root type, "" when there is none.
	Root(operation string) string
	// Types are the names of all types.
	Types() []string
}
