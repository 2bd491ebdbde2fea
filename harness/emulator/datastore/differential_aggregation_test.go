package datastore_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/status"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/harness/emulator/datastore"
)

func drawAggregations(t *rapid.T) []*pb.AggregationQuery_Aggregation {
	var all []*pb.AggregationQuery_Aggregation
	for range rapid.IntRange(1, 3).Draw(t, "aggregations") {
		a := &pb.AggregationQuery_Aggregation{}
		name := ref(rapid.SampledFrom(diffProps).Draw(t, "aggregated"))
		switch rapid.SampledFrom([]string{"count", "sum", "avg"}).Draw(t, "function") {
		case "count":
			a.Operator = &pb.AggregationQuery_Aggregation_Count_{Count: &pb.AggregationQuery_Aggregation_Count{}}
		case "sum":
			a.Operator = &pb.AggregationQuery_Aggregation_Sum_{Sum: &pb.AggregationQuery_Aggregation_Sum{Property: name}}
		default:
			a.Operator = &pb.AggregationQuery_Aggregation_Avg_{Avg: &pb.AggregationQuery_Aggregation_Avg{Property: name}}
		}
		all = append(all, a)
	}
	return all
}

func aggregationOutcome(c pb.DatastoreClient, project string, q *pb.Query, aggs []*pb.AggregationQuery_Aggregation) outcome {
	agg := &pb.AggregationQuery{QueryType: &pb.AggregationQuery_NestedQuery{NestedQuery: q}, Aggregations: aggs}
	resp, err := c.RunAggregationQuery(context.Background(), &pb.RunAggregationQueryRequest{
		ProjectId: project, QueryType: &pb.RunAggregationQueryRequest_AggregationQuery{AggregationQuery: agg},
	})
	o := outcome{code: status.Code(err).String()}
	for _, r := range resp.GetBatch().GetAggregationResults() {
		o.rows = append(o.rows, entityText(&pb.Entity{Properties: r.AggregateProperties}))
	}
	return o
}

// TestDifferentialAggregations compares with C; A has no aggregations.
func TestDifferentialAggregations(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the official emulators take long to start")
	}
	us := rawClient(t, start(t, datastore.Options{NoJournal: true}).Addr())
	them := officialEmulator(t, "C").client
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		project := fmt.Sprintf("agg-%d", n)
		req := &pb.CommitRequest{ProjectId: project, Mutations: drawMutations(t, project), Mode: pb.CommitRequest_NON_TRANSACTIONAL}
		commitOutcome(us, req)
		commitOutcome(them, req)
		for range 4 {
			q, aggs := drawQuery(t, project), drawAggregations(t)
			c := comparison{query: q, content: queryOutcome(us, project, &pb.Query{})}
			c.ours, c.theirs = aggregationOutcome(us, project, q, aggs), aggregationOutcome(them, project, q, aggs)
			if !c.aggregates(aggs) {
				t.Fatalf("%v\nof %v\nC:    %v\nours: %v\ncontent: %v", aggs, q, c.theirs, c.ours, c.content)
			}
		}
	})
}

// aggregates tells whether two aggregations agree, or differ for a reason that
// docs/datastore-emulator.md lists.
func (c comparison) aggregates(aggs []*pb.AggregationQuery_Aggregation) bool {
	counts := func(a *pb.AggregationQuery_Aggregation) bool { return a.GetCount() != nil }
	arrays := strings.Contains(c.content.String(), `"arrayValue"`)
	switch {
	case c.ours.String() == c.theirs.String(), c.theirs.code == "Unknown":
		return true
	case len(c.query.Kind) == 0 && c.ours.code == "InvalidArgument":
		return true // C allows a projection without a kind
	case c.ours.code == "InvalidArgument" && ancestorInOr(c.query.Filter, false):
		return true // C lets disjunctions differ in their HAS_ANCESTOR
	case c.ours.code == "InvalidArgument" && negates(c.query.Filter):
		return true // C checks what goes with NOT_IN after it has simplified the filter
	case arrays && !slices.ContainsFunc(aggs, func(a *pb.AggregationQuery_Aggregation) bool { return !counts(a) }):
		return true // C counts matching values, not entities
	case arrays && aggregatesEqual(c.query, aggs):
		return true // C projects the other values of a property with an equality filter, too
	}
	return false
}

func aggregatesEqual(q *pb.Query, aggs []*pb.AggregationQuery_Aggregation) bool {
	return slices.ContainsFunc(aggs, func(a *pb.AggregationQuery_Aggregation) bool {
		name := a.GetSum().GetProperty().GetName() + a.GetAvg().GetProperty().GetName()
		return filtersEqual(q.Filter, name)
	}) || ordersEqual(q)
}
