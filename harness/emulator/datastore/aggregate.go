package datastore

import (
	"fmt"
	"slices"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
)

// maxAggregations: "A minimum of one and maximum of five aggregations per
// query."
const maxAggregations = 5

func (c *call) runAggregationQuery(req *pb.RunAggregationQueryRequest) (*pb.RunAggregationQueryResponse, error) {
	query, translated, err := c.aggregationQuery(req)
	if err != nil {
		return nil, err
	}
	aggs, err := checkAggregations(query.GetAggregations())
	if err != nil {
		return nil, err
	}
	p, err := newPlan(c.db, req.PartitionId, query.GetNestedQuery(), nil)
	if err != nil {
		return nil, err
	}
	if err := p.aggregate(aggs); err != nil {
		return nil, err
	}
	if err := c.e.checkIndexes(p); err != nil {
		return nil, err
	}
	c.event.Query = nestedRequest(req, query)
	v, err := c.view(req.ReadOptions)
	if err != nil {
		return nil, err
	}
	resp := &pb.RunAggregationQueryResponse{Transaction: v.token}
	if translated {
		resp.Query = query
	}
	if req.ExplainOptions != nil {
		resp.ExplainMetrics = &pb.ExplainMetrics{PlanSummary: p.planSummary()}
		if !req.ExplainOptions.Analyze {
			return resp, nil
		}
	}
	started := time.Now()
	b := p.run(v.content, -1, 0)
	c.noteQuery(v, p, b)
	resp.Batch = aggregationBatch(p, aggs, b, v)
	if resp.ExplainMetrics != nil {
		resp.ExplainMetrics.ExecutionStats = executionStats(b, pb.EntityResult_KEY_ONLY, 1, time.Since(started))
	}
	return resp, nil
}

// nestedRequest is the query under an aggregation as a request of its own.
func nestedRequest(req *pb.RunAggregationQueryRequest, query *pb.AggregationQuery) *pb.RunQueryRequest {
	return &pb.RunQueryRequest{
		ProjectId: req.ProjectId, DatabaseId: req.DatabaseId, PartitionId: req.PartitionId, ReadOptions: req.ReadOptions,
		QueryType: &pb.RunQueryRequest_Query{Query: query.GetNestedQuery()},
	}
}

func aggregationBatch(p *plan, aggs []aggregation, b *batch, v *view) *pb.AggregationResultBatch {
	result := &pb.AggregationResult{AggregateProperties: map[string]*pb.Value{}}
	for _, a := range aggs {
		result.AggregateProperties[a.alias] = a.compute(p, b.rows)
	}
	return &pb.AggregationResultBatch{
		AggregationResults: []*pb.AggregationResult{result},
		MoreResults:        pb.QueryResultBatch_NO_MORE_RESULTS,
		ReadTime:           v.timeOfRead(),
	}
}

func (c *call) aggregationQuery(req *pb.RunAggregationQueryRequest) (query *pb.AggregationQuery, translated bool, err error) {
	switch t := req.GetQueryType().(type) {
	case *pb.RunAggregationQueryRequest_AggregationQuery:
		if t.AggregationQuery.GetNestedQuery() == nil {
			return nil, false, invalid("A nested query is required.")
		}
		return t.AggregationQuery, false, nil
	case *pb.RunAggregationQueryRequest_GqlQuery:
		plain, query, err := parseGQL(c.db, req.PartitionId, t.GqlQuery)
		if err == nil && plain != nil {
			err = invalid("The query has no aggregation; use RunQuery.")
		}
		return query, true, err
	}
	return nil, false, invalid("A query is required.")
}

// aggregation is a validated pb.AggregationQuery_Aggregation.
type aggregation struct {
	alias    string
	property string // "" for a count
	avg      bool
	upTo     int64 // of a count; -1 for no bound
}

func checkAggregations(reqs []*pb.AggregationQuery_Aggregation) ([]aggregation, error) {
	switch {
	case len(reqs) == 0:
		return nil, invalid("Aggregations can not be empty.")
	case len(reqs) > maxAggregations:
		return nil, invalid("The maximum number of aggregations allowed in an aggregation query is %d. Received: %d.", maxAggregations, len(reqs))
	}
	var aggs []aggregation
	unnamed := 0
	for _, req := range reqs {
		a, err := checkAggregation(req)
		if err != nil {
			return nil, err
		}
		if a.alias == "" {
			unnamed++
			a.alias = fmt.Sprintf("property_%d", unnamed)
		}
		if slices.ContainsFunc(aggs, func(b aggregation) bool { return a.alias == b.alias }) {
			return nil, invalid("Aggregation aliases contain duplicate alias: %s.", a.alias)
		}
		aggs = append(aggs, a)
	}
	return aggs, nil
}

func checkAggregation(req *pb.AggregationQuery_Aggregation) (aggregation, error) {
	a := aggregation{alias: req.GetAlias(), upTo: -1}
	if a.alias != "" {
		if err := checkText("aggregation alias", a.alias); err != nil {
			return a, err
		}
	}
	switch t := req.GetOperator().(type) {
	case *pb.AggregationQuery_Aggregation_Count_:
		if up := t.Count.GetUpTo(); up != nil {
			if up.Value < 0 {
				return a, invalid("COUNT up_to must be non-negative.")
			}
			a.upTo = up.Value
		}
		return a, nil
	case *pb.AggregationQuery_Aggregation_Sum_:
		a.property = t.Sum.GetProperty().GetName()
	case *pb.AggregationQuery_Aggregation_Avg_:
		a.property, a.avg = t.Avg.GetProperty().GetName(), true
	default:
		return a, invalid("An aggregation must specify its operator.")
	}
	switch a.property {
	case "":
		return a, invalid("The property.name is the empty string.")
	case keyProperty:
		return a, invalid("Aggregations are not supported for the property: %s", keyProperty)
	}
	return a, nil
}

// aggregate has the rows of the plan carry the properties that sums and
// averages need, as a projection does: one row per combination of indexed
// values, in their order.
func (p *plan) aggregate(aggs []aggregation) error {
	for _, a := range aggs {
		if a.property != "" && !slices.Contains(p.aggregated, a.property) {
			p.aggregated = append(p.aggregated, a.property)
		}
	}
	if len(p.aggregated) == 0 {
		return nil
	}
	if p.kind == "" {
		return invalid("kind is required for aggregation: %s", p.aggregated[0])
	}
	switch p.kindOf {
	case pb.EntityResult_KEY_ONLY:
		return invalid("Aggregation over non-key properties is not supported for base query that only returns keys.")
	case pb.EntityResult_PROJECTION:
		for _, name := range p.aggregated {
			if !slices.Contains(p.projection, name) {
				return invalid("The aggregation property %s is not present in the base query's projection.", name)
			}
		}
	default:
		p.kindOf = pb.EntityResult_PROJECTION
		p.projection = p.aggregated
		p.imply(sorted(p.aggregated))
	}
	return nil
}

// imply adds orders that the query did not spell out, in the direction of the
// last one that it did, before the key where that is implied, too.
func (p *plan) imply(names []string) {
	desc := p.explicit > 0 && p.orders[p.explicit-1].desc
	for _, name := range names {
		at := slices.IndexFunc(p.orders, func(o order) bool { return o.property == keyProperty })
		if at < p.explicit {
			at = len(p.orders)
		}
		if !p.hasOrder(name) {
			p.orders = slices.Insert(p.orders, at, order{name, desc})
		}
	}
}

// compute aggregates the rows of a plan that carries the aggregated properties.
func (a aggregation) compute(p *plan, rows []resultRow) *pb.Value {
	if a.property == "" {
		n := int64(len(rows))
		if a.upTo >= 0 {
			n = min(n, a.upTo)
		}
		return integer(n)
	}
	at := slices.Index(p.projection, a.property)
	var t total
	for _, r := range rows {
		if v, ok := decodeValue(r.values[at]); ok {
			t.add(v)
		}
	}
	if a.avg {
		return t.average()
	}
	return t.sum()
}

// total adds numbers up: exactly while they are integers that fit, else as
// doubles. Values that are not numbers do not count.
type total struct {
	n      int
	whole  int64
	float  float64 // the same sum as a double
	double bool
}

func (t *total) add(v *pb.Value) {
	if !isNumber(v) {
		return
	}
	t.n++
	t.float += asFloat(v)
	i, ok := v.ValueType.(*pb.Value_IntegerValue)
	if !ok || t.double {
		t.double = true
		return
	}
	sum := t.whole + i.IntegerValue
	if (sum > t.whole) != (i.IntegerValue > 0) && i.IntegerValue != 0 {
		t.double = true
		return
	}
	t.whole = sum
}

func (t *total) sum() *pb.Value {
	if t.double {
		return double(t.float)
	}
	return integer(t.whole)
}

func (t *total) average() *pb.Value {
	switch {
	case t.n == 0:
		return &pb.Value{ValueType: &pb.Value_NullValue{}}
	case t.double:
		return double(t.float / float64(t.n))
	}
	return double(float64(t.whole) / float64(t.n))
}
