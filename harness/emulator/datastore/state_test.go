package datastore_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/harness/emulator/datastore"
)

func put(tb testing.TB, s *datastore.State, entities ...*pb.Entity) *datastore.State {
	tb.Helper()
	s, err := s.Put(entities...)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func changesText(changes []datastore.Change) []string {
	var lines []string
	for _, c := range changes {
		switch {
		case c.Before == nil:
			lines = append(lines, "insert "+keyName(c.After.Key))
		case c.After == nil:
			lines = append(lines, "delete "+keyName(c.Before.Key))
		default:
			lines = append(lines, "update "+keyName(c.After.Key))
		}
	}
	return lines
}

func TestDiffSeesNetChanges(t *testing.T) {
	e := start(t, datastore.Options{Initial: put(t, datastore.NewState(), people(3)...)})
	c := rawClient(t, e.Addr())
	edit := func(what string, ms ...*pb.Mutation) {
		t.Helper()
		wantCode(t, what, commit(c, write(ms...)), codes.OK)
	}
	all := people(4)
	changed := proto.CloneOf(all[0])
	changed.Properties["age"] = intValue(99)
	edit("change and change back", &pb.Mutation{Operation: &pb.Mutation_Update{Update: changed}})
	edit("change and change back", &pb.Mutation{Operation: &pb.Mutation_Update{Update: proto.CloneOf(all[0])}})
	edit("no change", &pb.Mutation{Operation: &pb.Mutation_Upsert{Upsert: proto.CloneOf(all[1])}})
	unindexed := proto.CloneOf(all[1])
	unindexed.Properties["age"].ExcludeFromIndexes = true
	edit("lost index", &pb.Mutation{Operation: &pb.Mutation_Upsert{Upsert: unindexed}})
	edit("delete", &pb.Mutation{Operation: &pb.Mutation_Delete{Delete: proto.CloneOf(all[2].Key)}})
	edit("insert", &pb.Mutation{Operation: &pb.Mutation_Insert{Insert: all[3]}})
	want := []string{"update Person/2", "delete Person/3", "insert Person/4"}
	if d := cmp.Diff(want, changesText(datastore.Diff(e.Before(), e.State()))); d != "" {
		t.Error(d)
	}
	e.Mark()
	if n := len(datastore.Diff(e.Before(), e.State())); n != 0 || len(e.Journal()) != 0 {
		t.Errorf("%d changes, %d events after Mark", n, len(e.Journal()))
	}
}

// TestDiffAgrees compares the short way of Diff, over what was written, with the
// long one, over all entities.
func TestDiffAgrees(t *testing.T) {
	e := start(t, datastore.Options{})
	c := rawClient(t, e.Addr())
	rapid.Check(t, func(rt *rapid.T) {
		e.Reset(nil)
		for range rapid.IntRange(0, 3).Draw(rt, "commits") {
			_ = commit(c, write(drawMutations(rt, "demo")...)) // some are refused
		}
		if rapid.Bool().Draw(rt, "mark") {
			e.Mark()
		}
		before := e.State()
		for range rapid.IntRange(0, 3).Draw(rt, "more commits") {
			_ = commit(c, write(drawMutations(rt, "demo")...))
		}
		after := e.State()
		rebuilt := put(t, datastore.NewState(), slices.Collect(after.Entities(""))...)
		for _, from := range []*datastore.State{before, e.Before()} {
			if d := cmp.Diff(changesText(datastore.Diff(from, rebuilt)), changesText(datastore.Diff(from, after))); d != "" {
				rt.Error(d)
			}
		}
	})
}

func TestResetForgetsTransactionsAndJournal(t *testing.T) {
	e := start(t, datastore.Options{Seed: 7})
	c := rawClient(t, e.Addr())
	ctx := metadata.AppendToOutgoingContext(context.Background(), "traceparent", "00-1-2-01")
	tx, err := c.BeginTransaction(ctx, &pb.BeginTransactionRequest{ProjectId: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	events := e.Journal()
	if len(events) != 1 || events[0].Metadata.Get("traceparent")[0] != "00-1-2-01" {
		t.Errorf("journal: %v", events)
	}
	e.Reset(nil)
	wantCode(t, "a commit of the case before", commit(c, writeIn(tx.Transaction, upsert(demo(namedKey("T", "x")), 1))), codes.InvalidArgument)
	if e.State().Len() != 0 || len(e.Journal()) != 1 {
		t.Errorf("%d entities, %d events", e.State().Len(), len(e.Journal()))
	}
}

func TestIdsAreDeterministic(t *testing.T) {
	var runs [][]int64
	for _, seed := range []uint64{7, 7, 8} {
		e := start(t, datastore.Options{Seed: seed})
		c := rawClient(t, e.Addr())
		var ids []int64
		for range 2 {
			e.Reset(nil)
			for range 100 {
				k := demo(&pb.Key{Path: []*pb.Key_PathElement{{Kind: "T"}}})
				resp, err := c.Commit(context.Background(), &pb.CommitRequest{ProjectId: "demo", Mode: pb.CommitRequest_NON_TRANSACTIONAL, Mutations: []*pb.Mutation{upsert(k, 1)}})
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, resp.MutationResults[0].Key.Path[0].GetId())
			}
		}
		if !slices.Equal(ids[:100], ids[100:]) {
			t.Error("the ids after a reset differ from those before")
		}
		unique := slices.Compact(slices.Sorted(slices.Values(ids[:100])))
		if len(unique) != 100 || unique[0] < 1e15 || unique[99] > 1<<53 {
			t.Errorf("%d different ids from %d to %d", len(unique), unique[0], unique[99])
		}
		runs = append(runs, ids)
	}
	if !slices.Equal(runs[0], runs[1]) || slices.Equal(runs[0], runs[2]) {
		t.Error("ids must depend on the seed, and on nothing else")
	}
}

func TestReservedIdsAreNotGivenOut(t *testing.T) {
	e := start(t, datastore.Options{IDs: datastore.Sequential})
	c := rawClient(t, e.Addr())
	ctx := context.Background()
	key := func(id int64) *pb.Key {
		return demo(&pb.Key{Path: []*pb.Key_PathElement{{Kind: "T", IdType: &pb.Key_PathElement_Id{Id: id}}}})
	}
	if _, err := c.ReserveIds(ctx, &pb.ReserveIdsRequest{ProjectId: "demo", Keys: []*pb.Key{key(1), key(3)}}); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "an entity with an id", commit(c, write(upsert(key(4), 1))), codes.OK)
	incomplete := &pb.Key{Path: []*pb.Key_PathElement{{Kind: "T"}}}
	resp, err := c.AllocateIds(ctx, &pb.AllocateIdsRequest{ProjectId: "demo", Keys: []*pb.Key{incomplete, proto.CloneOf(incomplete)}})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := resp.Keys[0].Path[0].GetId(), resp.Keys[1].Path[0].GetId(); a != 2 || b != 5 {
		t.Errorf("got %d and %d, want 2 and 5", a, b)
	}
}

func TestReadTimeSeesThePast(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	advance := func(d time.Duration) { mu.Lock(); now = now.Add(d); mu.Unlock() }
	e := start(t, datastore.Options{Clock: clock})
	c := rawClient(t, e.Addr())
	for i := range int64(3) {
		wantCode(t, "commit", commit(c, write(upsert(demo(namedKey("T", "x")), i))), codes.OK)
		advance(time.Minute)
	}
	read := func(at time.Time) (int64, error) {
		opts := &pb.ReadOptions{ConsistencyType: &pb.ReadOptions_ReadTime{ReadTime: timestamppb.New(at)}}
		r, err := c.Lookup(context.Background(), &pb.LookupRequest{ProjectId: "demo", Keys: []*pb.Key{namedKey("T", "x")}, ReadOptions: opts})
		if err != nil || len(r.Found) == 0 {
			return -1, err
		}
		return r.Found[0].Entity.Properties["n"].GetIntegerValue(), nil
	}
	begin := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		reason string
		at     time.Time
		want   int64
		code   codes.Code
	}{
		{"before the first commit", begin.Add(-time.Second), -1, codes.OK},
		{"at the first commit", begin, 0, codes.OK},
		{"between commits", begin.Add(90 * time.Second), 1, codes.OK},
		{"now", begin.Add(3 * time.Minute), 2, codes.OK},
		{"the future", begin.Add(time.Hour), -1, codes.InvalidArgument},
		{"more than an hour ago", begin.Add(-time.Hour), -1, codes.FailedPrecondition},
		{"finer than a microsecond", begin.Add(1), -1, codes.InvalidArgument},
	} {
		got, err := read(row.at)
		wantCode(t, row.reason, err, row.code)
		if got != row.want {
			t.Errorf("%s: got %d, want %d", row.reason, got, row.want)
		}
	}
}

func TestDatabasesAndNamespacesAreApart(t *testing.T) {
	e := start(t, datastore.Options{})
	c := rawClient(t, e.Addr())
	ctx := context.Background()
	worlds := []*pb.PartitionId{
		{ProjectId: "demo"},
		{ProjectId: "demo", NamespaceId: "ns"},
		{ProjectId: "demo", DatabaseId: "other"},
		{ProjectId: "second"},
	}
	for i, id := range worlds {
		k := namedKey("T", "x")
		k.PartitionId = id
		req := write(upsert(k, int64(i)))
		req.ProjectId, req.DatabaseId = id.ProjectId, id.DatabaseId
		if _, err := c.Commit(ctx, req); err != nil {
			t.Fatal(err)
		}
	}
	for i, id := range worlds {
		q := &pb.Query{Kind: []*pb.KindExpression{{Name: "T"}}}
		r, err := c.RunQuery(ctx, &pb.RunQueryRequest{ProjectId: id.ProjectId, DatabaseId: id.DatabaseId, PartitionId: id, QueryType: &pb.RunQueryRequest_Query{Query: q}})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(r.Batch.EntityResults); n != 1 || r.Batch.EntityResults[0].Entity.Properties["n"].GetIntegerValue() != int64(i) {
			t.Errorf("%v: %v", id, r.Batch.EntityResults)
		}
	}
	if n := len(slices.Collect(e.State().Entities("demo"))); n != 3 {
		t.Errorf("%d entities of the project, want 3", n)
	}
}

// TestStatesAreShared lets emulators and readers use one state at once; the race
// detector is the judge.
func TestStatesAreShared(t *testing.T) {
	shared := put(t, datastore.NewState(), people(200)...)
	want := fmt.Sprint(shared.Len())
	var wg sync.WaitGroup
	for range 4 {
		e := start(t, datastore.Options{Initial: shared})
		c := rawClient(t, e.Addr())
		wg.Go(func() {
			for i := range 30 {
				_ = commit(c, write(upsert(demo(namedKey("T", fmt.Sprint(i))), 1)))
				shared.Get(people(1)[0].Key)
				datastore.Diff(shared, e.State())
				if i%10 == 9 {
					e.Reset(shared)
				}
			}
		})
	}
	wg.Wait()
	if got := fmt.Sprint(shared.Len()); got != want {
		t.Errorf("the shared state has %s entities now", got)
	}
}

func TestPutRefusesWhatACommitRefuses(t *testing.T) {
	for _, row := range []struct {
		reason string
		entity *pb.Entity
	}{
		{"no key", &pb.Entity{}},
		{"no project", &pb.Entity{Key: namedKey("T", "x")}},
		{"incomplete", &pb.Entity{Key: demo(&pb.Key{Path: []*pb.Key_PathElement{{Kind: "T"}}})}},
		{"reserved kind", &pb.Entity{Key: demo(namedKey("__T__", "x"))}},
		{"no value", &pb.Entity{Key: demo(namedKey("T", "x")), Properties: map[string]*pb.Value{"v": {}}}},
	} {
		if _, err := datastore.NewState().Put(row.entity); err == nil {
			t.Errorf("%s: accepted", row.reason)
		}
	}
}

func TestPutCopies(t *testing.T) {
	mine := people(1)[0]
	s := put(t, datastore.NewState(), mine)
	want := proto.CloneOf(mine)
	mine.Properties["age"] = intValue(12345)
	if d := cmp.Diff(want, s.Get(mine.Key), protocmp.Transform()); d != "" {
		t.Error(d)
	}
}

// TestBranches commits different entities to one state that others follow, too: each
// way knows its own changes.
func TestBranches(t *testing.T) {
	put := func(s *datastore.State, name string) *datastore.State {
		t.Helper()
		after, _, err := s.Commit(&pb.CommitRequest{
			ProjectId: "p", Mode: pb.CommitRequest_NON_TRANSACTIONAL,
			Mutations: []*pb.Mutation{{Operation: &pb.Mutation_Upsert{Upsert: &pb.Entity{Key: &pb.Key{
				PartitionId: &pb.PartitionId{ProjectId: "p"}, Path: []*pb.Key_PathElement{{Kind: "K", IdType: &pb.Key_PathElement_Name{Name: name}}},
			}}}}},
		}, time.Unix(1e9, 0))
		if err != nil {
			t.Fatal(err)
		}
		return after
	}
	changed := func(before, after *datastore.State) (names []string) {
		for _, c := range datastore.Diff(before, after) {
			names = append(names, c.After.GetKey().GetPath()[0].GetName())
		}
		return names
	}
	rapid.Check(t, func(t *rapid.T) {
		states, names := []*datastore.State{datastore.NewState()}, [][]string{nil} // with what each holds
		for i := range rapid.IntRange(1, 20).Draw(t, "commits") {
			from := rapid.IntRange(0, len(states)-1).Draw(t, "from")
			base := states[from]
			if rapid.Bool().Draw(t, "fork") {
				base = base.Fork()
			}
			name := fmt.Sprintf("%03d", i)
			states, names = append(states, put(base, name)), append(names, append(slices.Clone(names[from]), name))
		}
		for i := range states {
			for j := range states {
				if len(names[i]) > len(names[j]) || !slices.Equal(names[i], names[j][:len(names[i])]) {
					continue
				}
				if got, want := changed(states[i], states[j]), names[j][len(names[i]):]; !slices.Equal(got, want) && len(got)+len(want) > 0 {
					t.Fatalf("from %v to %v changed %v, want %v", names[i], names[j], got, want)
				}
			}
		}
	})
}
