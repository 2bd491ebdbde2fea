package datastore_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/status"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/harness/emulator/datastore"
)

var diffPaths = []string{"p", "q", "p.z", "p.y", "q.z", "r"}

// diffNumbers are where the rules of numeric transforms meet.
func diffNumbers() []*pb.Value {
	var all []*pb.Value
	for _, i := range []int64{0, 1, -3, math.MaxInt64, math.MinInt64} {
		all = append(all, intValue(i))
	}
	for _, f := range []float64{0, math.Copysign(0, -1), 1, -3, 2.5, math.NaN(), math.Inf(1), 1 << 63} {
		all = append(all, &pb.Value{ValueType: &pb.Value_DoubleValue{DoubleValue: f}})
	}
	return all
}

func drawTransform(t *rapid.T, project string) *pb.PropertyTransform {
	tr := &pb.PropertyTransform{Property: rapid.SampledFrom(diffPaths).Draw(t, "path")}
	number := rapid.SampledFrom(diffNumbers()).Draw(t, "number")
	values := &pb.ArrayValue{}
	for range rapid.IntRange(0, 3).Draw(t, "elements") {
		values.Values = append(values.Values, rapid.SampledFrom(append(diffNumbers(), diffScalars(project)...)).Draw(t, "element"))
	}
	switch rapid.SampledFrom([]string{"increment", "maximum", "minimum", "append", "remove"}).Draw(t, "transform") {
	case "increment":
		tr.TransformType = &pb.PropertyTransform_Increment{Increment: number}
	case "maximum":
		tr.TransformType = &pb.PropertyTransform_Maximum{Maximum: number}
	case "minimum":
		tr.TransformType = &pb.PropertyTransform_Minimum{Minimum: number}
	case "append":
		tr.TransformType = &pb.PropertyTransform_AppendMissingElements{AppendMissingElements: values}
	case "remove":
		tr.TransformType = &pb.PropertyTransform_RemoveAllFromArray{RemoveAllFromArray: values}
	}
	return tr
}

// drawWrite draws an entity of numbers and arrays of them, at one key.
func drawWrite(t *rapid.T, project string) *pb.Mutation {
	e := &pb.Entity{Key: namedKey("T", "x"), Properties: map[string]*pb.Value{}}
	for _, name := range []string{"p", "q", "r"} {
		number := rapid.SampledFrom(diffNumbers()).Draw(t, name)
		switch rapid.IntRange(0, 5).Draw(t, "form") {
		case 0:
		case 1:
			inner := map[string]*pb.Value{"z": number, "y": intValue(7)}
			e.Properties[name] = &pb.Value{ValueType: &pb.Value_EntityValue{EntityValue: &pb.Entity{Properties: inner}}}
		case 2:
			list := &pb.ArrayValue{Values: []*pb.Value{number, intValue(1)}}
			e.Properties[name] = &pb.Value{ValueType: &pb.Value_ArrayValue{ArrayValue: list}}
		case 3:
			e.Properties[name] = drawValue(t, project)
		default:
			e.Properties[name] = number
		}
	}
	m := &pb.Mutation{Operation: &pb.Mutation_Upsert{Upsert: e}}
	if rapid.Bool().Draw(t, "update") {
		m.Operation = &pb.Mutation_Update{Update: e}
	}
	if rapid.Bool().Draw(t, "masked") {
		m.PropertyMask = &pb.PropertyMask{}
		for range rapid.IntRange(0, 3).Draw(t, "paths") {
			m.PropertyMask.Paths = append(m.PropertyMask.Paths, rapid.SampledFrom(diffPaths).Draw(t, "path"))
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "transforms") {
		m.PropertyTransforms = append(m.PropertyTransforms, drawTransform(t, project))
	}
	return m
}

// TestDifferentialWrites compares masks and transforms with C; A ignores both.
func TestDifferentialWrites(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the official emulators take long to start")
	}
	us := rawClient(t, start(t, datastore.Options{NoJournal: true}).Addr())
	them := officialEmulator(t, "C").client
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		project := fmt.Sprintf("write-%d", n)
		var history []*pb.Mutation
		for range rapid.IntRange(1, 4).Draw(t, "writes") {
			m := drawWrite(t, project)
			history = append(history, m)
			ours, theirs := writeOutcome(us, project, m), writeOutcome(them, project, m)
			if ours != theirs {
				t.Fatalf("after %v\nours: %s\nC:    %s", history, ours, theirs)
			}
		}
	})
}

// writeOutcome is the status of a write, the results of its transforms, and
// what is stored then.
func writeOutcome(c pb.DatastoreClient, project string, m *pb.Mutation) string {
	ctx := context.Background()
	req := write(m)
	req.ProjectId = project
	resp, err := c.Commit(ctx, req)
	text := status.Code(err).String()
	for _, r := range resp.GetMutationResults() {
		for _, v := range r.TransformResults {
			text += " " + entityText(&pb.Entity{Properties: map[string]*pb.Value{"": v}})
		}
	}
	found, err := c.Lookup(ctx, &pb.LookupRequest{ProjectId: project, Keys: []*pb.Key{namedKey("T", "x")}})
	if err != nil {
		return text + " " + err.Error()
	}
	for _, r := range found.Found {
		text += " | " + entityText(r.Entity)
	}
	return text
}
