package upstream

import (
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// condition is what an object must be for a selection to apply to it: of all the types
// of the fragments around the selection, sorted and joined by "&"; "" for none.
type condition string

func (c condition) and(typeName string) condition {
	if typeName == "" || slices.Contains(c.types(), typeName) {
		return c
	}
	return condition(strings.Join(slices.Sorted(slices.Values(append(c.types(), typeName))), "&"))
}

func (c condition) types() []string {
	if c == "" {
		return nil
	}
	return strings.Split(string(c), "&")
}

// truth is whether a condition holds. Without the upstream's schema it must be seen in
// what was recorded.
type truth int

const (
	unknown truth = iota
	fails
	holds
)

// seen is what a recorded object shows of itself.
type seen struct {
	fields []field // what was asked of it
	object corpus.Object
	about  map[condition]truth
	name   string // its type; "" if that was not asked for
	// types are those that objects of the whole recording are of: no interfaces.
	types func() map[string]bool
}

// look reads a recorded object. Where there is none, because an error made null of it,
// nothing is seen.
func look(fields []field, object corpus.Object, types func() map[string]bool) seen {
	s := seen{fields: fields, object: object, about: map[condition]truth{"": holds}, types: types}
	if object == nil {
		return s
	}
	for _, f := range fields { // whose members are not there
		if _, has := object.Get(f.key); !has && !f.maybe && f.on != "" {
			s.about[f.on] = fails
		}
	}
	for _, f := range fields {
		if v, has := object.Get(f.key); has && f.name == "__typename" && alike(s.behind(f.key)) {
			s.name, _ = v.(string)
		}
	}
	for _, f := range fields { // whose members are there for no other reason
		if s.truth(f.on) != unknown || f.maybe {
			continue
		}
		if !slices.ContainsFunc(fields, func(g field) bool { return g.key == f.key && g.on != f.on && s.truth(g.on) != fails }) {
			s.about[f.on] = holds
		}
	}
	return s
}

// behind are the fields that may have given a member.
func (s *seen) behind(key string) []field {
	var out []field
	for _, f := range s.fields {
		if f.key == key && s.truth(f.on) != fails {
			out = append(out, f)
		}
	}
	return out
}

// truth of a condition: as it was seen, of itself, of a stricter or of a looser one. A
// fragment around or within one on the object's own type applies, or the document would
// not be valid (GraphQL, section 5.5.2.3).
func (s *seen) truth(c condition) truth {
	if t, ok := s.about[c]; ok {
		return t
	}
	if s.name != "" {
		switch {
		case slices.Contains(c.types(), s.name):
			return holds
		case slices.ContainsFunc(c.types(), func(name string) bool { return s.types()[name] }):
			return fails
		}
	}
	parts := 0
	for d, t := range s.about {
		switch {
		case t == fails && c.implies(d):
			return fails
		case t == holds && d.implies(c):
			return holds
		case t == holds && c.implies(d) && len(d.types()) == 1:
			parts++
		}
	}
	if parts == len(c.types()) {
		return holds
	}
	return unknown
}

// implies reports whether a condition names all types that another does.
func (c condition) implies(d condition) bool {
	types := c.types()
	return !slices.ContainsFunc(d.types(), func(name string) bool { return !slices.Contains(types, name) })
}

// objectTypes notes the types that the objects of a recorded value say they are of.
func objectTypes(fields []field, v any, into map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			objectTypes(fields, item, into)
		}
	case corpus.Object:
		s := look(fields, v, func() map[string]bool { return nil })
		if s.name != "" {
			into[s.name] = true
		}
		for _, m := range v {
			for _, f := range s.behind(m.Name) {
				objectTypes(f.fields, m.Value, into)
			}
		}
	}
}

// alike reports whether fields are one, with the same arguments.
func alike(fields []field) bool {
	return !slices.ContainsFunc(fields, func(f field) bool { return f.name != fields[0].name || !strict().equal(fields[0].args, f.args) })
}
