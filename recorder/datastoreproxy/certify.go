package datastoreproxy

import (
	"context"
	"errors"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// certify settles, for commits outside of transactions, whether what was read just
// before them is what they replaced: it looks the keys up once more at the moment
// before each commit. Where the target does not tell moments, the keys stay
// approximate. What a blind commit replaced is looked up for the first time; the error
// says that it cannot be told.
func (o *operation) certify(ctx context.Context) error {
	floor, known := o.firstRead()
	var out []*entry
	for _, e := range o.kept() {
		switch {
		case e.commit == nil || e.Err != nil || e.tx != "":
			out = append(out, e)
		case !e.since.IsZero():
			list, err := o.behind(ctx, e)
			if err != nil {
				return err
			}
			out = append(out, list...)
		default:
			out = append(out, o.certified(ctx, e, floor, known)...)
		}
		floor = lastApplied(e, floor)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.entries = out
	return nil
}

// certified is a commit between lookups of what was there before and after it.
func (o *operation) certified(ctx context.Context, e *entry, floor time.Time, known bool) []*entry {
	m := momentOf(e, floor)
	if len(m.keys) == 0 {
		return []*entry{e}
	}
	var before, after *entry
	if known {
		var err error
		before, after, err = o.around(ctx, m)
		known = err == nil
		if len(m.deleted) == 0 { // of a delete, no time is told
			o.p.hindsight.given.Store(known)
		}
	}
	switch {
	case !known:
		o.doubt(m.keys)
		return []*entry{e}
	case after == nil:
		return []*entry{before, e}
	}
	return []*entry{before, e, after}
}

// lastApplied is the time of the last mutation of a commit, if it is later than the
// floor.
func lastApplied(e *entry, floor time.Time) time.Time {
	for _, r := range e.results.GetMutationResults() {
		if t, ok := appliedAt(e.results, r); ok && t.After(floor) {
			floor = t
		}
	}
	return floor
}

// firstRead is a time before the operation wrote: the earliest at which it read, or that
// was known before a blind commit.
func (o *operation) firstRead() (first time.Time, known bool) {
	for _, e := range o.kept() {
		at := e.since
		switch {
		case e.at != nil:
			at = e.at.AsTime()
		case at.IsZero():
			continue
		}
		if !known || at.Before(first) {
			first, known = at, true
		}
	}
	return first, known
}

// moment is when a commit was applied.
type moment struct {
	// keys are those of which it is to be settled what was there: not those that the
	// commit inserted, nor those that it left as they were.
	keys        []*pb.Key
	first       time.Time // zero where it is not told
	deleted     []*pb.Key
	lastDeleted time.Time
}

func momentOf(e *entry, floor time.Time) moment {
	var out moment
	told := true
	for i, r := range e.results.GetMutationResults() {
		m := e.commit.GetMutations()[i]
		if m.GetInsert() != nil || r.GetKey() != nil {
			continue
		}
		when, ok := appliedAt(e.results, r)
		if !ok && m.GetDelete() != nil {
			// The version of many servers is the time in microseconds. Whether it is,
			// shows in what is there before and at that time.
			when = time.UnixMicro(r.GetVersion())
			ok = when.After(floor) && when.Before(floor.Add(time.Hour))
		}
		if ok && !when.After(floor) {
			continue // it was so before
		}
		told = told && ok
		out.keys = append(out.keys, mutated(m))
		if out.first.IsZero() || when.Before(out.first) {
			out.first = when
		}
		if m.GetDelete() != nil {
			out.deleted, out.lastDeleted = append(out.deleted, mutated(m)), when
		}
	}
	if !told {
		out.first = time.Time{}
	}
	return out
}

// appliedAt is the time of one mutation, where the answer has it.
func appliedAt(resp *pb.CommitResponse, r *pb.MutationResult) (time.Time, bool) {
	t := r.GetUpdateTime()
	if t == nil {
		t = resp.GetCommitTime()
	}
	return t.AsTime(), t != nil
}

// around looks up what was there just before a commit, and just after where it deleted.
// The error says that the target does not tell.
func (o *operation) around(ctx context.Context, m moment) (before, after *entry, err error) {
	if m.first.IsZero() {
		return nil, nil, errNoTime
	}
	md := o.metadata()
	if before, err = o.lookup(ctx, md, m.keys, readOptions(timestamppb.New(m.first.Add(-time.Microsecond)), "")); err != nil {
		return nil, nil, err
	}
	if len(m.deleted) > 0 {
		after, err = o.lookup(ctx, md, m.deleted, readOptions(timestamppb.New(m.lastDeleted), ""))
	}
	return before, after, err
}

var errNoTime = errors.New("the target does not tell when it applied a commit")

// doubt marks keys as approximate.
func (o *operation) doubt(keys []*pb.Key) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, k := range keys {
		o.approx[o.content.id(k)] = k
	}
}
