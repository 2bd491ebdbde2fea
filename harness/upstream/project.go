package upstream

import (
	"encoding/json"
	"fmt"

	"github.com/sidebyside/replay/corpus"
)

// projection answers one selection from what was recorded for another.
type projection struct{ names renaming }

// twins are the recorded selections of the same field with the same arguments as
// the one asked for.
func (p projection) twins(recorded []field, asked *field) []field {
	var out []field
	for _, f := range recorded {
		if f.name != asked.name {
			continue
		}
		if names := p.names.clone(); names.equal(f.args, asked.args) {
			out = append(out, f)
		}
	}
	return out
}

// value is the recorded value in the shape that is asked for.
func (p projection) value(recorded []field, v any, asked []field) (any, error) {
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

func (p projection) object(recorded []field, v corpus.Object, asked []field) (any, error) {
	if err := p.oneCondition(recorded, v, asked); err != nil {
		return nil, err
	}
	out := corpus.Object{}
	for _, a := range p.applying(recorded, v, asked) {
		found, err := p.member(recorded, v, &a)
		if err != nil {
			return nil, err
		}
		out = append(out, corpus.Member{Name: a.key, Value: found})
	}
	return out, nil
}

// member answers one field of an object.
func (p projection) member(recorded []field, v corpus.Object, a *field) (any, error) {
	twins := p.twins(recorded, a)
	for _, twin := range twins {
		value, ok := v.Get(twin.key)
		if !ok {
			continue
		}
		if !a.composite {
			if twin.composite {
				return nil, fmt.Errorf("field %q has fields in the recording", a.name)
			}
			return value, nil
		}
		return p.value(allFields(twins, twin.key), value, a.fields)
	}
	if len(twins) == 0 {
		return nil, fmt.Errorf("field %q was not recorded with these arguments", a.name)
	}
	return nil, fmt.Errorf("the recording has no value of field %q", a.name)
}

// allFields are the selections of those fields that make one member.
func allFields(twins []field, key string) []field {
	var out []field
	for _, t := range twins {
		if t.key == key {
			out = append(out, t.fields...)
		}
	}
	return out
}

// applying are the fields that are asked of this object, joined by response key:
// those whose type condition fits.
func (p projection) applying(recorded []field, v corpus.Object, asked []field) []field {
	var out []field
	for _, a := range asked {
		if a.on == "" || p.fits(recorded, v, a.on) {
			a.on = ""
			out = append(out, a)
		}
	}
	return merged(out)
}

// fits reports whether an object satisfies a type condition: by its recorded
// type, or by a recorded field that stood behind the same condition. A single
// condition about which nothing is known is the type of the position itself
// (oneCondition refuses several).
func (p projection) fits(recorded []field, v corpus.Object, on string) bool {
	conditional := false
	for _, f := range recorded {
		if f.on != on {
			continue
		}
		conditional = true
		if _, has := v.Get(f.key); !has {
			return false
		}
	}
	if conditional {
		return true
	}
	name, known := typeName(recorded, v)
	return !known || name == on
}

// oneCondition refuses what cannot be decided without a schema.
func (p projection) oneCondition(recorded []field, v corpus.Object, asked []field) error {
	recordedOn, unknown := map[string]bool{}, map[string]bool{}
	for _, f := range recorded {
		recordedOn[f.on] = true
	}
	name, known := typeName(recorded, v)
	for _, a := range asked {
		if a.on == "" || recordedOn[a.on] || known && name == a.on {
			continue
		}
		unknown[a.on] = true
		if known || len(unknown) > 1 || len(recordedOn) > 1 {
			return fmt.Errorf("the recording does not say whether the type condition %q holds", a.on)
		}
	}
	return nil
}

func typeName(recorded []field, v corpus.Object) (string, bool) {
	for _, f := range recorded {
		if f.name == "__typename" {
			if s, ok := v.Get(f.key); ok {
				name, isString := s.(string)
				return name, isString
			}
		}
	}
	return "", false
}

// paths are the places in the new answer at which an error of the recorded one
// stands: none where its field is not asked for. It cannot be said when the error
// made null of something that is asked for with other fields.
func (p projection) paths(recorded []field, v any, asked []field, path []any) ([][]any, error) {
	if len(path) == 0 {
		return [][]any{{}}, nil
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
	var value any
	if o, ok := v.(corpus.Object); ok {
		value, _ = o.Get(key)
	}
	var out [][]any
	for _, a := range asked {
		twins := p.twins(recorded, &a)
		fields := allFields(twins, key)
		if !has(twins, key) {
			continue
		}
		rest, err := p.paths(fields, value, a.fields, path[1:])
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

func has(fields []field, key string) bool {
	for _, f := range fields {
		if f.key == key {
			return true
		}
	}
	return false
}

func prefixed(first any, rest [][]any) [][]any {
	out := make([][]any, len(rest))
	for i, r := range rest {
		out[i] = append([]any{first}, r...)
	}
	return out
}
