package datastoreproxy

import (
	"context"
	"sync/atomic"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
	"github.com/sidebyside/replay/recorder"
)

// hindsight is what the proxy knows of the target's clock. A target that tells when it
// applied a commit can be asked afterwards what was there just before: then legacy need
// not wait for that.
type hindsight struct {
	given atomic.Bool  // the last commit that was looked behind could be
	last  atomic.Int64 // the latest time that the target told, in microseconds; 0 for none
}

// saw takes note of the times that an answer tells.
func (h *hindsight) saw(answer proto.Message) {
	switch a := answer.(type) {
	case *pb.LookupResponse:
		h.told(a.GetReadTime())
	case *pb.RunQueryResponse:
		h.told(a.GetBatch().GetReadTime())
	case *pb.RunAggregationQueryResponse:
		h.told(a.GetBatch().GetReadTime())
	case *pb.CommitResponse:
		h.told(a.GetCommitTime())
		for _, r := range a.GetMutationResults() {
			h.told(r.GetUpdateTime())
		}
	}
}

func (h *hindsight) told(t *timestamppb.Timestamp) {
	if t == nil {
		return
	}
	at := t.AsTime().UnixMicro()
	for last := h.last.Load(); at > last && !h.last.CompareAndSwap(last, at); last = h.last.Load() {
	}
}

// blindly says whether what a commit replaces can be looked up when it is over: it stands
// outside of transactions, writes one entity, and the target tells when. It is then noted
// in the call.
func (o *operation) blindly(c *call, commit *pb.CommitRequest, unread []*pb.Key) bool {
	if commit.GetMode() != pb.CommitRequest_NON_TRANSACTIONAL || len(commit.GetMutations()) != 1 || len(unread) != 1 || !o.p.hindsight.given.Load() {
		return false
	}
	if m := commit.GetMutations()[0]; m.GetDelete() != nil || m.GetConflictDetectionStrategy() != nil {
		return false
	}
	last := o.p.hindsight.last.Load()
	if last == 0 {
		return false
	}
	c.since = time.UnixMicro(last)
	return true
}

// behind is a blind commit after a lookup of what was there before it, which so becomes
// known.
func (o *operation) behind(ctx context.Context, e *entry) ([]*entry, error) {
	before, err := o.lookBehind(ctx, e)
	if err != nil {
		o.p.hindsight.given.Store(false)
		return nil, &recorder.Unrecorded{Reason: "content before a write not read", Detail: err.Error()}
	}
	o.mu.Lock()
	for i, k := range before.Found {
		o.content.known[o.content.id(k)] = sight{entity: before.found[i]}
	}
	for _, k := range before.Missing {
		o.content.known[o.content.id(k)] = sight{}
	}
	o.mu.Unlock()
	return []*entry{before, e}, nil
}

func (o *operation) lookBehind(ctx context.Context, e *entry) (*entry, error) {
	mutation := e.commit.GetMutations()[0]
	key := mutated(mutation)
	if mutation.GetInsert() != nil {
		return &entry{Event: emulator.Event{Method: "Lookup", Missing: []*pb.Key{key}}, probe: true, whole: true}, nil
	}
	m := momentOf(e, e.since)
	if len(m.keys) > 0 {
		before, _, err := o.around(ctx, m)
		return before, err
	}
	// It left what was there as it was, and that had been so for a while.
	return o.lookup(ctx, o.metadata(), []*pb.Key{key}, readOptions(timestamppb.New(e.since), ""))
}
