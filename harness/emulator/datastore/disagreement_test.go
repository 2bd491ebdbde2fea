package datastore_test

import (
	"slices"
	"strings"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
)

// comparison is one query on this emulator and an official one.
type comparison struct {
	query        *pb.Query
	content      outcome
	ours, theirs outcome
}

// agrees tells whether the answers are the same, or differ in a way that
// docs/datastore-emulator.md lists with its reason.
func (c comparison) agrees(name string) bool {
	if c.ours.String() == c.theirs.String() {
		return true
	}
	for _, d := range disagreements {
		if d.with == name && d.holds(c) {
			return true
		}
	}
	return false
}

// disagreements are the known ones. Each is as narrow as it can be told from
// the query, the content and the two answers.
var disagreements = []struct {
	with   string
	reason string
	holds  func(c comparison) bool
}{
	{"A", "refuses what the service has learned since: OR, IN, inequalities on several properties", func(c comparison) bool {
		return c.theirs.code != "OK"
	}},
	{"A", "evaluates IN and != by rules of its own", func(c comparison) bool { return usesModern(c.query.Filter) }},
	{"A", "ignores a repeated order", func(c comparison) bool {
		return c.ours.code == "InvalidArgument" && repeatsOrder(c.query)
	}},
	{"A", "ignores orders behind the key, and all of them where the key is given", func(c comparison) bool {
		return ordersBehindKey(c.query) || len(c.query.Order) > 0 && filtersKey(c.query.Filter)
	}},
	{"A", "drops the order of a property with an equality filter before it checks that distinct properties come first", func(c comparison) bool {
		return c.ours.code == "InvalidArgument" && len(c.query.DistinctOn) > 0
	}},
	{"A", "indexes an empty array as null", func(c comparison) bool {
		return strings.Contains(c.content.String(), `{"arrayValue":{}}`)
	}},
	{"A", "projects an array with two NaNs twice", func(c comparison) bool {
		return projects(c.query) && strings.Contains(c.content.String(), `"NaN"`) &&
			(partial(c.query) || slices.Equal(unique(c.theirs.rows), c.ours.rows))
	}},
	{"A", "breaks the ties of a descending order by ascending key", func(c comparison) bool {
		descends := slices.ContainsFunc(c.query.Order, func(o *pb.PropertyOrder) bool { return o.Direction == pb.PropertyOrder_DESCENDING })
		return descends && (partial(c.query) || sameRows(c.ours, c.theirs))
	}},
	{"C", "returns an entity once per matching value", func(c comparison) bool {
		return strings.Contains(c.content.String(), `"arrayValue"`) && !projects(c.query) &&
			(partial(c.query) || slices.Equal(unique(c.theirs.rows), c.ours.rows))
	}},
	{"C", "obeys the order of a property with an equality filter, which is documented to be ignored", func(c comparison) bool {
		return strings.Contains(c.content.String(), `"arrayValue"`) && ordersEqual(c.query)
	}},
	{"C", "allows a projection without a kind", func(c comparison) bool {
		return len(c.query.Kind) == 0 && projects(c.query) && c.ours.code == "InvalidArgument"
	}},
	{"C", "lets disjunctions differ in their HAS_ANCESTOR, which the proto forbids", func(c comparison) bool {
		return c.ours.code == "InvalidArgument" && ancestorInOr(c.query.Filter, false)
	}},
	{"C", "checks what goes with NOT_IN and NOT_EQUAL only after it has simplified the filter", func(c comparison) bool {
		return c.ours.code == "InvalidArgument" && negates(c.query.Filter)
	}},
	{"C", "fails without a reason on an OR of one HAS_ANCESTOR", func(c comparison) bool {
		return c.theirs.code == "Unknown" && c.ours.code != "Unknown"
	}},
}

func usesModern(f *pb.Filter) bool {
	if c := f.GetCompositeFilter(); c != nil {
		return c.Op == pb.CompositeFilter_OR || slices.ContainsFunc(c.Filters, usesModern)
	}
	switch f.GetPropertyFilter().GetOp() {
	case pb.PropertyFilter_IN, pb.PropertyFilter_NOT_IN, pb.PropertyFilter_NOT_EQUAL:
		return true
	}
	return false
}

func filtersKey(f *pb.Filter) bool {
	if c := f.GetCompositeFilter(); c != nil {
		return slices.ContainsFunc(c.Filters, filtersKey)
	}
	p := f.GetPropertyFilter()
	return p.GetProperty().GetName() == "__key__" && p.GetOp() == pb.PropertyFilter_EQUAL
}

func repeatsOrder(q *pb.Query) bool {
	return len(q.Order) == 2 && q.Order[0].Property.Name == q.Order[1].Property.Name
}

func negates(f *pb.Filter) bool {
	if c := f.GetCompositeFilter(); c != nil {
		return slices.ContainsFunc(c.Filters, negates)
	}
	op := f.GetPropertyFilter().GetOp()
	return op == pb.PropertyFilter_NOT_IN || op == pb.PropertyFilter_NOT_EQUAL
}

// ancestorInOr tells whether a HAS_ANCESTOR stands below an OR.
func ancestorInOr(f *pb.Filter, below bool) bool {
	if c := f.GetCompositeFilter(); c != nil {
		below = below || c.Op == pb.CompositeFilter_OR
		return slices.ContainsFunc(c.Filters, func(f *pb.Filter) bool { return ancestorInOr(f, below) })
	}
	return below && f.GetPropertyFilter().GetOp() == pb.PropertyFilter_HAS_ANCESTOR
}

func ordersEqual(q *pb.Query) bool {
	return slices.ContainsFunc(q.Order, func(o *pb.PropertyOrder) bool { return filtersEqual(q.Filter, o.Property.Name) })
}

func filtersEqual(f *pb.Filter, name string) bool {
	if c := f.GetCompositeFilter(); c != nil {
		return slices.ContainsFunc(c.Filters, func(f *pb.Filter) bool { return filtersEqual(f, name) })
	}
	p := f.GetPropertyFilter()
	return p.GetProperty().GetName() == name && (p.GetOp() == pb.PropertyFilter_EQUAL || p.GetOp() == pb.PropertyFilter_IN)
}

func ordersBehindKey(q *pb.Query) bool {
	return len(q.Order) == 2 && q.Order[0].Property.Name == "__key__"
}

// partial: the answer is a part of the rows, so that another order of ties, or
// rows that come twice, change which part.
func partial(q *pb.Query) bool { return q.Limit != nil || q.Offset > 0 }

func projects(q *pb.Query) bool {
	return slices.ContainsFunc(q.Projection, func(p *pb.Projection) bool { return p.Property.Name != "__key__" })
}

func sameRows(a, b outcome) bool {
	return a.code == b.code && slices.Equal(slices.Sorted(slices.Values(a.rows)), slices.Sorted(slices.Values(b.rows)))
}

func unique(rows []string) []string {
	var out []string
	for _, r := range rows {
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}
