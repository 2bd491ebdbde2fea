package datastore

import (
	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func (c *call) runQuery(req *pb.RunQueryRequest) (*pb.RunQueryResponse, error) {
	return nil, status.Error(codes.Unimplemented, "queries are not served")
}

func (c *call) runAggregationQuery(req *pb.RunAggregationQueryRequest) (*pb.RunAggregationQueryResponse, error) {
	return nil, status.Error(codes.Unimplemented, "aggregations are not served")
}

// Run runs a query on the state.
func (s *State) Run(req *pb.RunQueryRequest) (*pb.QueryResultBatch, error) {
	return nil, status.Error(codes.Unimplemented, "queries are not served")
}
