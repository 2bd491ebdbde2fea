package datastore

import (
	"strings"

	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
	"github.com/sidebyside/replay/harness/store"
)

var _ store.Indexed = (*Store)(nil)

// Indexes are the composite indexes that the queries since Open needed, whatever
// was seeded in between.
func (s *Store) Indexes() []string {
	var texts []string
	for _, i := range s.emulator.NeededIndexes() {
		texts = append(texts, indexText(i))
	}
	return texts
}

func indexText(i emulator.Index) string {
	columns := make([]string, len(i.Properties))
	for n, p := range i.Properties {
		columns[n] = p.Name
		if p.Desc {
			columns[n] += " desc"
		}
	}
	text := i.Kind + " (" + strings.Join(columns, ", ") + ")"
	if i.Ancestor {
		text += " with ancestor"
	}
	return text
}
