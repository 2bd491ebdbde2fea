package datastore

import (
	"fmt"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"

	"github.com/sidebyside/replay/corpus"
	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
	"github.com/sidebyside/replay/harness/store"
)

// Recording is what was seen of a Datastore: its content, the requests, and its
// content after them.
type Recording struct {
	Partition     Partition
	Before, After *emulator.State
	Journal       []emulator.Event
	// Fetch, where Before is only a part of the content, returns Before with what
	// is at the keys; nil where Before is all of it.
	Fetch func([]*pb.Key) (*emulator.State, error)
}

func (s *Store) recording() Recording {
	return Recording{
		Partition: s.partition, Before: s.emulator.Before(), After: s.emulator.State(), Journal: s.emulator.Journal(),
	}
}

// Observed tells the net changes, the reads and the ids given out.
func (r Recording) Observed() (store.Observed, error) {
	effects, err := r.Partition.effects(emulator.Diff(r.Before, r.After))
	if err != nil {
		return store.Observed{}, err
	}
	reads, err := r.Partition.reads(r.Journal)
	if err != nil {
		return store.Observed{}, err
	}
	out := store.Observed{Effects: effects, Reads: reads}
	for _, e := range r.Journal {
		if out.Allocated, err = r.add(out.Allocated, e.Allocated); err != nil {
			return store.Observed{}, err
		}
		if out.Reserved, err = r.add(out.Reserved, e.Reserved); err != nil {
			return store.Observed{}, err
		}
	}
	return out, nil
}

func (r Recording) add(to []corpus.Key, keys []*pb.Key) ([]corpus.Key, error) {
	for _, k := range keys {
		key, err := r.Partition.FromKey(k)
		if err != nil {
			return nil, err
		}
		to = append(to, key)
	}
	return to, nil
}

// Fixture is the part of Before that the requests depended on: whoever asks the
// same of it gets the same answers. That holds because it is a subset of the
// content in which no entity is missing that a request read, skipped, counted or
// wrote over. It has
//
//   - every entity that was looked up, returned by a query of any form, counted,
//     skipped by an offset, or written, as it was before;
//   - as absent, every key that was looked up or written in vain;
//   - up to opts.Guards entities per query that it did not return (guards.go);
//   - the entities, or absences, that the ones read refer to in key-valued
//     properties or stand below, over opts.Follow hops.
//
// What the requests created themselves is in neither list.
func (r Recording) Fixture(opts store.FixtureOptions) (corpus.State, error) {
	g := gathering{
		partition: r.Partition, before: r.Before, fetch: r.Fetch,
		entities: map[string]*pb.Entity{}, absent: map[string]corpus.Key{}, created: map[string]bool{}, ids: map[int64]bool{},
	}
	if err := g.gather(r.Journal, opts); err != nil {
		return corpus.State{}, fmt.Errorf("take fixture: %w", err)
	}
	return g.state()
}
