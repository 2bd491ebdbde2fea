package datastore

import (
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/metadata"
)

// Event is one request that the emulator answered. Its messages are shared
// with the emulator: do not modify them.
type Event struct {
	// Method is the name of the RPC: "Lookup", "RunQuery", "Commit", ...
	Method string
	// Time is when the request arrived, by the emulator's clock.
	Time time.Time
	// Metadata is what came with the request: gRPC metadata or HTTP headers.
	Metadata metadata.MD
	// Transaction is the token of the transaction that the request belongs to,
	// began, committed or rolled back; nil without one.
	Transaction []byte
	// Found and Missing are the keys that a Lookup found and missed. For a
	// query or an aggregation, Found lists the keys of the results that it
	// returned or aggregated.
	Found, Missing []*pb.Key
	// Query is the query of a RunQuery or under an aggregation, translated
	// where it was given as GQL.
	Query *pb.RunQueryRequest
	// Mutations are those of a Commit, as they were sent.
	Mutations []*pb.Mutation
	// Results are those of a Commit, one per mutation; nil when it failed.
	Results []*pb.MutationResult
	// Allocated are the keys that a Commit or AllocateIds completed.
	Allocated []*pb.Key
	// Reserved are the keys of a ReserveIds.
	Reserved []*pb.Key
	// View is the content that the request read, or that a write was applied to; nil
	// where it came to neither. Within a transaction it is that of its begin, but for
	// the commit.
	View *State
	// After is the content that the request made; nil where it made none.
	After *State
	// Err is the status that the request was answered with, nil for OK.
	Err error
}
