package harness

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/sidebyside/replay/corpus"
)

// idText is the id or name of a key's last element.
func idText(k corpus.Key) string {
	if len(k.Path) == 0 {
		return ""
	}
	last := k.Path[len(k.Path)-1]
	if last.Name != "" {
		return last.Name
	}
	return strconv.FormatInt(last.ID, 10)
}

// idFaults mix up generated ids.
func idFaults() []fault {
	return []fault{
		{name: "returned-id-not-stored", does: "the response returns an id that was allocated and is not the stored one", places: notStored},
		onSites("swap-ids", "the response returns for one new entity the id of another", func(s *specimen, at *site) (any, bool) {
			id, ok := s.idAt(at)
			if !ok {
				return nil, false
			}
			for _, other := range slices.Sorted(maps.Keys(s.ids)) {
				if other != id && s.differ(s.ids[id], s.ids[other]) {
					return at.spell(other), true
				}
			}
			return nil, false
		}),
	}
}

func notStored(s *specimen) []place {
	var out []place
	for _, at := range s.sites {
		id, ok := s.idAt(at)
		if !ok {
			continue
		}
		key := s.ids[id]
		another := withElement(key, len(key.Path)-1, other)
		p := at.place(at.spell(idText(another)))
		p.allocated = []corpus.Key{another}
		out = append(out, p)
	}
	return out
}

// idAt is the generated id that a place of the response holds.
func (s *specimen) idAt(at *site) (string, bool) {
	text, ok := at.value.(string)
	if n, isNumber := at.value.(json.Number); isNumber {
		text, ok = n.String(), true
	}
	_, known := s.ids[text]
	return text, ok && known && at.channel == ResponseChannel
}

// spell is an id in the type that the place has.
func (at *site) spell(id string) any {
	if _, ok := at.value.(json.Number); ok {
		return json.Number(id)
	}
	return id
}

// differ reports whether two inserted entities differ in more than generated
// ids: such ones cannot stand for each other.
func (s *specimen) differ(a, b corpus.Key) bool {
	return s.look(a) != s.look(b)
}

func (s *specimen) look(key corpus.Key) string {
	for _, w := range writes(&s.cs.Expect) {
		if w.Op == corpus.Insert && w.Key.Equal(key) {
			return s.blank(corpus.Value(key)) + s.blank(corpus.Value(&corpus.Entity{Properties: w.Properties}))
		}
	}
	return ""
}
