package datastore

import (
	"fmt"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/protobuf/proto"
)

// A batch ends after maxBatchRows results, as those of the live service do, or
// maxBatchBytes of entities, whichever comes first; the client asks for the
// rest with the end cursor.
const (
	maxBatchRows  = 300
	maxBatchBytes = 2 << 20
)

func (c *call) runQuery(req *pb.RunQueryRequest) (*pb.RunQueryResponse, error) {
	query, translated, err := c.structured(req)
	if err != nil {
		return nil, err
	}
	p, err := newPlan(c.db, req.PartitionId, query, req.PropertyMask)
	if err != nil {
		return nil, err
	}
	if err := c.e.checkIndexes(p); err != nil {
		return nil, err
	}
	c.event.Query = asStructured(req, query)
	v, err := c.view(req.ReadOptions)
	if err != nil {
		return nil, err
	}
	resp := &pb.RunQueryResponse{Transaction: v.token}
	if translated {
		resp.Query = query
	}
	if explain := req.ExplainOptions; explain != nil {
		resp.ExplainMetrics = &pb.ExplainMetrics{PlanSummary: p.planSummary()}
		if !explain.Analyze {
			return resp, nil
		}
	}
	started := time.Now()
	b := p.run(v.content, maxBatchRows, maxBatchBytes)
	c.noteQuery(v, p, b)
	resp.Batch = b.result(p, v)
	if resp.ExplainMetrics != nil {
		resp.ExplainMetrics.ExecutionStats = executionStats(b, p.kindOf, len(b.rows), time.Since(started))
	}
	return resp, nil
}

// structured is the query of a request, parsed where it is GQL.
func (c *call) structured(req *pb.RunQueryRequest) (query *pb.Query, translated bool, err error) {
	switch t := req.GetQueryType().(type) {
	case *pb.RunQueryRequest_Query:
		return t.Query, false, nil
	case *pb.RunQueryRequest_GqlQuery:
		query, aggregation, err := parseGQL(c.db, req.PartitionId, t.GqlQuery)
		if err == nil && aggregation != nil {
			err = invalid("An aggregation cannot be run as a query; use RunAggregationQuery.")
		}
		return query, true, err
	}
	return nil, false, invalid("A query is required.")
}

// asStructured is the request with the query in place of its GQL.
func asStructured(req *pb.RunQueryRequest, query *pb.Query) *pb.RunQueryRequest {
	if req.GetQuery() != nil {
		return req
	}
	out := proto.CloneOf(req)
	out.QueryType = &pb.RunQueryRequest_Query{Query: query}
	return out
}

// noteQuery journals what a query returned and has the transaction watch it.
func (c *call) noteQuery(v *view, p *plan, b *batch) {
	for _, r := range b.rows {
		c.event.Found = append(c.event.Found, r.st.ent.Key)
	}
	if v.tx == nil || v.tx.readOnly {
		return
	}
	v.tx.mu.Lock()
	defer v.tx.mu.Unlock()
	v.tx.queries = append(v.tx.queries, func(now *content) bool {
		return b.same(p.run(now, maxBatchRows, maxBatchBytes), p.kindOf)
	})
}

// batch is the outcome of running a plan once.
type batch struct {
	rows    []resultRow
	skipped int
	lastPos string // of the last row skipped or returned
	skipPos string // of the last row skipped
	more    pb.QueryResultBatch_MoreResultsType
}

// run collects one batch of results.
func (p *plan) run(c *content, maxRows, maxBytes int) *batch {
	c = p.source(c)
	b := &batch{more: pb.QueryResultBatch_NO_MORE_RESULTS}
	if p.start != nil {
		b.lastPos = p.start.pos
	}
	if p.limit == 0 && p.offset == 0 {
		b.more = pb.QueryResultBatch_MORE_RESULTS_AFTER_LIMIT
		return b
	}
	size := 0
	beyond := p.scan(c, func(r resultRow) bool {
		if b.skipped < p.offset {
			b.skipped++
			b.lastPos, b.skipPos = r.pos, r.pos
			return true
		}
		if len(b.rows) == p.limit {
			b.more = pb.QueryResultBatch_MORE_RESULTS_AFTER_LIMIT
			return false
		}
		if len(b.rows) == maxRows || size > maxBytes {
			b.more = pb.QueryResultBatch_NOT_FINISHED
			return false
		}
		if p.kindOf == pb.EntityResult_FULL && maxBytes > 0 {
			size += proto.Size(r.st.ent)
		}
		b.rows = append(b.rows, r)
		b.lastPos = r.pos
		return p.limit < 0 || len(b.rows) < p.limit
	})
	switch {
	case p.limit >= 0 && len(b.rows) == p.limit && b.skipped == p.offset:
		b.more = pb.QueryResultBatch_MORE_RESULTS_AFTER_LIMIT
	case beyond && b.more == pb.QueryResultBatch_NO_MORE_RESULTS:
		b.more = pb.QueryResultBatch_MORE_RESULTS_AFTER_CURSOR
	}
	return b
}

// same tells whether another run gave the same answer.
func (b *batch) same(other *batch, kind pb.EntityResult_ResultType) bool {
	if len(b.rows) != len(other.rows) || b.skipped != other.skipped || b.more != other.more {
		return false
	}
	for i, r := range b.rows {
		o := other.rows[i]
		if r.pos != o.pos || kind == pb.EntityResult_FULL && r.st != o.st {
			return false
		}
	}
	return true
}

// result is the batch as it is sent.
func (b *batch) result(p *plan, v *view) *pb.QueryResultBatch {
	out := &pb.QueryResultBatch{
		EntityResultType: p.kindOf,
		MoreResults:      b.more,
		SkippedResults:   int32(b.skipped),
		EndCursor:        p.cursorBytes(b.lastPos),
		SnapshotVersion:  v.snapshotVersion(),
		ReadTime:         v.timeOfRead(),
	}
	if b.skipped > 0 {
		out.SkippedCursor = p.cursorBytes(b.skipPos)
	}
	out.EntityResults = make([]*pb.EntityResult, len(b.rows))
	for i, r := range b.rows {
		res := p.entityResult(r)
		res.Cursor = p.cursorBytes(r.pos)
		out.EntityResults[i] = res
	}
	return out
}

func (p *plan) entityResult(r resultRow) *pb.EntityResult {
	switch p.kindOf {
	case pb.EntityResult_KEY_ONLY:
		return &pb.EntityResult{Entity: &pb.Entity{Key: r.st.ent.Key}}
	case pb.EntityResult_PROJECTION:
		props := make(map[string]*pb.Value, len(r.values))
		for i, name := range p.projection {
			v, _ := decodeValue(r.values[i]) // it comes from the index
			v.Meaning = meaningIndexOnly
			props[name] = v
		}
		return &pb.EntityResult{Entity: &pb.Entity{Key: r.st.ent.Key, Properties: props}}
	}
	return fullResult(r.st, p.mask)
}

// Run runs a query on the state, outside any transaction and without a
// journal. It answers in one batch whatever the size.
func (s *State) Run(req *pb.RunQueryRequest) (*pb.QueryResultBatch, error) {
	id, err := requestDB(req.GetProjectId(), req.GetDatabaseId())
	if err != nil {
		return nil, fmt.Errorf("run query: %w", err)
	}
	req = proto.CloneOf(req)
	c := &call{db: id}
	query, _, err := c.structured(req)
	if err != nil {
		return nil, fmt.Errorf("run query: %w", err)
	}
	p, err := newPlan(id, req.PartitionId, query, req.PropertyMask)
	if err != nil {
		return nil, fmt.Errorf("run query: %w", err)
	}
	v := &view{content: s.db(id)}
	v.readTime = v.version
	return p.run(v.content, -1, 0).result(p, v), nil
}
