package datastoreproxy_test

import (
	"context"
	"fmt"
	"testing"

	ds "cloud.google.com/go/datastore"
	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store/datastore"
	"github.com/sidebyside/replay/recorder/datastoreproxy"
)

const project = "demo"

func openStore(tb testing.TB, seed corpus.State) *datastore.Store {
	tb.Helper()
	s, err := datastore.Open(datastore.Options{Project: project})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	if err := s.Seed(tb.Context(), seed); err != nil {
		tb.Fatal(err)
	}
	return s
}

func startProxy(tb testing.TB, target string, change ...func(*datastoreproxy.Options)) *datastoreproxy.Proxy {
	tb.Helper()
	o := datastoreproxy.Options{Project: project, Target: target}
	for _, f := range change {
		f(&o)
	}
	p, err := datastoreproxy.Start(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = p.Close() })
	return p
}

func connect(tb testing.TB, addr string) *grpc.ClientConn {
	tb.Helper()
	conn, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	return conn
}

func rawClient(tb testing.TB, addr string) pb.DatastoreClient {
	tb.Helper()
	return pb.NewDatastoreClient(connect(tb, addr))
}

func newClient(tb testing.TB, addr string) *ds.Client {
	tb.Helper()
	return clientOf(tb, addr, project)
}

func clientOf(tb testing.TB, addr, project string) *ds.Client {
	tb.Helper()
	c, err := ds.NewClient(context.Background(), project, option.WithEndpoint(addr), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

// commitAll writes entities into a store that is not ours to seed.
func commitAll(ctx context.Context, c pb.DatastoreClient, p datastore.Partition, state corpus.State) error {
	req := &pb.CommitRequest{ProjectId: p.Project, Mode: pb.CommitRequest_NON_TRANSACTIONAL}
	for _, e := range state.Entities {
		entity, err := p.Entity(e)
		if err != nil {
			return err
		}
		req.Mutations = append(req.Mutations, &pb.Mutation{Operation: &pb.Mutation_Upsert{Upsert: entity}})
	}
	_, err := c.Commit(ctx, req)
	return err
}

// school has tasks of two classes, with owners of whom one is missing.
func school() corpus.State {
	var s corpus.State
	for class := int64(1); class <= 2; class++ {
		for id := int64(1); id <= 6; id++ {
			e := corpus.Entity{Key: taskKey(class, id), Properties: map[string]corpus.Value{
				"Title": fmt.Sprintf("task %d", id), "Done": id%2 == 0, "Note": "long",
				"Tags":  []corpus.Value{"a", fmt.Sprintf("t%d", id%3)},
				"Owner": corpus.Key{Path: []corpus.PathElement{{Kind: "User", Name: []string{"ann", "bob"}[id%2]}}},
			}, Unindexed: []string{"Note"}}
			if id != 5 {
				e.Properties["Points"] = 10 * (id % 4)
			}
			s.Entities = append(s.Entities, e)
		}
	}
	ann := corpus.Key{Path: []corpus.PathElement{{Kind: "User", Name: "ann"}}}
	s.Entities = append(s.Entities, corpus.Entity{Key: ann, Properties: map[string]corpus.Value{"Name": "Ann"}})
	return s
}

func taskKey(class, id int64) corpus.Key {
	return corpus.Key{Path: []corpus.PathElement{{Kind: "Class", ID: class}, {Kind: "Task", ID: id}}}
}

func clientKey(class, id int64) *ds.Key { return ds.IDKey("Task", id, ds.IDKey("Class", class, nil)) }
