package main

import (
	"fmt"
	"strings"

	"cloud.google.com/go/datastore"

	"github.com/sidebyside/replay/examples/classroom/breaks"
)

// chosenBreak checks CLASSROOM_BREAK; "" is none.
func chosenBreak(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	if _, ok := breaks.Find(name); !ok {
		return "", fmt.Errorf("CLASSROOM_BREAK: unknown name %q; use one of %s", name, strings.Join(breaks.Names(), ", "))
	}
	return name, nil
}

// broken reports whether the server is to make the named mistake. Each branch
// on it is one row of breaks.All.
func (s *server) broken(name string) bool { return s.brk == name }

// distort makes the mistakes that lie in how a struct becomes an entity.
func (s *server) distort(kind string, props datastore.PropertyList) datastore.PropertyList {
	for i := range props {
		p := &props[i]
		switch {
		case s.broken("lost-noindex") && p.Name == "description":
			p.NoIndex = false
		case s.broken("lost-nested-noindex") && p.Name == "rubric":
			indexNotes(p.Value)
		case s.broken("float-for-int") && kind == "Assignment" && p.Name == "points":
			p.Value = float64(p.Value.(int64))
		case s.broken("int-for-float") && p.Name == "weight":
			p.Value = int64(p.Value.(float64))
		case s.broken("text-for-key") && p.Name == "coach":
			p.Value = idOf(p.Value.(*datastore.Key))
		}
	}
	return props
}

func indexNotes(rubric any) {
	for _, v := range rubric.([]any) {
		for i := range v.(*datastore.Entity).Properties {
			v.(*datastore.Entity).Properties[i].NoIndex = false
		}
	}
}

// titleChange is what the mistake extra-entity stores.
type titleChange struct {
	Key *datastore.Key `datastore:"__key__"`
}

func (t *titleChange) key() *datastore.Key             { return t.Key }
func (t *titleChange) empties() datastore.PropertyList { return nil }
