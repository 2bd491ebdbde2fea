package store

import (
	"slices"

	"github.com/sidebyside/replay/corpus"
)

// Range is what a query ranges over, in a form that can be compared with
// another query's.
type Range struct {
	Namespace string
	// Kind is "" for a kindless query, Ancestor the zero Key for a global one.
	Kind     string
	Ancestor corpus.Key
	// Keys, where not empty, are the only ones that the query can return: it
	// filters on them.
	Keys []corpus.Key
	// Filters are the conjuncts but the ancestor, in canonical text, sorted.
	Filters []string
	// Present are the properties without which an entity is not in the range:
	// those of filters, order and projection, sorted.
	Present []string
	// Distinct is set for a query that passes over entities inside its range.
	Distinct bool
	// From and To are its cursors, "" for none.
	From, To string
	// Seen counts the rows from From on that it looked at: those that an offset
	// skipped, and those returned. Ended says that there were no more.
	Seen  int
	Ended bool
}

// covers says whether who saw what the query r returned knows the whole answer
// of q.
func covers(r, q Read) bool {
	if r.Query == "" || q.Query == "" {
		return false
	}
	if r.Range == nil || q.Range == nil {
		return r.Query == q.Query
	}
	if r.Query == q.Query {
		return reaches(r.Range, q.Range)
	}
	return whole(r.Range) && wider(r.Range, q.Range)
}

// reaches compares two queries over the same rows in the same order. One row
// beyond what r saw is known too: a recording keeps the next row as a guard, and
// where there is none the range ended.
func reaches(r, q *Range) bool {
	switch {
	case r.To != "" && r.To != q.To, r.From != "" && r.From != q.From:
		return false
	case r.Ended:
		return true
	case r.From != q.From:
		return false
	case q.Ended:
		return q.Seen <= r.Seen
	default:
		return q.Seen <= r.Seen+1
	}
}

// whole says that every entity of the range was returned.
func whole(r *Range) bool {
	return !r.Distinct && r.From == "" && r.To == "" && r.Ended
}

// everything says that all entities of the kind below the ancestor were returned.
func everything(r *Range) bool {
	return whole(r) && len(r.Filters) == 0 && len(r.Present) == 0
}

// wider says that every entity in the range q is also in r.
func wider(r, q *Range) bool {
	return r.Namespace == q.Namespace &&
		(r.Kind == "" || r.Kind == q.Kind) &&
		within(q.Ancestor, r.Ancestor) &&
		subset(r.Filters, q.Filters) &&
		subset(r.Present, q.Present)
}

// within says whether a key is the ancestor or stands below it; everything does
// below the zero Key.
func within(key, ancestor corpus.Key) bool {
	if len(ancestor.Path) == 0 {
		return true
	}
	return key.Namespace == ancestor.Namespace && len(key.Path) >= len(ancestor.Path) &&
		slices.Equal(key.Path[:len(ancestor.Path)], ancestor.Path)
}

func subset(small, large []string) bool {
	for _, s := range small {
		if !slices.Contains(large, s) {
			return false
		}
	}
	return true
}
