package datastoreproxy

import (
	"context"
	"fmt"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
)

// soon runs a read of the proxy's own that belongs to a time: now where the time
// is not known, else when the operation is over.
func (o *operation) soon(ctx context.Context, at *timestamppb.Timestamp, read func(context.Context) error) {
	if at == nil {
		if err := read(ctx); err != nil {
			o.spoil(notFetched, err.Error())
		}
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.later = append(o.later, read)
}

const notFetched = "what a query stood on not read"

// probe looks keys up in a transaction, or outside, and has the answer checked as
// if the operation had asked.
func (o *operation) probe(ctx context.Context, c *call, keys []*pb.Key, token string) error {
	e, err := o.lookup(ctx, c.md, keys, readOptions(nil, token))
	if err != nil {
		return err
	}
	e.tx = token
	o.see(e)
	o.add(e)
	return nil
}

// complete looks up the entities of which an entry has only a part.
func (o *operation) complete(ctx context.Context, c *call, e *entry) {
	o.soon(ctx, e.at, func(ctx context.Context) error { return o.fetch(ctx, c.md, e, e.Found) })
}

// fetch looks up those of the keys that are not known, as they were for an entry.
func (o *operation) fetch(ctx context.Context, md metadata.MD, e *entry, keys []*pb.Key) error {
	o.mu.Lock()
	keys = o.content.unknown(keys)
	if e.at == nil && e.tx == "" {
		for _, k := range keys {
			o.approx[o.content.id(k)] = k
		}
	}
	o.mu.Unlock()
	if len(keys) == 0 {
		return nil
	}
	got, err := o.lookup(ctx, md, keys, readOptions(e.at, e.tx))
	if err != nil {
		return err
	}
	got.tx, got.Method = e.tx, "" // the transaction has not read it
	o.see(got)
	return nil
}

// skipped reads the rows before a query's offset.
func (o *operation) skipped(ctx context.Context, c *call, e *entry) {
	o.soon(ctx, e.at, func(ctx context.Context) error {
		req := proto.CloneOf(e.Query)
		q := req.GetQuery()
		offset := q.GetOffset()
		q.Offset, q.Limit = 0, wrapperspb.Int32(offset)
		_, err := o.rows(ctx, c, e, req)
		return err
	})
}

// expand reads the rows that an aggregation ran over.
func (o *operation) expand(ctx context.Context, c *call, e *entry) error {
	keys, err := o.rows(ctx, c, e, proto.CloneOf(e.Query))
	o.mu.Lock()
	defer o.mu.Unlock()
	e.Found = keys
	return err
}

// rows runs a query as it was for an entry, sees all of the entities behind its
// rows, and returns their keys.
func (o *operation) rows(ctx context.Context, c *call, e *entry, req *pb.RunQueryRequest) ([]*pb.Key, error) {
	req.ReadOptions, req.ExplainOptions = readOptions(e.at, e.tx), nil
	var keys []*pb.Key
	for {
		resp, err := o.p.client.RunQuery(o.p.own(ctx, c.md), req)
		if err != nil {
			return nil, err
		}
		batch := resp.GetBatch()
		for _, r := range batch.GetEntityResults() {
			keys = append(keys, r.GetEntity().GetKey())
			if batch.GetEntityResultType() == pb.EntityResult_FULL && req.GetPropertyMask() == nil {
				o.mu.Lock()
				o.content.see(r.GetEntity().GetKey(), r.GetEntity(), e.tx)
				o.mu.Unlock()
			}
		}
		if most := o.p.options.MaxEntities; len(keys) > most {
			return nil, fmt.Errorf("a query stands on more than %d entities", most)
		}
		if batch.GetMoreResults() != pb.QueryResultBatch_NOT_FINISHED {
			return keys, o.fetch(ctx, c.md, e, keys)
		}
		q := req.GetQuery()
		q.StartCursor, q.Offset = batch.GetEndCursor(), q.GetOffset()-batch.GetSkippedResults()
		if q.GetLimit() != nil {
			q.Limit = wrapperspb.Int32(q.GetLimit().GetValue() - int32(len(batch.GetEntityResults())))
		}
	}
}

// lookup looks keys up for the proxy, as many calls as it takes.
func (o *operation) lookup(ctx context.Context, md metadata.MD, keys []*pb.Key, opts *pb.ReadOptions) (*entry, error) {
	const most = 1000 // keys per call, as documented
	e := &entry{Event: emulator.Event{Method: "Lookup"}, probe: true, whole: true}
	for len(keys) > 0 {
		n := min(len(keys), most)
		resp, err := o.p.client.Lookup(o.p.own(ctx, md), &pb.LookupRequest{
			ProjectId: o.p.options.Project, DatabaseId: o.p.options.Database, Keys: keys[:n], ReadOptions: opts,
		})
		if err != nil {
			return nil, err
		}
		o.p.hindsight.saw(resp)
		for _, r := range resp.GetFound() {
			e.Found, e.found = append(e.Found, r.GetEntity().GetKey()), append(e.found, r.GetEntity())
		}
		for _, r := range resp.GetMissing() {
			e.Missing = append(e.Missing, r.GetEntity().GetKey())
		}
		if len(resp.GetDeferred()) == n {
			return nil, fmt.Errorf("look up %d keys: the target defers them all", n)
		}
		e.at = resp.GetReadTime()
		keys = append(resp.GetDeferred(), keys[n:]...)
	}
	return e, nil
}

// own is the context of a call of the proxy's own, with the routing metadata of
// the call that it is made for.
func (p *Proxy) own(ctx context.Context, md metadata.MD) context.Context {
	return metadata.NewOutgoingContext(ctx, p.passedOn(md))
}
