package harness

import (
	"maps"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/normalizers"
)

// write is one effect with its place in an observation.
type write struct {
	*corpus.Effect
	store string
	index int
}

// writes are the effects of an observation, store by store.
func writes(o *corpus.Observation) []write {
	var out []write
	for _, store := range slices.Sorted(maps.Keys(o.Effects)) {
		for i := range o.Effects[store] {
			out = append(out, write{&o.Effects[store][i], store, i})
		}
	}
	return out
}

func (w write) path() string { return w.store + " " + w.Key.String() }

// replaced is the observation with other effects in this one's place. An update
// that changes nothing is none.
func (w write) replaced(o *corpus.Observation, by ...corpus.Effect) *corpus.Observation {
	by = slices.DeleteFunc(by, func(e corpus.Effect) bool { return e.Op == corpus.Update && len(e.Set) == 0 })
	out := *o
	out.Effects = maps.Clone(o.Effects)
	list := slices.Replace(slices.Clone(o.Effects[w.store]), w.index, w.index+1, by...)
	out.Effects[w.store] = list
	if len(list) == 0 {
		delete(out.Effects, w.store)
	}
	return &out
}

// withWrite is the observation with one more effect.
func withWrite(o *corpus.Observation, store string, e corpus.Effect) *corpus.Observation {
	out := *o
	out.Effects = maps.Clone(o.Effects)
	if out.Effects == nil {
		out.Effects = map[string][]corpus.Effect{}
	}
	out.Effects[store] = append(slices.Clone(o.Effects[store]), e)
	return &out
}

func withoutFlags(unindexed []string, property string) []string {
	return slices.DeleteFunc(slices.Clone(unindexed), func(path string) bool { return normalizers.FirstName(path) == property })
}

// after is what the entity of an insert or update has been given.
func (w write) after() map[string]corpus.Value {
	if w.Op == corpus.Insert {
		return w.Properties
	}
	out := map[string]corpus.Value{}
	for name, c := range w.Set {
		if c.To != nil {
			out[name] = *c.To
		}
	}
	return out
}

// before is the entity of the fixture that a key names; nil if there is none.
func (s *specimen) before(store string, key corpus.Key) *corpus.Entity {
	state := s.cs.State(store)
	for i := range state.Entities {
		if state.Entities[i].Key.Equal(key) {
			return &state.Entities[i]
		}
	}
	return nil
}

// untouched are the entities of the fixture that no effect is on.
func (s *specimen) untouched() []write {
	touched := map[string]bool{}
	for _, w := range writes(&s.cs.Expect) {
		touched[w.path()] = true
	}
	var out []write
	for _, store := range s.cs.StoreNames() {
		for _, e := range s.cs.State(store).Entities {
			w := write{Effect: &corpus.Effect{Key: e.Key, Properties: e.Properties}, store: store}
			if !touched[w.path()] {
				out = append(out, w)
			}
		}
	}
	return out
}

// withElement is the key with another element, made by change.
func withElement(k corpus.Key, at int, change func(*corpus.PathElement)) corpus.Key {
	k.Path = slices.Clone(k.Path)
	change(&k.Path[at])
	return k
}

// other makes an element name something else of its kind.
func other(e *corpus.PathElement) {
	if e.Name != "" {
		e.Name += "x"
	} else {
		e.ID += otherID
	}
}

// otherID is how far an id is moved to name something else: further than a test
// server's counters reach, so that it is not the id of a neighbour.
const otherID = 1000003

// generatedIDs are the ids of inserted keys that neither request nor fixture
// holds, not even as part of a text, with the key.
func (s *specimen) generatedIDs() map[string]corpus.Key {
	out := map[string]corpus.Key{}
	for _, w := range writes(&s.cs.Expect) {
		if last := len(w.Key.Path) - 1; w.Op == corpus.Insert && last >= 0 && w.Key.Path[last].ID != 0 {
			out[idText(w.Key)] = w.Key
		}
	}
	if len(out) == 0 {
		return nil
	}
	maps.DeleteFunc(out, func(id string, _ corpus.Key) bool { return strings.Contains(s.given(), id) })
	return out
}

// givenText is all of request and fixture in one text.
func givenText(cs *corpus.Case) string {
	var b strings.Builder
	add := func(text string) { b.WriteString(text); b.WriteByte('\n') }
	add(cs.Request.Document)
	add(string(cs.Request.Variables))
	add(string(cs.Request.Extensions))
	for _, v := range cs.Request.Headers {
		add(v)
	}
	for _, store := range cs.StoreNames() {
		state := cs.State(store)
		for _, e := range state.Entities {
			add(e.Key.String())
			for _, v := range e.Properties {
				add(corpus.ValueText(v))
			}
		}
		for _, k := range state.Absent {
			add(k.String())
		}
	}
	return b.String()
}
