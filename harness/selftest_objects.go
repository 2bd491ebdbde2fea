package harness

import (
	"maps"
	"reflect"
	"slices"

	"github.com/sidebyside/replay/corpus"
)

// intruder names what should not be there.
const intruder = "unexpected"

// objectFaults change what objects, embedded entities and stored entities have.
func objectFaults() []fault {
	return []fault{
		onSites("drop-member", "a field, property or variable is missing", func(_ *specimen, at *site) (any, bool) {
			return nothing{}, at.name != "" && at.value != nil
		}),
		onSites("absent-for-null", "a null is left out", func(_ *specimen, at *site) (any, bool) {
			return nothing{}, at.name != "" && at.value == nil
		}),
		onSites("extra-member", "an object has one member more", extraMember("x")),
		onSites("null-for-absent", "an object has one member more, a null", extraMember(nil)),
		onSites("swap-members", "two members of an object are swapped", swapMembers),
	}
}

func extraMember(v any) func(*specimen, *site) (any, bool) {
	return func(_ *specimen, at *site) (any, bool) {
		switch o := at.value.(type) {
		case corpus.Object:
			return append(slices.Clone(o), corpus.Member{Name: intruder, Value: v}), true
		case *corpus.Entity:
			e := *o
			e.Properties = withProperty(o.Properties, intruder, v)
			return &e, true
		}
		return nil, false
	}
}

// swapMembers swaps the first two values of one type that tell the object from
// what it is then.
func swapMembers(s *specimen, at *site) (any, bool) {
	switch o := at.value.(type) {
	case corpus.Object:
		if at.isError() {
			return nil, false // the path and the message have faults of their own
		}
		values := make([]any, len(o))
		for i, m := range o {
			values[i] = m.Value
		}
		if i, k, ok := s.swappable(values); ok {
			out := slices.Clone(o)
			out[i].Value, out[k].Value = o[k].Value, o[i].Value
			return out, true
		}
	case *corpus.Entity:
		if i, k, ok := s.swappableProperties(o.Properties); ok {
			e := *o
			e.Properties = swapped(o.Properties, i, k)
			return &e, true
		}
	}
	return nil, false
}

func (at *site) isError() bool { return at.in != nil && at.in.isErrors() }

func (s *specimen) swappable(values []any) (i, k int, ok bool) {
	for i, v := range values {
		for k := i + 1; k < len(values); k++ {
			if v != nil && reflect.TypeOf(v) == reflect.TypeOf(values[k]) && s.blank(v) != s.blank(values[k]) {
				return i, k, true
			}
		}
	}
	return 0, 0, false
}

func (s *specimen) swappableProperties(props map[string]corpus.Value) (a, b string, ok bool) {
	names := slices.Sorted(maps.Keys(props))
	values := make([]any, len(names))
	for i, name := range names {
		values[i] = props[name]
	}
	i, k, ok := s.swappable(values)
	if !ok {
		return "", "", false
	}
	return names[i], names[k], true
}

func swapped(props map[string]corpus.Value, a, b string) map[string]corpus.Value {
	out := maps.Clone(props)
	out[a], out[b] = props[b], props[a]
	return out
}
