package redact

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sidebyside/replay/corpus"
)

// state is a copy of what a store holds, in the order of its keys if it was.
func (s *session) state(p place, st corpus.State) corpus.State {
	out := st
	out.Entities, out.Absent = slices.Clone(st.Entities), slices.Clone(st.Absent)
	entities := p.at("entities")
	for i := range out.Entities {
		out.Entities[i] = s.outer(entities.item(i), &st.Entities[i])
	}
	absent := p.at("absent")
	for i, key := range out.Absent {
		out.Absent[i] = s.entityKey(absent.item(i), key)
	}
	byKey := func(a, b corpus.Entity) int { return a.Key.Compare(b.Key) }
	if st.Form != corpus.Tables && slices.IsSortedFunc(st.Entities, byKey) {
		slices.SortFunc(out.Entities, byKey)
	}
	if slices.IsSortedFunc(st.Absent, corpus.Key.Compare) {
		slices.SortFunc(out.Absent, corpus.Key.Compare)
	}
	return out
}

// outer is a copy of an entity, row or key of its own.
func (s *session) outer(p place, e *corpus.Entity) corpus.Entity {
	out := corpus.Entity{Key: s.entityKey(p.at("key"), e.Key)}
	renamed := map[string]string{}
	out.Properties = s.properties(p.at("properties"), s.form.kind(e.Key), e.Properties, renamed)
	out.Unindexed = unindexed(e.Unindexed, out.Properties, renamed)
	return out
}

// entity is a copy of an entity that is embedded in a property.
func (s *session) entity(p place, property string, e *corpus.Entity) corpus.Entity {
	out := corpus.Entity{Key: s.key(p.at("key"), e.Key)}
	renamed := map[string]string{}
	out.Properties = s.properties(p.at("properties"), property, e.Properties, renamed)
	out.Unindexed = unindexed(e.Unindexed, out.Properties, renamed)
	return out
}

// properties is a copy of properties without those that are dropped. Names that
// are values, too, get their pseudonyms.
func (s *session) properties(p place, of string, properties map[string]corpus.Value, renamed map[string]string) map[string]corpus.Value {
	if properties == nil {
		return nil
	}
	out := make(map[string]corpus.Value, len(properties))
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		at := p.at(name)
		at.property = of + "." + name
		if s.drops(&at) {
			continue
		}
		renamed[name] = s.memberName(p, name)
		out[renamed[name]] = s.held(at, of, name, properties[name])
	}
	return out
}

// held is a copy of what an entity's own property, or a part of a key of Redis,
// holds.
func (s *session) held(p place, of, name string, v corpus.Value) corpus.Value {
	if s.form.form == corpus.Keys {
		return s.redisValue(p, of, name, v)
	}
	return s.stored(p, v)
}

// unindexed are the paths whose property is still there, under its name.
func unindexed(paths []string, properties map[string]corpus.Value, renamed map[string]string) []string {
	var out []string
	for _, text := range paths {
		path, err := corpus.ParsePropertyPath(text)
		if err != nil {
			out = append(out, text)
			continue
		}
		name, known := renamed[path[0].Name]
		if _, ok := properties[name]; !known || !ok || !stands(path[1:], properties[name]) {
			continue
		}
		path[0].Name = name
		out = append(out, path.String())
	}
	slices.Sort(out)
	return out
}

// stands reports whether a value still holds what a path names in it.
func stands(path corpus.PropertyPath, v corpus.Value) bool {
	if len(path) == 0 {
		return true
	}
	switch v := v.(type) {
	case corpus.Meant:
		return stands(path, v.Value)
	case *corpus.Entity:
		inner, ok := v.Properties[path[0].Name]
		return ok && stands(path[1:], inner)
	case []corpus.Value:
		if path[0].Name == "" {
			return path[0].Index < len(v) && stands(path[1:], v[path[0].Index])
		}
		return slices.ContainsFunc(v, func(item corpus.Value) bool { return stands(path, item) })
	}
	return true
}

// stored is a copy of a stored value.
func (s *session) stored(p place, v corpus.Value) corpus.Value {
	p.strict = true
	switch v := v.(type) {
	case string:
		return s.text(&p, v)
	case []byte:
		return s.bytes(p, v)
	case int64:
		n, err := strconv.ParseInt(s.number(&p, strconv.FormatInt(v, 10)), 10, 64)
		if err != nil {
			return v
		}
		return n
	case float64:
		return s.float(&p, v)
	case corpus.Key:
		return s.key(p, v)
	case *corpus.Entity:
		out := s.entity(p, p.property, v)
		return &out
	case []corpus.Value:
		out := make([]corpus.Value, len(v))
		for i, item := range v {
			out[i] = s.stored(p.item(i), item)
		}
		return out
	case corpus.Meant:
		return corpus.Meant{Meaning: v.Meaning, Value: s.stored(p, v.Value)}
	case corpus.Typed:
		return s.typed(p, v)
	case time.Time, corpus.GeoPoint, bool, nil:
		return v
	}
	panic(fmt.Sprintf("no rules for a %T", v)) // costs the recording, and leaks nothing
}

// float replaces a float that a rule names. What has no plain decimals stays.
func (s *session) float(p *place, v float64) float64 {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	out, err := strconv.ParseFloat(s.number(p, text), 64)
	if err != nil || !strings.ContainsAny(text, "0123456789") {
		return v
	}
	return out
}

// bytes are looked at as the text that they are. Where a rule replaces bytes that
// are none, it empties them.
func (s *session) bytes(p place, v []byte) []byte {
	if utf8.Valid(v) {
		return []byte(s.text(&p, string(v)))
	}
	rule := s.r.options.Rules.find(&p)
	if rule == nil && p.strict && s.r.options.Strict {
		s.miss(&p)
	}
	switch {
	case rule != nil && rule.As.replaces():
		return []byte{}
	case rule != nil && rule.Blind:
		return slices.Clone(v)
	}
	return []byte(s.binary(&p, string(v)))
}

// key is a copy of a key.
func (s *session) key(p place, key corpus.Key) corpus.Key {
	out := corpus.Key{Namespace: key.Namespace, Path: slices.Clone(key.Path)}
	p.property = ""
	p.nameless()
	for i := range out.Path {
		e := &out.Path[i]
		at := p.item(2*i + 1)
		at.key, at.strict = e.Kind, true
		switch {
		case e.Name != "":
			e.Name = s.text(&at, e.Name)
		case e.ID != 0:
			if id, err := strconv.ParseInt(s.number(&at, strconv.FormatInt(e.ID, 10)), 10, 64); err == nil && id != 0 {
				e.ID = id
			}
		}
	}
	return out
}

// effects is a copy of what happened to the stores, or what is other than in a base.
func (s *session) effects(p place, c *corpus.Case, stores map[string][]corpus.Effect) map[string][]corpus.Effect {
	if stores == nil {
		return nil
	}
	out := make(map[string][]corpus.Effect, len(stores))
	for _, name := range slices.Sorted(maps.Keys(stores)) {
		of := p.at(name)
		s.form = s.formOf(c, name)
		list := make([]corpus.Effect, 0, len(stores[name]))
		for i := range stores[name] {
			if e := s.effect(of.item(i), &stores[name][i]); e != nil {
				list = append(list, *e)
			}
		}
		slices.SortStableFunc(list, func(a, b corpus.Effect) int { return a.Key.Compare(b.Key) })
		out[name] = list
	}
	return out
}

// effect is a copy of an effect, nil where all that it changed is dropped.
func (s *session) effect(p place, e *corpus.Effect) *corpus.Effect {
	kind := s.form.kind(e.Key)
	out := &corpus.Effect{Op: e.Op, Key: s.entityKey(p.at(string(e.Op)), e.Key)}
	renamed := map[string]string{}
	out.Properties = s.properties(p.at("properties"), kind, e.Properties, renamed)
	if e.Set != nil {
		out.Set = make(map[string]corpus.Change, len(e.Set))
	}
	set := p.at("set")
	for _, name := range slices.Sorted(maps.Keys(e.Set)) {
		at := set.at(name)
		at.property = kind + "." + name
		if s.drops(&at) {
			continue
		}
		renamed[name] = s.memberName(set, name)
		out.Set[renamed[name]] = s.change(at, kind, e.Set[name])
	}
	if len(e.Set) > 0 && len(out.Set) == 0 {
		return nil
	}
	after := maps.Clone(out.Properties)
	for name, change := range out.Set {
		if change.To != nil {
			if after == nil {
				after = map[string]corpus.Value{}
			}
			after[name] = *change.To
		}
	}
	out.Unindexed = unindexed(e.Unindexed, after, renamed)
	return out
}

func (s *session) change(p place, kind string, c corpus.Change) corpus.Change {
	one := func(side string, v *corpus.Value) *corpus.Value {
		if v == nil {
			return nil
		}
		at := p.at(side)
		at.name, at.of = p.name, p.of
		out := s.held(at, kind, p.name, *v)
		return &out
	}
	return corpus.Change{From: one("from", c.From), To: one("to", c.To)}
}

// keyIDs notes the numbers that keys have: a number of sixteen digits that is
// one is no payment card.
func (s *session) keyIDs(c *corpus.Case) {
	note := func(k corpus.Key) {
		for _, e := range k.Path {
			if e.ID != 0 {
				s.ids[strconv.FormatInt(e.ID, 10)] = true
			}
		}
	}
	for _, st := range c.Fixture.Stores {
		for i := range st.Entities {
			note(st.Entities[i].Key)
		}
		for _, k := range st.Absent {
			note(k)
		}
	}
	for _, stores := range [...]map[string][]corpus.Effect{c.Fixture.Changes, c.Expect.Effects} {
		for _, list := range stores {
			for i := range list {
				note(list[i].Key)
			}
		}
	}
}
