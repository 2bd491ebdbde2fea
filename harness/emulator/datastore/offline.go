package datastore

import (
	"fmt"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/protobuf/proto"
)

// Commit applies the mutations of a commit that arrives at a time to the state,
// as an emulator does, and returns the state after it. The transaction that the
// request may name is not looked at: its mutations are applied together. After an
// error, the state holds those mutations that came before the failing one outside
// transactions, else none.
func (s *State) Commit(req *pb.CommitRequest, at time.Time) (*State, *pb.CommitResponse, error) {
	id, err := requestDB(req.GetProjectId(), req.GetDatabaseId())
	if err != nil {
		return s, nil, fmt.Errorf("commit: %w", err)
	}
	ms, err := id.checkMutations(proto.CloneOf(req))
	if err != nil {
		return s, nil, fmt.Errorf("commit: %w", err)
	}
	c := &call{e: &Emulator{ids: allocator{policy: Rising}}, db: id, now: at.UnixMicro()}
	c.e.state.Store(s)
	apply := c.applyAll
	if req.GetMode() == pb.CommitRequest_NON_TRANSACTIONAL {
		apply = c.applyEach
	}
	resp, err := apply(ms)
	if err != nil {
		return c.e.State(), nil, fmt.Errorf("commit: %w", err)
	}
	return c.e.State(), resp, nil
}

// Structured is a request with the query that its GQL stands for, as the journal
// has it; the request itself where it has a query.
func Structured(req *pb.RunQueryRequest) (*pb.RunQueryRequest, error) {
	id, err := requestDB(req.GetProjectId(), req.GetDatabaseId())
	if err != nil {
		return nil, fmt.Errorf("read query: %w", err)
	}
	query, _, err := (&call{db: id}).structured(proto.CloneOf(req))
	if err != nil {
		return nil, fmt.Errorf("read query: %w", err)
	}
	return asStructured(req, query), nil
}

// UnderAggregation is the query that an aggregation runs over, as the journal has
// it.
func UnderAggregation(req *pb.RunAggregationQueryRequest) (*pb.RunQueryRequest, error) {
	id, err := requestDB(req.GetProjectId(), req.GetDatabaseId())
	if err != nil {
		return nil, fmt.Errorf("read aggregation: %w", err)
	}
	query, _, err := (&call{db: id}).aggregationQuery(proto.CloneOf(req))
	if err != nil {
		return nil, fmt.Errorf("read aggregation: %w", err)
	}
	return nestedRequest(req, query), nil
}
