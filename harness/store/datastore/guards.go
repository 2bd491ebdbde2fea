package datastore

import (
	"slices"
	"strings"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
)

// Guards are entities that a query did not return, but nearly: an implementation
// whose query is wrong returns one of them. They come from several sources, the
// nearest of each first:
//
//	limit     the rows behind the last one
//	filters   for each one, rows that only it keeps out
//	ancestor  rows of other ancestors
//	order     rows that come first, or come at all, under another order
//	cursor    rows before the start
//
// The sources take turns until opts.Guards are found; a source whose nearest row
// is in the fixture anyway has had its first turn.
func (g *gathering) guard(e emulator.Event, n int) {
	returned := map[string]bool{}
	for _, k := range e.Found {
		returned[g.text(k)] = true
	}
	var sources [][]*pb.Key
	for _, s := range g.sources(e.Query, n+len(returned)) {
		s = slices.DeleteFunc(s, func(k *pb.Key) bool { return returned[g.text(k)] || g.created[g.text(k)] })
		if len(s) > 0 {
			sources = append(sources, s)
		}
	}
	for turn := 0; n > 0 && len(sources) > 0; turn++ {
		for i := 0; i < len(sources) && n > 0; i++ {
			if sources[i] = g.turn(sources[i], turn, &n); len(sources[i]) == 0 {
				sources = slices.Delete(sources, i, i+1)
				i--
			}
		}
	}
}

// turn takes the next guard from a source and returns the rest of the source.
func (g *gathering) turn(source []*pb.Key, turn int, n *int) []*pb.Key {
	for i, k := range source {
		if g.add(k) != nil {
			*n--
			return source[i+1:]
		}
		if turn == 0 {
			return source[i+1:]
		}
	}
	return nil
}

// sources lists the candidates of each source, up to so many, nearest first.
func (g *gathering) sources(req *pb.RunQueryRequest, upTo int) [][]*pb.Key {
	w := widening{before: g.before, req: narrowed(req), upTo: upTo}
	q := req.GetQuery()
	out := [][]*pb.Key{w.beyondLimit()}
	filters := conjuncts(q.GetFilter())
	for i, f := range filters {
		others := slices.Delete(slices.Clone(filters), i, i+1)
		if f.GetPropertyFilter().GetOp() == pb.PropertyFilter_HAS_ANCESTOR {
			out = append(out, w.elsewhere(others, f.GetPropertyFilter().GetValue().GetKeyValue()))
		} else {
			out = append(out, w.beyond(others, f.GetPropertyFilter()))
		}
	}
	if q.GetLimit() != nil || len(q.GetDistinctOn()) > 0 || len(q.GetOrder()) > 0 {
		out = append(out, w.otherOrder(filters))
	}
	if len(q.GetStartCursor()) > 0 {
		out = append(out, w.run(func(q *pb.Query) { q.StartCursor = nil }))
	}
	return out
}

// widening runs changed forms of a query on the content before. A form that the
// emulator refuses is no source.
type widening struct {
	before *emulator.State
	req    *pb.RunQueryRequest
	upTo   int
}

// run returns the keys of a changed form without offset and limit.
func (w widening) run(change func(*pb.Query)) []*pb.Key {
	req := proto.CloneOf(w.req)
	q := req.GetQuery()
	q.Offset = 0
	limit(req, w.upTo)
	change(q)
	batch, err := w.before.Run(req)
	if err != nil {
		return nil
	}
	var out []*pb.Key
	for _, r := range batch.GetEntityResults() {
		out = append(out, r.GetEntity().GetKey())
	}
	return out
}

// free runs a form that has only the filters and the order.
func (w widening) free(filters []*pb.Filter, by ...*pb.PropertyOrder) []*pb.Key {
	return w.run(func(q *pb.Query) {
		q.Filter, q.Order = allOf(filters), by
		q.Projection, q.DistinctOn, q.StartCursor, q.EndCursor = nil, nil, nil, nil
	})
}

// beyondLimit are the rows from the query's start on, over its limit and its end.
func (w widening) beyondLimit() []*pb.Key {
	q := w.req.GetQuery()
	if q.GetLimit() == nil && len(q.GetEndCursor()) == 0 {
		return nil
	}
	return w.run(func(to *pb.Query) { to.EndCursor, to.Offset = nil, q.GetOffset() })
}

// otherOrder are the first rows in the reverse order, and in none: those may also
// lack a property that the query orders by.
func (w widening) otherOrder(filters []*pb.Filter) []*pb.Key {
	reversed := w.run(func(q *pb.Query) {
		q.StartCursor, q.EndCursor, q.DistinctOn = nil, nil, nil
		for _, o := range q.Order {
			o.Direction = opposite(o.GetDirection())
		}
		if len(q.Order) == 0 {
			q.Order = []*pb.PropertyOrder{order(keyProperty, pb.PropertyOrder_DESCENDING)}
		}
	})
	return interleave(reversed, w.free(filters))
}

// beyond are the rows that only this filter keeps out: the nearest on either
// side of its value, then those for which the property is not indexed at all.
func (w widening) beyond(others []*pb.Filter, f *pb.PropertyFilter) []*pb.Key {
	if f == nil {
		return w.free(others) // an OR has no sides
	}
	name := f.GetProperty().GetName()
	side := func(op pb.PropertyFilter_Operator) []*pb.Key {
		direction := pb.PropertyOrder_ASCENDING
		if op == pb.PropertyFilter_LESS_THAN || op == pb.PropertyFilter_LESS_THAN_OR_EQUAL {
			direction = pb.PropertyOrder_DESCENDING
		}
		return w.free(append(slices.Clone(others), where(name, op, f.GetValue())), order(name, direction))
	}
	lacking := w.lacking(others, name)
	switch f.GetOp() {
	case pb.PropertyFilter_LESS_THAN:
		return interleave(side(pb.PropertyFilter_GREATER_THAN_OR_EQUAL), lacking)
	case pb.PropertyFilter_LESS_THAN_OR_EQUAL:
		return interleave(side(pb.PropertyFilter_GREATER_THAN), lacking)
	case pb.PropertyFilter_GREATER_THAN:
		return interleave(side(pb.PropertyFilter_LESS_THAN_OR_EQUAL), lacking)
	case pb.PropertyFilter_GREATER_THAN_OR_EQUAL:
		return interleave(side(pb.PropertyFilter_LESS_THAN), lacking)
	case pb.PropertyFilter_EQUAL:
		return interleave(side(pb.PropertyFilter_GREATER_THAN), side(pb.PropertyFilter_LESS_THAN), lacking)
	case pb.PropertyFilter_NOT_EQUAL:
		return interleave(side(pb.PropertyFilter_EQUAL), lacking)
	default:
		return w.free(others)
	}
}

// lacking are the rows near the start in which the property is not indexed.
func (w widening) lacking(filters []*pb.Filter, name string) []*pb.Key {
	const scanned = 200
	w.upTo = max(w.upTo, scanned)
	return slices.DeleteFunc(w.free(filters), func(k *pb.Key) bool {
		v := w.before.Get(k).GetProperties()[name]
		nested := strings.Contains(name, ".")
		return nested || v != nil && !v.GetExcludeFromIndexes()
	})
}

// elsewhere are the rows of other ancestors, the nearest in key order on either
// side.
func (w widening) elsewhere(others []*pb.Filter, ancestor *pb.Key) []*pb.Key {
	side := func(op pb.PropertyFilter_Operator, key *pb.Key, direction pb.PropertyOrder_Direction) []*pb.Key {
		value := &pb.Value{ValueType: &pb.Value_KeyValue{KeyValue: key}}
		return w.free(append(slices.Clone(others), where(keyProperty, op, value)), order(keyProperty, direction))
	}
	return interleave(
		side(pb.PropertyFilter_GREATER_THAN, lastBelow(ancestor), pb.PropertyOrder_ASCENDING),
		side(pb.PropertyFilter_LESS_THAN, ancestor, pb.PropertyOrder_DESCENDING),
	)
}

// lastBelow is a key behind all that stand below the ancestor.
func lastBelow(ancestor *pb.Key) *pb.Key {
	const last = "\U0010ffff"
	end := &pb.Key_PathElement{Kind: last, IdType: &pb.Key_PathElement_Name{Name: last}}
	return &pb.Key{PartitionId: ancestor.GetPartitionId(), Path: append(slices.Clone(ancestor.GetPath()), end)}
}

// narrowed is a copy of a request that reads the content it is run on.
func narrowed(req *pb.RunQueryRequest) *pb.RunQueryRequest {
	out := proto.CloneOf(req)
	out.ReadOptions, out.PropertyMask, out.ExplainOptions = nil, nil, nil
	return out
}

func limit(req *pb.RunQueryRequest, n int) {
	req.GetQuery().Limit = wrapperspb.Int32(int32(min(n, 1<<30)))
}

func order(name string, direction pb.PropertyOrder_Direction) *pb.PropertyOrder {
	return &pb.PropertyOrder{Property: &pb.PropertyReference{Name: name}, Direction: direction}
}

func opposite(d pb.PropertyOrder_Direction) pb.PropertyOrder_Direction {
	if d == pb.PropertyOrder_DESCENDING {
		return pb.PropertyOrder_ASCENDING
	}
	return pb.PropertyOrder_DESCENDING
}

func where(name string, op pb.PropertyFilter_Operator, v *pb.Value) *pb.Filter {
	return &pb.Filter{FilterType: &pb.Filter_PropertyFilter{PropertyFilter: &pb.PropertyFilter{
		Property: &pb.PropertyReference{Name: name}, Op: op, Value: v,
	}}}
}

func allOf(filters []*pb.Filter) *pb.Filter {
	switch len(filters) {
	case 0:
		return nil
	case 1:
		return filters[0]
	}
	return &pb.Filter{FilterType: &pb.Filter_CompositeFilter{CompositeFilter: &pb.CompositeFilter{
		Op: pb.CompositeFilter_AND, Filters: filters,
	}}}
}

// interleave takes the first of each list, then the second of each, and so on.
func interleave(lists ...[]*pb.Key) []*pb.Key {
	var out []*pb.Key
	for i := 0; ; i++ {
		n := len(out)
		for _, l := range lists {
			if i < len(l) {
				out = append(out, l[i])
			}
		}
		if len(out) == n {
			return out
		}
	}
}
