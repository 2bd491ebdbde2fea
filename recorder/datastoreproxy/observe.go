package datastoreproxy

import (
	"context"
	"slices"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/sidebyside/replay/corpus"
	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/datastore"
	"github.com/sidebyside/replay/recorder"
)

// Observe tells what the operation did, once its calls have been answered.
func (o *operation) Observe(ctx context.Context) (store.Observed, error) {
	if err := o.ended(ctx); err != nil {
		return store.Observed{}, err
	}
	if err := o.settle(ctx); err != nil {
		return store.Observed{}, err
	}
	r, err := o.recording()
	if err != nil {
		return store.Observed{}, err
	}
	var m *mismatch
	if r.After, m = again(r.Before, o.kept()); m != nil {
		return store.Observed{}, m.unrecorded()
	}
	seen, err := r.Observed()
	if err != nil {
		return store.Observed{}, err
	}
	for _, k := range o.approx {
		key, err := o.p.partition.FromKey(k)
		if err != nil {
			return store.Observed{}, err
		}
		seen.Approximate = append(seen.Approximate, key)
	}
	slices.SortFunc(seen.Approximate, corpus.Key.Compare)
	return seen, nil
}

// settle reads what could wait, and says whether the operation can be recorded.
func (o *operation) settle(ctx context.Context) error {
	o.mu.Lock()
	later := o.later
	o.later = nil
	o.lost()
	flaw := o.flaw
	o.mu.Unlock()
	if flaw != nil {
		return flaw
	}
	for _, read := range later {
		if err := read(ctx); err != nil {
			return &recorder.Unrecorded{Reason: notFetched, Detail: err.Error()}
		}
	}
	if !o.settled {
		o.settled = true
		return o.certify(ctx)
	}
	return nil
}

// lost spoils the operation if a transaction of it was aborted and none made up for
// it: others were in the way, who are not there in a replay.
func (o *operation) lost() {
	for token, t := range o.txs {
		if t.aborted && !o.madeUp(token, t) {
			o.spoilt(contention, "no further attempt came through")
		}
	}
}

// madeUp says whether a later transaction names an aborted one, or wrote the same
// keys, and came through.
func (o *operation) madeUp(token string, t *tx) bool {
	for other, next := range o.txs {
		switch {
		case next.retries == token && token != "":
			if next.committed || next.aborted && o.madeUp(other, next) {
				return true
			}
		case next.committed && len(t.written) > 0 && slices.Equal(next.written, t.written):
			return true
		}
	}
	return false
}

// kept are the entries in their order.
func (o *operation) kept() []*entry {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.entries)
}

// recording is what was seen, in the form of which fixtures are made.
func (o *operation) recording() (datastore.Recording, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	before, err := o.content.state()
	if err != nil {
		return datastore.Recording{}, err
	}
	r := datastore.Recording{Partition: o.p.partition, Before: before}
	for _, e := range o.entries {
		if !e.probe {
			r.Journal = append(r.Journal, e.Event)
		}
	}
	return r, nil
}

// Fixture is what the operation depended on. Its calls are made again on it: where
// the answers are others, another client has changed the store meanwhile, or the
// target differs from the emulator of a replay.
func (o *operation) Fixture(ctx context.Context, opts store.FixtureOptions) (corpus.State, error) {
	md := o.metadata()
	if opts.Guards > 0 {
		o.widen(ctx, md)
	}
	state, m, err := o.fixture(ctx, md, opts)
	if m != nil && opts.Guards > 0 { // guards may come from another time
		opts.Guards = 0
		state, m, err = o.fixture(ctx, md, opts)
	}
	if err != nil {
		return corpus.State{}, err
	}
	if m != nil {
		return corpus.State{}, m.unrecorded()
	}
	return state, nil
}

func (o *operation) fixture(ctx context.Context, md metadata.MD, opts store.FixtureOptions) (corpus.State, *mismatch, error) {
	r, err := o.recording()
	if err != nil {
		return corpus.State{}, nil, err
	}
	at := o.lastRead()
	r.Fetch = func(keys []*pb.Key) (*emulator.State, error) {
		if err := o.fetchReferences(ctx, md, at, keys); err != nil {
			return nil, err
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		return o.content.state()
	}
	state, err := r.Fixture(opts)
	if err != nil {
		return corpus.State{}, nil, err
	}
	content, err := o.p.partition.State(state)
	if err != nil {
		return corpus.State{}, nil, err
	}
	_, m := again(content, o.kept())
	return state, m, nil
}

// fetchReferences looks up what entities refer to. It is no part of what the
// operation read: where the time of that is not known, now will do.
func (o *operation) fetchReferences(ctx context.Context, md metadata.MD, at *timestamppb.Timestamp, keys []*pb.Key) error {
	o.mu.Lock()
	keys = o.content.unknown(keys)
	o.mu.Unlock()
	if len(keys) == 0 {
		return nil
	}
	got, err := o.lookup(ctx, md, keys, readOptions(at, ""))
	if err != nil {
		return err
	}
	got.Method = ""
	o.see(got)
	return nil
}

// lastRead is the latest time at which the operation read, nil where none is known.
func (o *operation) lastRead() *timestamppb.Timestamp {
	var last *timestamppb.Timestamp
	for _, e := range o.kept() {
		if e.at != nil && (last == nil || e.at.AsTime().After(last.AsTime())) {
			last = e.at
		}
	}
	return last
}
