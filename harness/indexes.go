package harness

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sidebyside/replay/harness/store"
)

// IndexNeed is a composite index that queries of this run needed.
type IndexNeed struct {
	Store string   `json:"store"`
	Index string   `json:"index"`
	By    []string `json:"by"` // the sides, sorted
}

// indexes lists what a lane's sides needed.
func (l *lane) indexes() []IndexNeed {
	var list []IndexNeed
	for _, s := range []*Side{l.candidate, l.legacy} {
		if s == nil {
			continue
		}
		for name, st := range s.stores {
			if indexed, ok := st.(store.Indexed); ok {
				for _, text := range indexed.Indexes() {
					list = append(list, IndexNeed{name, text, []string{s.Name}})
				}
			}
		}
	}
	return list
}

// mergeIndexes joins the needs of several lanes and sides.
func mergeIndexes(needs []IndexNeed) []IndexNeed {
	merged := []IndexNeed{}
	for _, n := range needs {
		i := slices.IndexFunc(merged, func(m IndexNeed) bool { return m.Store == n.Store && m.Index == n.Index })
		if i < 0 {
			merged = append(merged, n)
			continue
		}
		for _, by := range n.By {
			if !slices.Contains(merged[i].By, by) {
				merged[i].By = append(merged[i].By, by)
			}
		}
		slices.Sort(merged[i].By)
	}
	slices.SortFunc(merged, func(a, b IndexNeed) int {
		return cmp.Or(strings.Compare(a.Store, b.Store), strings.Compare(a.Index, b.Index))
	})
	return merged
}
