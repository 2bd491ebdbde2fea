package upstream

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sidebyside/replay/corpus"
)

// projection answers one selection from what was recorded for another. It gives a
// value where it is certain that the upstream would have given this one.
type projection struct {
	names renaming
	types func() map[string]bool // of which recorded objects are
}

// value is the recorded value in the shape that is asked for.
func (p projection) value(recorded []field, v any, asked []field) (any, error) {
	if p.repeats(recorded, asked) {
		return v, nil
	}
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			var err error
			if out[i], err = p.value(recorded, item, asked); err != nil {
				return nil, err
			}
		}
		return out, nil
	case corpus.Object:
		return p.object(recorded, v, asked)
	}
	return nil, fmt.Errorf("the recorded value has no fields")
}

// repeats reports whether a selection is the recorded one, whatever the object is.
func (p projection) repeats(recorded, asked []field) bool {
	return slices.EqualFunc(recorded, asked, func(r, a field) bool {
		return r.key == a.key && !r.maybe && r.on == a.on && r.composite == a.composite && p.twins(&r, &a) && p.repeats(r.fields, a.fields)
	})
}

// twins reports whether a recorded field is the one that is asked for, with the same
// arguments.
func (p projection) twins(r, a *field) bool {
	if r.name != a.name {
		return false
	}
	names := p.names.clone()
	return names.equal(r.args, a.args)
}

func (p projection) object(recorded []field, v corpus.Object, asked []field) (any, error) {
	answers, err := p.answers(look(recorded, v, p.types), asked)
	if err != nil {
		return nil, err
	}
	out := corpus.Object{}
	for _, a := range answers {
		value, _ := v.Get(a.from)
		if a.composite {
			if value, err = p.value(a.recorded, value, a.asked); err != nil {
				return nil, err
			}
		}
		out = append(out, corpus.Member{Name: a.key, Value: value})
	}
	return out, nil
}

// answer is a member that is asked for, and the one of the recording that it is.
type answer struct {
	key, from       string
	composite       bool
	recorded, asked []field // of its value
}

// answers are the members of an object in the shape that is asked for.
func (p projection) answers(s seen, asked []field) ([]answer, error) {
	if err := p.positionType(&s, asked); err != nil {
		return nil, err
	}
	var keys []string
	groups := map[string][]field{} // by the name of the member
	for _, a := range asked {
		if s.truth(a.on) == fails {
			continue
		}
		if !slices.Contains(keys, a.key) {
			keys = append(keys, a.key)
		}
		groups[a.key] = append(groups[a.key], a)
	}
	var out []answer
	for _, key := range keys {
		a, err := p.member(&s, key, groups[key])
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// positionType takes a single type condition of which nothing is known for the type of
// the position itself, and refuses what cannot be decided without a schema.
func (p projection) positionType(s *seen, asked []field) error {
	mentioned := map[condition]bool{}
	for _, f := range s.fields {
		mentioned[f.on] = true
	}
	var open condition
	for _, a := range asked {
		if s.truth(a.on) != unknown || mentioned[a.on] {
			continue
		}
		if s.name != "" || open != "" && open != a.on || len(mentioned) > 1 || !mentioned[""] || len(a.on.types()) > 1 {
			return undecided(a.on)
		}
		open = a.on
	}
	if open != "" {
		s.about[open] = holds
	}
	return nil
}

func undecided(c condition) error {
	return fmt.Errorf("the recording does not say whether the type condition %q holds", c)
}

// member finds the recorded member that is what the fields of one name ask for.
func (p projection) member(s *seen, key string, asked []field) (answer, error) {
	i := slices.IndexFunc(asked, func(a field) bool { return s.truth(a.on) == holds })
	if i < 0 {
		return p.covered(s, key, asked)
	}
	a := &asked[i]
	from, err := p.certain(s, a)
	if err != nil {
		return answer{}, err
	}
	out := answer{key: key, from: from, composite: a.composite}
	for _, r := range s.behind(from) {
		for _, f := range r.fields {
			f.maybe = f.maybe || r.maybe || s.truth(r.on) != holds
			out.recorded = append(out.recorded, f)
		}
	}
	for _, b := range asked {
		if s.truth(b.on) == holds {
			out.asked = append(out.asked, b.fields...)
		}
	}
	out.asked = merged(out.asked)
	for _, b := range asked { // of which it is open whether they add something
		if s.truth(b.on) == unknown && !slices.EqualFunc(merged(append(slices.Clone(out.asked), b.fields...)), out.asked, same) {
			return answer{}, undecided(b.on)
		}
	}
	return out, nil
}

// certain is the recorded member that has the value of a field for certain.
func (p projection) certain(s *seen, a *field) (string, error) {
	twin, doubtful := false, false
	for _, r := range s.fields {
		if !p.twins(&r, a) || s.truth(r.on) == fails {
			continue
		}
		twin = true
		if _, has := s.object.Get(r.key); !has && s.object != nil {
			continue
		}
		if s.truth(r.on) != holds || r.maybe {
			if !alike(s.behind(r.key)) {
				doubtful = true
				continue
			}
		}
		if r.composite != a.composite {
			return "", fmt.Errorf("field %q has fields in the recording", a.name)
		}
		return r.key, nil
	}
	switch {
	case doubtful:
		return "", fmt.Errorf("the recording does not say of which type the object is, and so not what its field %q is; ask for __typename, too, and record again", a.name)
	case twin:
		return "", fmt.Errorf("the recording has no value of field %q", a.name)
	}
	return "", fmt.Errorf("field %q was not recorded with these arguments", a.name)
}

// covered answers fields of which it is open which applies, where the recording has the
// same choice: a member that is one of them under each condition.
func (p projection) covered(s *seen, key string, asked []field) (answer, error) {
	for _, first := range s.fields {
		if first.on != asked[0].on || first.maybe || !p.twins(&first, &asked[0]) {
			continue
		}
		if _, has := s.object.Get(first.key); !has {
			continue
		}
		recorded := s.behind(first.key)
		if len(recorded) != len(asked) || slices.ContainsFunc(recorded, func(r field) bool { return r.maybe }) {
			continue
		}
		all := !slices.ContainsFunc(asked, func(a field) bool {
			return !slices.ContainsFunc(recorded, func(r field) bool {
				return r.on == a.on && r.composite == a.composite && p.twins(&r, &a) && (!r.composite || p.repeats(recorded[0].fields, r.fields) && p.repeats(asked[0].fields, a.fields))
			})
		})
		if all {
			return answer{key: key, from: first.key, composite: first.composite, recorded: recorded[0].fields, asked: asked[0].fields}, nil
		}
	}
	return answer{}, undecided(asked[0].on)
}

func same(a, b field) bool {
	return a.key == b.key && a.on == b.on && a.composite == b.composite && alike([]field{a, b}) && slices.EqualFunc(a.fields, b.fields, same)
}

// paths are the places in the new answer at which an error of the recorded one
// stands: none where its field is not asked for. It cannot be said when the error
// made null of something that is asked for with other fields.
func (p projection) paths(recorded []field, v any, asked []field, path []any) ([][]any, error) {
	if len(path) == 0 {
		return [][]any{{}}, nil
	}
	if p.repeats(recorded, asked) {
		return [][]any{path}, nil
	}
	if index, ok := path[0].(json.Number); ok {
		var item any
		if list, isList := v.([]any); isList {
			if i, err := index.Int64(); err == nil && i >= 0 && int(i) < len(list) {
				item = list[i]
			}
		}
		rest, err := p.paths(recorded, item, asked, path[1:])
		return prefixed(index, rest), err
	}
	key, _ := path[0].(string)
	object, _ := v.(corpus.Object)
	value, _ := object.Get(key)
	answers, err := p.answers(look(recorded, object, p.types), asked)
	if err != nil {
		return nil, err
	}
	var out [][]any
	for _, a := range answers {
		if a.from != key {
			continue
		}
		rest, err := p.paths(a.recorded, value, a.asked, path[1:])
		if err != nil {
			return nil, err
		}
		out = append(out, prefixed(a.key, rest)...)
	}
	if len(out) == 0 && v == nil {
		return nil, fmt.Errorf("the recording has an error in a field %q that is not asked for, and null in the place of what is", key)
	}
	return out, nil
}

func prefixed(first any, rest [][]any) [][]any {
	out := make([][]any, len(rest))
	for i, r := range rest {
		out[i] = append([]any{first}, r...)
	}
	return out
}
