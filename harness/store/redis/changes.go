package redis

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// Tolerance is how far the time to live of a key may be from what it would be
// anyway without counting as a change: a key whose time to live is set again to
// what it was is not changed.
const Tolerance = 2 * time.Second

// changes are the net effects between two contents, sorted by key. A key whose
// time had come is no effect.
func changes(before, after content) []corpus.Effect {
	var out []corpus.Effect
	passed := elapsed(before, after)
	for at, b := range before.keys {
		key := corpus.RedisKey(at.name, at.database)
		a, there := after.keys[at]
		switch {
		case !there && b.ttl > 0 && b.ttl <= passed:
		case !there:
			out = append(out, corpus.Effect{Op: corpus.Delete, Key: key})
		default:
			if set := changed(b, a, passed); len(set) > 0 {
				out = append(out, corpus.Effect{Op: corpus.Update, Key: key, Set: set})
			}
		}
	}
	for at, a := range after.keys {
		if _, there := before.keys[at]; !there {
			key := corpus.RedisKey(at.name, at.database)
			out = append(out, corpus.Effect{Op: corpus.Insert, Key: key, Properties: a.properties()})
		}
	}
	slices.SortFunc(out, func(a, b corpus.Effect) int { return a.Key.Compare(b.Key) })
	return out
}

func elapsed(before, after content) time.Duration {
	if before.at.IsZero() || after.at.IsZero() {
		return 0
	}
	return after.at.Sub(before.at)
}

// changed is the set of an update.
func changed(before, after entry, passed time.Duration) map[string]corpus.Change {
	from, to := before.properties(), after.properties()
	if (before.ttl > 0) == (after.ttl > 0) && (before.ttl-passed-after.ttl).Abs() <= Tolerance {
		delete(from, "ttl")
		delete(to, "ttl")
	}
	set := map[string]corpus.Change{}
	for name, f := range from {
		if t, there := to[name]; !there {
			set[name] = corpus.Change{From: &f}
		} else if !same(f, t) {
			set[name] = corpus.Change{From: &f, To: &t}
		}
	}
	for name, t := range to {
		if _, there := from[name]; !there {
			set[name] = corpus.Change{To: &t}
		}
	}
	return set
}

// same compares two values as Redis holds them.
func same(a, b corpus.Value) bool {
	switch a := a.(type) {
	case []byte:
		b, ok := b.([]byte)
		return ok && bytes.Equal(a, b)
	case []corpus.Value:
		b, ok := b.([]corpus.Value)
		return ok && slices.EqualFunc(a, b, same)
	case *corpus.Entity:
		b, ok := b.(*corpus.Entity)
		return ok && maps.EqualFunc(a.Properties, b.Properties, same)
	}
	return a == b
}
