package datastoreproxy

import (
	"context"
	"strings"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// widen reads, for each query, entities that it did not return, among which a
// fixture finds guards: those of its kind where they are few; else the rows behind
// the last one, those from its ancestor on, or some. A query that the target
// refuses gives none.
func (o *operation) widen(ctx context.Context, md metadata.MD) {
	whole := map[string]bool{}
	for _, e := range o.kept() {
		kind := kindOf(e.Query)
		if e.Err != nil || kind == "" || strings.HasPrefix(kind, "__") {
			continue
		}
		id := e.Query.GetPartitionId().GetNamespaceId() + "\x00" + kind
		if whole[id] {
			continue
		}
		_, large := o.p.large.Load(id)
		req := proto.CloneOf(e.Query)
		req.PropertyMask, req.ExplainOptions, req.ReadOptions = nil, nil, readOptions(e.at, "")
		req.QueryType = &pb.RunQueryRequest_Query{Query: o.wider(e, large)}
		resp, err := o.p.client.RunQuery(o.p.own(ctx, md), req)
		if err != nil {
			continue
		}
		o.mu.Lock()
		for _, r := range resp.GetBatch().GetEntityResults() {
			o.content.see(r.GetEntity().GetKey(), r.GetEntity(), "")
		}
		o.mu.Unlock()
		if large {
			continue
		}
		if resp.GetBatch().GetMoreResults() == pb.QueryResultBatch_NO_MORE_RESULTS {
			whole[id] = true
		} else {
			o.p.large.Store(id, true)
		}
	}
}

// wider is the query that looks for guards of an entry's.
func (o *operation) wider(e *entry, large bool) *pb.Query {
	q := e.Query.GetQuery()
	limit := wrapperspb.Int32(int32(min(o.p.options.Widen, 1<<30)))
	out := &pb.Query{Kind: q.GetKind(), Limit: limit}
	ancestor := ancestorOf(q.GetFilter())
	switch {
	case !large:
	case q.GetLimit() != nil && len(e.end) > 0 && len(q.GetProjection()) == 0:
		out = proto.CloneOf(q)
		out.StartCursor, out.EndCursor, out.Offset, out.Limit = e.end, nil, 0, limit
	case ancestor != nil:
		out.Filter = &pb.Filter{FilterType: &pb.Filter_PropertyFilter{PropertyFilter: &pb.PropertyFilter{
			Property: &pb.PropertyReference{Name: "__key__"}, Op: pb.PropertyFilter_GREATER_THAN,
			Value: &pb.Value{ValueType: &pb.Value_KeyValue{KeyValue: ancestor}},
		}}}
	}
	return out
}

func kindOf(req *pb.RunQueryRequest) string {
	if kinds := req.GetQuery().GetKind(); len(kinds) == 1 {
		return kinds[0].GetName()
	}
	return ""
}

// ancestorOf is the ancestor that a filter asks for, nil for none.
func ancestorOf(f *pb.Filter) *pb.Key {
	if simple := f.GetPropertyFilter(); simple.GetOp() == pb.PropertyFilter_HAS_ANCESTOR {
		return simple.GetValue().GetKeyValue()
	}
	for _, inner := range f.GetCompositeFilter().GetFilters() {
		if k := ancestorOf(inner); k != nil {
			return k
		}
	}
	return nil
}
