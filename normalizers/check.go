package normalizers

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
)

// Check reports, each with its place and the nearest right name, the rules for
// stored properties that no fixture and no effect of the cases has: they could
// never apply. A corpus of a few cases does not show what the stores hold: there
// only what looks misspelt is a problem.
func (r *Rules) Check(cases []*corpus.Case) strictyaml.Problems {
	if r == nil || len(r.byProperty) == 0 || len(cases) == 0 {
		return nil
	}
	missing := map[string]bool{}
	for property := range r.byProperty {
		missing[property] = true
	}
	known := &stored{names: map[string]bool{}, seen: map[*corpus.Entity]bool{}}
	for _, cs := range cases {
		known.add(cs)
		for property := range missing {
			if known.has(property) {
				delete(missing, property)
			}
		}
		if len(missing) == 0 {
			return nil
		}
	}
	var problems strictyaml.Problems
	for _, rule := range r.list {
		if property := rule.match.property; missing[property] {
			if len(cases) < tellingCases && !misspelt(property, known.all()) {
				continue
			}
			p := rule.place
			p.Message = fmt.Sprintf("no fixture and no effect of the corpus has the property %q%s", property, strictyaml.Suggest(property, known.all()))
			problems = append(problems, p)
		}
	}
	return problems
}

// tellingCases is how many cases must lack a property for it to be taken for one
// that no store has.
const tellingCases = 20

// misspelt reports whether a known name is a letter or two away.
func misspelt(name string, known []string) bool {
	return slices.ContainsFunc(known, func(k string) bool { return levenshtein.ComputeDistance(name, k) <= 2 })
}

// stored is what the stores of a corpus hold: "Kind.outer.inner", and "Kind.*"
// and "*.outer.inner" as rules say it.
type stored struct {
	names map[string]bool
	seen  map[*corpus.Entity]bool // of shared fixtures, by their first entity
}

func (s *stored) has(property string) bool { return s.names[property] }

// all are the names that a rule may have meant.
func (s *stored) all() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.names)), func(name string) bool { return strings.HasPrefix(name, "*.") })
}

func (s *stored) add(cs *corpus.Case) {
	for _, states := range []map[string]corpus.State{cs.Fixture.Shared, cs.Fixture.Stores} {
		for _, state := range states {
			if len(state.Entities) == 0 || s.seen[&state.Entities[0]] {
				continue
			}
			s.seen[&state.Entities[0]] = true
			for i := range state.Entities {
				s.properties(state.Entities[i].Key.Kind(), "", state.Entities[i].Properties)
			}
		}
	}
	for _, effects := range []map[string][]corpus.Effect{cs.Fixture.Changes, cs.Expect.Effects} {
		for _, list := range effects {
			for i := range list {
				s.effect(&list[i])
			}
		}
	}
}

func (s *stored) effect(e *corpus.Effect) {
	kind := e.Key.Kind()
	s.properties(kind, "", e.Properties)
	for name, change := range e.Set {
		for _, v := range []*corpus.Value{change.From, change.To} {
			if v != nil {
				s.property(kind, name, *v)
			}
		}
	}
}

func (s *stored) properties(kind, prefix string, props map[string]corpus.Value) {
	for name, v := range props {
		s.property(kind, prefix+name, v)
	}
}

func (s *stored) property(kind, path string, v corpus.Value) {
	if name := kind + "." + path; !s.names[name] {
		s.names[name], s.names["*."+path], s.names[kind+".*"], s.names["*.*"] = true, true, true, true
	}
	switch v := v.(type) {
	case *corpus.Entity:
		s.properties(kind, path+".", v.Properties)
	case corpus.Meant:
		s.property(kind, path, v.Value)
	case []corpus.Value:
		for _, item := range v {
			s.property(kind, path, item)
		}
	}
}
