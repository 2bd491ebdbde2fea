package datastore

import (
	"context"
	"fmt"
	"strings"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"

	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
)

// content reads all that the emulator holds, in the namespaces that somebody
// wrote to.
func (r *Remote) content(ctx context.Context) (*emulator.State, error) {
	r.mu.Lock()
	var namespaces []string
	for name := range r.namespaces {
		namespaces = append(namespaces, name)
	}
	r.mu.Unlock()
	var all []*pb.Entity
	for _, name := range namespaces {
		// A query without a kind is for every kind.
		err := r.each(ctx, name, &pb.Query{}, func(e *pb.Entity) {
			path := e.GetKey().GetPath()
			if len(path) > 0 && !strings.HasPrefix(path[len(path)-1].GetKind(), "__") {
				all = append(all, e)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("read the content: %w", err)
		}
	}
	return emulator.NewState().PutOwned(all...)
}

// each runs a query to its end.
func (r *Remote) each(ctx context.Context, namespace string, q *pb.Query, yield func(*pb.Entity)) error {
	id := &pb.PartitionId{ProjectId: r.partition.Project, DatabaseId: r.partition.Database, NamespaceId: namespace}
	for {
		resp, err := r.client.RunQuery(ctx, &pb.RunQueryRequest{
			ProjectId: r.partition.Project, DatabaseId: r.partition.Database, PartitionId: id, QueryType: &pb.RunQueryRequest_Query{Query: q},
		})
		if err != nil {
			return err
		}
		batch := resp.GetBatch()
		for _, found := range batch.GetEntityResults() {
			yield(found.GetEntity())
		}
		if batch.GetMoreResults() != pb.QueryResultBatch_NOT_FINISHED {
			return nil
		}
		q.StartCursor = batch.GetEndCursor()
		q.Offset = max(0, q.GetOffset()-batch.GetSkippedResults())
		if q.GetLimit() != nil {
			q.Limit.Value -= int32(len(batch.GetEntityResults())) //nolint:gosec // no more than the limit
		}
	}
}
