package ledger

import (
	"maps"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
)

// propertyUse is a stored property that an entry names.
type propertyUse struct {
	text string
	node strictyaml.Node
}

// Check reports properties that no case of the corpus stores.
func (l *Ledger) Check(cases []*corpus.Case) strictyaml.Problems {
	if l == nil || len(l.properties) == 0 {
		return nil
	}
	known := stored{}
	for _, cs := range cases {
		known.add(cs)
	}
	doc := &strictyaml.Doc{File: l.File}
	for _, use := range l.properties {
		if message := known.problem(use.text); message != "" {
			doc.Problemf(use.node.Line, use.node.Column, "%s", message)
		}
	}
	return doc.Problems()
}

// stored is the dotted names of the properties of each kind.
type stored map[string]map[string]bool

func (s stored) add(cs *corpus.Case) {
	for _, name := range cs.StoreNames() {
		state := cs.State(name)
		for i := range state.Entities {
			s.properties(state.Entities[i].Key.Kind(), "", state.Entities[i].Properties)
		}
		for _, k := range state.Absent {
			s.kind(k.Kind())
		}
	}
	for _, effects := range cs.Expect.Effects {
		for i := range effects {
			e := &effects[i]
			s.properties(e.Key.Kind(), "", e.Properties)
			for name, change := range e.Set {
				for _, v := range []*corpus.Value{change.From, change.To} {
					if v != nil {
						s.property(e.Key.Kind(), name, *v)
					}
				}
			}
		}
	}
}

func (s stored) kind(kind string) map[string]bool {
	if s[kind] == nil {
		s[kind] = map[string]bool{}
	}
	return s[kind]
}

func (s stored) properties(kind, prefix string, properties map[string]corpus.Value) {
	s.kind(kind)
	for name, v := range properties {
		s.property(kind, prefix+name, v)
	}
}

func (s stored) property(kind, path string, v corpus.Value) {
	s.kind(kind)[path] = true
	switch v := v.(type) {
	case *corpus.Entity:
		s.properties(kind, path+".", v.Properties)
	case []corpus.Value:
		for _, item := range v {
			s.property(kind, path, item)
		}
	case corpus.Meant:
		s.property(kind, path, v.Value)
	}
}

// problem says what is wrong with a property, "" when something stores it.
func (s stored) problem(text string) string {
	kind, path, _ := strings.Cut(text, ".")
	all := s[kind]
	if kind == "*" {
		all = map[string]bool{}
		for _, names := range s {
			maps.Copy(all, names)
		}
	} else if all == nil {
		return "no case stores an entity of kind \"" + kind + "\"" + strictyaml.Suggest(kind, slices.Collect(maps.Keys(s)))
	}
	if path == "" || path == "*" || all[path] {
		return ""
	}
	return "no case stores a property \"" + text + "\"" + strictyaml.Suggest(path, slices.Collect(maps.Keys(all)))
}
