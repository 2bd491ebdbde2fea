package datastoreproxy

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
)

// before does what has to be done before a call goes to the target: it looks up
// what a commit is about to replace.
func (o *operation) before(ctx context.Context, c *call) {
	commit, ok := c.req.(*pb.CommitRequest)
	if !ok || o.mark.Bystander {
		return
	}
	var keys []*pb.Key
	for _, m := range commit.GetMutations() {
		keys = append(keys, mutated(m))
	}
	o.mu.Lock()
	keys = o.unread(keys, c.token)
	o.mu.Unlock()
	if len(keys) == 0 || o.blindly(c, commit, keys) {
		return
	}
	o.replaced(ctx, c, keys)
}

// replaced looks up what a commit replaces.
func (o *operation) replaced(ctx context.Context, c *call, keys []*pb.Key) {
	if err := o.probe(ctx, c, keys, c.token); err != nil {
		o.spoil("content before a write not read", err.Error())
	}
}

// unread are the keys that a commit writes and that neither its transaction nor,
// outside of transactions, the operation has read.
func (o *operation) unread(keys []*pb.Key, token string) []*pb.Key {
	if token == "" {
		return o.content.unknown(keys)
	}
	read := o.transaction(token).read
	return slices.DeleteFunc(slices.Clone(keys), func(k *pb.Key) bool {
		id := o.content.id(k)
		return id == "" || read[id]
	})
}

// after takes down what came of a call.
func (o *operation) after(ctx context.Context, c *call) {
	e := &entry{Event: emulator.Event{Method: c.name, Time: c.at, Err: c.err, Transaction: []byte(c.token)}, tx: c.token}
	o.p.hindsight.saw(c.resp)
	token := begun(c.resp)
	if token != "" {
		o.p.register.began(token, o)
	}
	switch {
	case o.mark.Bystander:
		return
	case c.err != nil:
		o.failed(ctx, c, e)
		return
	}
	if token != "" {
		o.mu.Lock()
		o.transaction(token).retries = c.previous
		o.mu.Unlock()
		e.tx, e.Transaction = token, []byte(token)
	}
	switch resp := c.resp.(type) {
	case *pb.LookupResponse:
		o.lookedUp(ctx, c, e, resp)
	case *pb.RunQueryResponse:
		o.queried(ctx, c, e, resp)
	case *pb.RunAggregationQueryResponse:
		o.aggregated(ctx, c, e, resp)
	case *pb.CommitResponse:
		o.committed(c, e, resp)
	case *pb.AllocateIdsResponse:
		e.Allocated = resp.GetKeys()
		o.add(e)
	default:
		o.add(e)
	}
}

func (o *operation) lookedUp(ctx context.Context, c *call, e *entry, resp *pb.LookupResponse) {
	e.whole, e.at = c.req.(*pb.LookupRequest).GetPropertyMask() == nil, resp.GetReadTime()
	for _, r := range resp.GetFound() {
		e.Found = append(e.Found, r.GetEntity().GetKey())
		e.found = append(e.found, r.GetEntity())
	}
	for _, r := range resp.GetMissing() {
		e.Missing = append(e.Missing, r.GetEntity().GetKey())
	}
	o.see(e)
	o.add(e)
	if !e.whole {
		o.complete(ctx, c, e)
	}
}

// see notes what an entry found and missed.
func (o *operation) see(e *entry) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, k := range e.Found {
		if e.whole {
			o.content.see(k, e.found[i], e.tx)
		}
	}
	for _, k := range e.Missing {
		o.content.see(k, nil, e.tx)
	}
	if e.tx == "" || e.Method != "Lookup" || !e.whole {
		return
	}
	read := o.transaction(e.tx).read
	for _, k := range slices.Concat(e.Found, e.Missing) {
		read[o.content.id(k)] = true
	}
}

func (o *operation) queried(ctx context.Context, c *call, e *entry, resp *pb.RunQueryResponse) {
	req := c.req.(*pb.RunQueryRequest)
	if explain := req.GetExplainOptions(); explain != nil && !explain.GetAnalyze() {
		return // it was not run
	}
	if e.Query = req; req.GetQuery() == nil {
		var err error
		if e.Query, err = emulator.Structured(req); err != nil {
			o.spoil("query not understood", err.Error())
			return
		}
	}
	batch := resp.GetBatch()
	e.whole = batch.GetEntityResultType() == pb.EntityResult_FULL && req.GetPropertyMask() == nil
	e.ended = batch.GetMoreResults() != pb.QueryResultBatch_NOT_FINISHED
	e.end, e.at = batch.GetEndCursor(), batch.GetReadTime()
	for _, r := range batch.GetEntityResults() {
		e.Found = append(e.Found, r.GetEntity().GetKey())
		e.found = append(e.found, r.GetEntity())
	}
	o.see(e)
	whole := *e
	if !o.continues(e) {
		o.add(e)
	}
	if !e.whole {
		o.complete(ctx, c, &whole)
	}
	if e.Query.GetQuery().GetOffset() > 0 {
		o.skipped(ctx, c, &whole)
	}
}

// continues joins the further batches of a query to the first one.
func (o *operation) continues(e *entry) bool {
	start := e.Query.GetQuery().GetStartCursor()
	if len(start) == 0 {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, first := range slices.Backward(o.entries) {
		if first.Query == nil || first.ended || first.tx != e.tx || !bytes.Equal(first.end, start) || !sameQuery(first.Query, e.Query) {
			continue
		}
		first.Found, first.found = append(first.Found, e.Found...), append(first.found, e.found...)
		first.ended, first.end = e.ended, e.end
		return true
	}
	return false
}

// sameQuery compares two queries but for how far they are.
func sameQuery(a, b *pb.RunQueryRequest) bool {
	neutral := func(req *pb.RunQueryRequest) *pb.Query {
		q := proto.CloneOf(req.GetQuery())
		q.StartCursor, q.Offset, q.Limit = nil, 0, nil
		return q
	}
	return proto.Equal(neutral(a), neutral(b)) && proto.Equal(a.GetPartitionId(), b.GetPartitionId())
}

func (o *operation) aggregated(ctx context.Context, c *call, e *entry, resp *pb.RunAggregationQueryResponse) {
	req := c.req.(*pb.RunAggregationQueryRequest)
	if explain := req.GetExplainOptions(); explain != nil && !explain.GetAnalyze() {
		return // it was not run
	}
	var err error
	if e.Query, err = emulator.UnderAggregation(req); err != nil {
		o.spoil("query not understood", err.Error())
		return
	}
	e.ended, e.at = true, resp.GetBatch().GetReadTime()
	o.add(e)
	o.soon(ctx, e.at, func(ctx context.Context) error { return o.expand(ctx, c, e) })
}

func (o *operation) committed(c *call, e *entry, resp *pb.CommitResponse) {
	e.commit, e.results = completed(c.req.(*pb.CommitRequest), resp.GetMutationResults()), resp
	e.Mutations, e.Results = e.commit.GetMutations(), resp.GetMutationResults()
	e.since = c.since
	for _, r := range resp.GetMutationResults() {
		if r.GetKey() != nil {
			e.Allocated = append(e.Allocated, r.GetKey())
		}
	}
	o.mu.Lock()
	var ids []string
	for _, m := range e.Mutations {
		id := o.content.id(mutated(m))
		ids = append(ids, id)
		o.content.written[id] = true
	}
	if c.token != "" {
		t := o.transaction(c.token)
		t.committed, t.written = true, ids
	}
	o.mu.Unlock()
	o.add(e)
}

// completed is a commit that can be made again: with the ids that were given out, and
// without versions, which are others in a replay.
func completed(req *pb.CommitRequest, results []*pb.MutationResult) *pb.CommitRequest {
	out := proto.CloneOf(req)
	for i, m := range out.GetMutations() {
		if i >= len(results) {
			break
		}
		if !results[i].GetConflictDetected() {
			m.ConflictDetectionStrategy, m.ConflictResolutionStrategy = nil, 0
		}
		if entity := written(m); entity != nil && results[i].GetKey() != nil {
			entity.Key = results[i].GetKey()
		}
	}
	return out
}

// failed takes down a call that the target refused. Of a refusal that another
// attempt may not meet, it cannot be said what it would do in a replay.
func (o *operation) failed(ctx context.Context, c *call, e *entry) {
	commit, isCommit := c.req.(*pb.CommitRequest)
	switch code := status.Code(c.err); code {
	case codes.InvalidArgument, codes.NotFound, codes.AlreadyExists, codes.FailedPrecondition, codes.OutOfRange, codes.Unimplemented:
	case codes.Aborted:
		o.aborted(c)
		return
	case codes.Canceled:
		if !isCommit {
			return // legacy did not wait for it
		}
		o.spoil("commit with an unknown outcome", c.err.Error())
		return
	default:
		o.spoil("store call failed", fmt.Sprintf("%s: %s", c.name, code))
		return
	}
	if isCommit {
		e.commit, e.Mutations = commit, commit.GetMutations()
		if !c.since.IsZero() { // it left what was there
			o.replaced(ctx, c, []*pb.Key{mutated(e.Mutations[0])})
		}
	}
	switch r := c.req.(type) {
	case *pb.RunQueryRequest:
		e.Query = r
	case *pb.RunAggregationQueryRequest:
		e.Query, _ = emulator.UnderAggregation(r) // refused for what it says
	}
	o.add(e)
	if isCommit && commit.GetMode() == pb.CommitRequest_NON_TRANSACTIONAL && len(e.Mutations) > 1 {
		o.partly(ctx, c, e)
	}
}

// partly looks up what came of a commit outside of transactions that failed: the
// mutations before the failing one stay.
func (o *operation) partly(ctx context.Context, c *call, e *entry) {
	var keys []*pb.Key
	o.mu.Lock()
	for _, m := range e.Mutations {
		k := mutated(m)
		if id := o.content.id(k); id != "" {
			keys = append(keys, k)
			o.content.written[id] = true
		} else {
			o.spoilt("commit with an unknown outcome", "ids were given out in a commit that failed")
		}
	}
	o.mu.Unlock()
	if err := o.probe(ctx, c, keys, ""); err != nil {
		o.spoil("commit with an unknown outcome", err.Error())
	}
}

// aborted forgets what was read in a transaction that met others.
func (o *operation) aborted(c *call) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if c.token == "" {
		o.spoilt(contention, c.name)
		return
	}
	t := o.transaction(c.token)
	t.aborted = true
	for _, m := range commitOf(c.req).GetMutations() {
		t.written = append(t.written, o.content.id(mutated(m)))
	}
	o.content.forget(c.token)
	o.entries = slices.DeleteFunc(o.entries, func(e *entry) bool { return e.tx == c.token })
}

const contention = "lost to contention"

func commitOf(req request) *pb.CommitRequest {
	c, _ := req.(*pb.CommitRequest)
	return c
}

// mutated is the key that a mutation is about.
func mutated(m *pb.Mutation) *pb.Key {
	if e := written(m); e != nil {
		return e.GetKey()
	}
	return m.GetDelete()
}

// written is the entity that a mutation writes, nil for a delete.
func written(m *pb.Mutation) *pb.Entity {
	switch op := m.GetOperation().(type) {
	case *pb.Mutation_Insert:
		return op.Insert
	case *pb.Mutation_Update:
		return op.Update
	case *pb.Mutation_Upsert:
		return op.Upsert
	}
	return nil
}

// readOptions are those of the proxy's own reads for an entry: at the time of the
// entry's own where that is known, else in its transaction.
func readOptions(at *timestamppb.Timestamp, token string) *pb.ReadOptions {
	switch {
	case at != nil:
		return &pb.ReadOptions{ConsistencyType: &pb.ReadOptions_ReadTime{ReadTime: at}}
	case token != "":
		return &pb.ReadOptions{ConsistencyType: &pb.ReadOptions_Transaction{Transaction: []byte(token)}}
	}
	return nil
}
