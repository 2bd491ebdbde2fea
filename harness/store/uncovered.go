package store

import (
	"slices"

	"github.com/sidebyside/replay/corpus"
)

// Uncovered returns those of a side's reads that lie outside what the recording
// knows, in their order. A divergence may then be due to an incomplete fixture,
// and an agreement may be luck.
//
// created are keys that the side created in the case; those with an id that the
// store gave out can have held nothing before. The reference is what legacy read
// on the same fixture in the same run: that is covered, since the fixture was
// recorded for it. It is nil where only the recording stands for legacy: then a
// query counts as covered when the fixture holds anything of its kind below its
// ancestor, for want of better knowledge.
func Uncovered(fixture corpus.State, created []corpus.Key, reference, reads []Read) []Read {
	k := knowledge{keys: map[string]bool{}, created: map[int64]bool{}, fixture: fixture, live: reference != nil}
	k.learn(created, reference)
	var out []Read
	for _, r := range reads {
		if !k.covers(r) {
			out = append(out, r)
		}
	}
	return out
}

// knowledge is what a recording tells of a store's content.
type knowledge struct {
	fixture corpus.State
	keys    map[string]bool // present or absent, but known
	created map[int64]bool  // ids given out by the store during the case
	queries []Read          // of the reference
	live    bool            // there is a reference
}

func (k *knowledge) learn(created []corpus.Key, reference []Read) {
	for _, e := range k.fixture.Entities {
		k.keys[e.Key.String()] = true
	}
	for _, key := range k.fixture.Absent {
		k.keys[key.String()] = true
	}
	// A key with a name was chosen by the side: the store that was recorded may
	// have held something there.
	for _, key := range created {
		if n := len(key.Path); n > 0 && key.Path[n-1].ID != 0 && !k.keys[key.String()] {
			k.created[key.Path[n-1].ID] = true
		}
	}
	for _, r := range reference {
		k.read(r)
	}
}

func (k *knowledge) read(r Read) {
	for _, key := range r.Found {
		k.keys[key.String()] = true
	}
	for _, key := range r.Missing {
		k.keys[key.String()] = true
	}
	if r.Query != "" {
		k.queries = append(k.queries, r)
	}
}

func (k *knowledge) covers(r Read) bool {
	if r.Query == "" {
		return k.coversLookup(r)
	}
	if k.live {
		return k.coversQuery(r)
	}
	return k.anyOf(r)
}

// coversLookup accepts an unknown key that was found: it is not in the fixture,
// so the side wrote it itself before.
func (k *knowledge) coversLookup(r Read) bool {
	for _, key := range r.Missing {
		if !k.known(key) {
			return false
		}
	}
	return true
}

func (k *knowledge) coversQuery(r Read) bool {
	for _, ref := range k.queries {
		if covers(ref, r) {
			return true
		}
	}
	return r.Range != nil && (k.keyed(r.Range) || k.below(r.Range.Ancestor))
}

// keyed says that the range can hold nothing but entities that are known.
func (k *knowledge) keyed(r *Range) bool {
	for _, key := range r.Keys {
		if !k.known(key) {
			return false
		}
	}
	return len(r.Keys) > 0
}

// known says whether it is known what is at the key: the fixture or the
// reference names it, or the reference read all entities among which it would be.
func (k *knowledge) known(key corpus.Key) bool {
	return k.keys[key.String()] || k.below(key) || slices.ContainsFunc(k.queries, func(r Read) bool {
		return r.Range != nil && everything(r.Range) && inRange(key, r)
	})
}

// below says whether the key is one that the store gave out during the case,
// stands below one, or is made of its id: nobody else can have written there
// before.
func (k *knowledge) below(key corpus.Key) bool {
	return slices.ContainsFunc(key.Path, func(e corpus.PathElement) bool { return e.ID != 0 && k.created[e.ID] })
}

// anyOf says whether the fixture holds anything, even an absence, of the kind
// queried.
func (k *knowledge) anyOf(r Read) bool {
	if r.Range != nil && (k.keyed(r.Range) || k.below(r.Range.Ancestor)) {
		return true
	}
	for _, e := range k.fixture.Entities {
		if inRange(e.Key, r) {
			return true
		}
	}
	for _, key := range k.fixture.Absent {
		if inRange(key, r) {
			return true
		}
	}
	return false
}

func inRange(key corpus.Key, r Read) bool {
	if r.Kind != "" && key.Kind() != r.Kind {
		return false
	}
	return r.Range == nil || key.Namespace == r.Range.Namespace && within(key, r.Range.Ancestor)
}
