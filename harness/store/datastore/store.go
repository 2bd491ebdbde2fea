package datastore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"

	"github.com/sidebyside/replay/corpus"
	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
	"github.com/sidebyside/replay/harness/store"
)

// Options say where and how the embedded emulator runs.
type Options struct {
	// Project is the only one whose entities the store knows; an implementation
	// that uses another one gets an error from Observe. It must not be empty.
	Project string
	// Database in the project, "" for the default one.
	Database string
	// Listen is the address to serve, 127.0.0.1 and a free port when empty.
	Listen string
	// Clock is the emulator's, time.Now when nil.
	Clock func() time.Time
	// Seed varies the ids that the emulator allocates: the same seed and the same
	// state give the same ids.
	Seed uint64
}

// Store is an embedded Datastore emulator under observation.
type Store struct {
	partition Partition
	emulator  *emulator.Emulator
	closed    atomic.Bool
	skip      atomic.Uint64 // ids, after a seed
	seeds     *seeds
}

var errClosed = errors.New("the store is closed")

var (
	_ store.Momentary = (*Store)(nil)
	_ store.Varying   = (*Store)(nil)
)

// Open starts an empty emulator.
func Open(o Options) (*Store, error) {
	if o.Project == "" {
		return nil, fmt.Errorf("open datastore: no project: name one, such as %q", "demo")
	}
	e, err := emulator.Start(emulator.Options{Listen: o.Listen, Clock: o.Clock, Seed: o.Seed, IDs: emulator.Rising})
	if err != nil {
		return nil, fmt.Errorf("open datastore: %w", err)
	}
	return &Store{partition: Partition{Project: o.Project, Database: o.Database}, emulator: e, seeds: &seeds{}}, nil
}

// URL is the emulator's host:port, the form that the official clients expect in
// DATASTORE_EMULATOR_HOST.
func (s *Store) URL() string { return s.emulator.Addr() }

// Env holds the variables by which the official clients find the emulator.
func (s *Store) Env() map[string]string { return Env(s.emulator.Addr(), s.partition.Project) }

// Env holds the variables that the official clients and gcloud's env-init use,
// for an emulator at host:port.
func Env(addr, project string) map[string]string {
	return map[string]string{
		"DATASTORE_EMULATOR_HOST":      addr,
		"DATASTORE_EMULATOR_HOST_PATH": addr + "/datastore",
		"DATASTORE_HOST":               "http://" + addr,
		"DATASTORE_PROJECT_ID":         project,
		"DATASTORE_DATASET":            project,
		"GOOGLE_CLOUD_PROJECT":         project,
		"GCLOUD_PROJECT":               project,
	}
}

// Seed replaces the whole content by the state. It waits for requests in flight,
// so that a late answer of the case before cannot land in this one.
func (s *Store) Seed(ctx context.Context, state corpus.State) error {
	content, err := s.seeds.state(s.partition, state)
	if err != nil {
		return fmt.Errorf("seed datastore: %w", err)
	}
	if s.closed.Load() {
		return fmt.Errorf("seed datastore: %w", errClosed)
	}
	if err := s.emulator.Idle(ctx); err != nil {
		return fmt.Errorf("seed datastore: wait for requests in flight: %w", err)
	}
	content = content.SkipIDs(s.partition.Project, s.partition.Database, s.skip.Load())
	s.emulator.Reset(content)
	if now := s.emulator.State(); now != content && len(emulator.Diff(content, now)) > 0 {
		return fmt.Errorf("seed datastore: %d entities differ from the fixture: is another client writing to %s?",
			len(emulator.Diff(content, now)), s.URL())
	}
	return nil
}

// Partition says whose entities the store knows.
func (s *Store) Partition() Partition { return s.partition }

// Watch has requests watched from now on ([emulator.Emulator.Watch]): for who tells
// operations apart that go on side by side. Observe, Moment and Fixture have nothing to
// tell then.
func (s *Store) Watch(w emulator.Watch) { s.emulator.Watch(w) }

// VaryIDs skips so many ids after each seed from now on.
func (s *Store) VaryIDs(skip uint64) { s.skip.Store(skip) }

// State is the emulator's form of a fixture. An entity that is there twice, or
// there and absent, is an error.
//
// The ids that it gives out are greater than those in its keys, so that what a
// request creates stands behind what was there in every recording and replay;
// and they are the same every time, but other ones than the session gave out in
// which the fixture was recorded: an id that is new in the case can be told from
// those of the fixture.
func (p Partition) State(state corpus.State) (*emulator.State, error) {
	entities := make([]*pb.Entity, len(state.Entities))
	for i, e := range state.Entities {
		to, err := p.Entity(e)
		if err != nil {
			return nil, err
		}
		entities[i] = to
	}
	content, err := emulator.NewState().PutOwned(entities...)
	if err != nil {
		return nil, err
	}
	if n := content.Len(); n != len(entities) {
		return nil, fmt.Errorf("the fixture has %d entities but %d keys: remove the entities that are there twice", len(entities), n)
	}
	for _, k := range state.Absent {
		key, err := p.Key(k)
		if err != nil {
			return nil, fmt.Errorf("absent %s: %w", k, err)
		}
		if content.Get(key) != nil {
			return nil, fmt.Errorf("%s is both an entity of the fixture and absent: remove one", k)
		}
	}
	last, skip := idsOf(state)
	return content.WithIDsAfter(p.Project, p.Database, last, skip), nil
}

// idsOf is the greatest id in the keys of a fixture, and a small number that
// differs for most fixtures.
func idsOf(state corpus.State) (greatest int64, mark uint64) {
	const prime = 1099511628211 // FNV-1a, over ids and names
	mark = 14695981039346656037
	note := func(k corpus.Key) {
		for _, e := range k.Path {
			greatest = max(greatest, e.ID)
			mark = (mark ^ uint64(e.ID)) * prime
			for i := range len(e.Name) {
				mark = (mark ^ uint64(e.Name[i])) * prime
			}
		}
	}
	for _, e := range state.Entities {
		note(e.Key)
	}
	for _, k := range state.Absent {
		note(k)
	}
	return greatest, mark >> 44
}

// Observe tells what happened since the last Seed or Continue. A request for
// another project than the store's is an error (ErrPartition).
func (s *Store) Observe(ctx context.Context) (store.Observed, error) {
	if s.closed.Load() {
		return store.Observed{}, fmt.Errorf("observe datastore: %w", errClosed)
	}
	if err := s.emulator.Idle(ctx); err != nil {
		return store.Observed{}, fmt.Errorf("observe datastore: wait for requests in flight: %w", err)
	}
	seen, err := s.recording().Observed()
	if err != nil {
		return store.Observed{}, fmt.Errorf("observe datastore: %w", err)
	}
	return seen, nil
}

// Moment is what happened since the last Seed or Continue: two states, which share
// what they have in common, and the requests between them.
func (s *Store) Moment(ctx context.Context) (store.Moment, error) {
	if s.closed.Load() {
		return nil, fmt.Errorf("observe datastore: %w", errClosed)
	}
	if err := s.emulator.Idle(ctx); err != nil {
		return nil, fmt.Errorf("observe datastore: wait for requests in flight: %w", err)
	}
	return s.recording(), nil
}

// Continue starts a new observation on the content as it is.
func (s *Store) Continue(ctx context.Context) error {
	if err := s.emulator.Idle(ctx); err != nil {
		return fmt.Errorf("continue datastore: wait for requests in flight: %w", err)
	}
	s.emulator.Mark()
	return nil
}

// Close stops the emulator.
func (s *Store) Close() error {
	s.closed.Store(true)
	return s.emulator.Close()
}
