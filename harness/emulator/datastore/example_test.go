package datastore_test

import (
	"context"
	"fmt"
	"os"

	cds "cloud.google.com/go/datastore"
	pb "cloud.google.com/go/datastore/apiv1/datastorepb"

	"github.com/sidebyside/replay/harness/emulator/datastore"
)

func task(name, title string) *pb.Entity {
	return &pb.Entity{
		Key: &pb.Key{
			PartitionId: &pb.PartitionId{ProjectId: "demo"},
			Path:        []*pb.Key_PathElement{{Kind: "Task", IdType: &pb.Key_PathElement_Name{Name: name}}},
		},
		Properties: map[string]*pb.Value{"Title": {ValueType: &pb.Value_StringValue{StringValue: title}}},
	}
}

// Seed an emulator, run code that uses the official client, and see what it
// changed and what it asked for.
func Example() {
	seed, err := datastore.NewState().Put(task("a", "old"), task("b", "kept"))
	if err != nil {
		panic(err)
	}
	e, err := datastore.Start(datastore.Options{Initial: seed})
	if err != nil {
		panic(err)
	}
	defer func() { _ = e.Close() }()

	if err := os.Setenv("DATASTORE_EMULATOR_HOST", e.Addr()); err != nil { // t.Setenv in a test
		panic(err)
	}
	ctx := context.Background()
	client, err := cds.NewClient(ctx, "demo")
	if err != nil {
		panic(err)
	}
	defer func() { _ = client.Close() }()
	if _, err := client.Put(ctx, cds.NameKey("Task", "a", nil), &struct{ Title string }{"new"}); err != nil {
		panic(err)
	}

	for _, c := range datastore.Diff(e.Before(), e.State()) {
		fmt.Println(c.Before.Properties["Title"].GetStringValue(), "->", c.After.Properties["Title"].GetStringValue())
	}
	for _, ev := range e.Journal() {
		fmt.Println(ev.Method, len(ev.Mutations))
	}
	// Output:
	// old -> new
	// Commit 1
}

// A state is a value: it is built once, and every test takes it as its content
// in constant time.
func ExampleEmulator_Reset() {
	seed, err := datastore.NewState().Put(task("a", "old"))
	if err != nil {
		panic(err)
	}
	e, err := datastore.Start(datastore.Options{})
	if err != nil {
		panic(err)
	}
	defer func() { _ = e.Close() }()
	for range 2 {
		e.Reset(seed)
		fmt.Println(e.State().Len(), len(datastore.Diff(e.Before(), e.State())))
	}
	// Output:
	// 1 0
	// 1 0
}

// Queries run on a state without a server, too.
func ExampleState_Run() {
	s, err := datastore.NewState().Put(task("a", "x"), task("b", "y"))
	if err != nil {
		panic(err)
	}
	gql := &pb.GqlQuery{QueryString: "SELECT * FROM Task WHERE Title > 'x'", AllowLiterals: true}
	batch, err := s.Run(&pb.RunQueryRequest{ProjectId: "demo", QueryType: &pb.RunQueryRequest_GqlQuery{GqlQuery: gql}})
	if err != nil {
		panic(err)
	}
	for _, r := range batch.EntityResults {
		fmt.Println(r.Entity.Key.Path[0].GetName())
	}
	// Output: b
}

// An index.yaml makes the emulator as strict as the service.
func ExampleParseIndexes() {
	indexes, err := datastore.ParseIndexes("index.yaml", []byte("indexes:\n- kind: Task\n  properties:\n  - name: Title\n  - name: Due\n    direction: desc\n"))
	if err != nil {
		panic(err)
	}
	fmt.Print(datastore.FormatIndexes(indexes))
	// Output:
	// indexes:
	//
	// - kind: Task
	//   properties:
	//   - name: Title
	//   - name: Due
	//     direction: desc
}
