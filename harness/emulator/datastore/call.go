package datastore

import (
	"context"
	"fmt"
	"runtime/debug"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// call is one request on its way through the emulator.
type call struct {
	e     *Emulator
	db    dbID
	now   int64  // when it arrived, in microseconds
	epoch uint64 // of the content when it arrived
	event Event
}

// request is what all requests of the service have in common.
type request interface {
	proto.Message
	GetProjectId() string
	GetDatabaseId() string
}

// answer runs one request, whatever transport it came by, and journals it.
func (e *Emulator) answer(ctx context.Context, method string, md metadata.MD, req request) (resp proto.Message, err error) {
	e.flight.enter()
	defer e.flight.leave()
	at := e.clock()
	c := &call{e: e, now: at.UnixMicro(), epoch: e.epoch.Load()}
	c.event = Event{Method: method, Time: at, Metadata: md}
	seen := e.watched(method, md, req)
	defer func() {
		if p := recover(); p != nil {
			resp, err = nil, status.Errorf(codes.Internal, "emulator bug: %v\n%s", p, debug.Stack())
		}
		c.event.Err = err
		e.journal.add(c.epoch, &c.event)
		if seen != nil {
			seen(&c.event)
		}
	}()
	if err := ctx.Err(); err != nil {
		return nil, status.FromContextError(err).Err()
	}
	if c.db, err = requestDB(req.GetProjectId(), req.GetDatabaseId()); err != nil {
		return nil, err
	}
	return c.run(req)
}

func (c *call) run(req request) (proto.Message, error) {
	switch r := req.(type) {
	case *pb.LookupRequest:
		return c.lookup(r)
	case *pb.RunQueryRequest:
		return c.runQuery(r)
	case *pb.RunAggregationQueryRequest:
		return c.runAggregationQuery(r)
	case *pb.BeginTransactionRequest:
		return c.beginTransaction(r)
	case *pb.CommitRequest:
		resp, err := c.commit(r)
		c.event.Results = resp.GetMutationResults()
		return resp, err
	case *pb.RollbackRequest:
		return c.rollback(r)
	case *pb.AllocateIdsRequest:
		return c.allocateIds(r)
	case *pb.ReserveIdsRequest:
		return c.reserveIds(r)
	}
	return nil, status.Error(codes.Unimplemented, fmt.Sprintf("unknown request %T", req))
}

var errReset = status.Error(codes.Aborted, "the emulator was reset while the request was running")

// current refuses to write for a request that arrived before the content was
// replaced: a late write of an earlier case must not land in the next one. The
// caller holds the lock.
func (c *call) current() error {
	if c.epoch != c.e.epoch.Load() {
		return errReset
	}
	return nil
}
