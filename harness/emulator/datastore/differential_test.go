package datastore_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/genproto/googleapis/type/latlng"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/harness/emulator/datastore"
)

// The differential test draws programs over a small world, so that keys and
// values meet, and runs each on this emulator and the official ones. Every
// program has a project of its own.

var (
	diffKinds = []string{"A", "B"}
	diffProps = []string{"p", "q"}
)

func drawKey(t *rapid.T, project, label string) *pb.Key {
	k := &pb.Key{PartitionId: &pb.PartitionId{ProjectId: project}}
	n := rapid.SampledFrom([]int{1, 1, 1, 2}).Draw(t, label+" depth")
	for range n {
		e := &pb.Key_PathElement{Kind: rapid.SampledFrom(diffKinds).Draw(t, label+" kind")}
		switch i := rapid.IntRange(0, 3).Draw(t, label+" id"); i {
		case 0:
			e.IdType = &pb.Key_PathElement_Name{Name: "x"}
		default:
			e.IdType = &pb.Key_PathElement_Id{Id: int64(i)}
		}
		k.Path = append(k.Path, e)
	}
	return k
}

// scalars has few values per class, some equal across classes.
func diffScalars(project string) []*pb.Value {
	key := &pb.Key{PartitionId: &pb.PartitionId{ProjectId: project}, Path: []*pb.Key_PathElement{{Kind: "A", IdType: &pb.Key_PathElement_Id{Id: 1}}}}
	return []*pb.Value{
		{ValueType: &pb.Value_IntegerValue{IntegerValue: 1}},
		{ValueType: &pb.Value_IntegerValue{IntegerValue: 5}},
		{ValueType: &pb.Value_IntegerValue{IntegerValue: -3}},
		{ValueType: &pb.Value_DoubleValue{DoubleValue: 5}},
		{ValueType: &pb.Value_DoubleValue{DoubleValue: -0.5}},
		{ValueType: &pb.Value_DoubleValue{DoubleValue: math.NaN()}},
		{ValueType: &pb.Value_DoubleValue{DoubleValue: math.Copysign(0, -1)}},
		{ValueType: &pb.Value_DoubleValue{DoubleValue: 0}},
		{ValueType: &pb.Value_StringValue{StringValue: "a"}},
		{ValueType: &pb.Value_StringValue{StringValue: "a\x00b"}},
		{ValueType: &pb.Value_StringValue{StringValue: "é"}},
		{ValueType: &pb.Value_StringValue{StringValue: ""}},
		{ValueType: &pb.Value_BlobValue{BlobValue: []byte("a")}},
		{ValueType: &pb.Value_BlobValue{BlobValue: []byte{0xff, 0}}},
		{ValueType: &pb.Value_BooleanValue{BooleanValue: true}},
		{ValueType: &pb.Value_BooleanValue{BooleanValue: false}},
		{ValueType: &pb.Value_NullValue{}},
		{ValueType: &pb.Value_TimestampValue{TimestampValue: &timestamppb.Timestamp{Seconds: 1, Nanos: 5000}}},
		{ValueType: &pb.Value_TimestampValue{TimestampValue: &timestamppb.Timestamp{Nanos: 5000}}},
		{ValueType: &pb.Value_GeoPointValue{GeoPointValue: &latlng.LatLng{Latitude: 1, Longitude: -2}}},
		{ValueType: &pb.Value_KeyValue{KeyValue: key}},
	}
}

func drawValue(t *rapid.T, project string) *pb.Value {
	scalar := func(label string) *pb.Value { return rapid.SampledFrom(diffScalars(project)).Draw(t, label) }
	switch rapid.IntRange(0, 9).Draw(t, "form") {
	case 0:
		v := scalar("unindexed")
		v.ExcludeFromIndexes = true
		return v
	case 1, 2:
		var values []*pb.Value
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			values = append(values, scalar("element"))
		}
		return &pb.Value{ValueType: &pb.Value_ArrayValue{ArrayValue: &pb.ArrayValue{Values: values}}}
	case 3:
		e := &pb.Entity{Properties: map[string]*pb.Value{"z": scalar("inner")}}
		return &pb.Value{ValueType: &pb.Value_EntityValue{EntityValue: e}}
	}
	return scalar("value")
}

func drawEntity(t *rapid.T, project string) *pb.Entity {
	e := &pb.Entity{Key: drawKey(t, project, "key"), Properties: map[string]*pb.Value{}}
	for _, name := range diffProps {
		if rapid.IntRange(0, 4).Draw(t, name) > 0 {
			e.Properties[name] = drawValue(t, project)
		}
	}
	return e
}

func drawMutations(t *rapid.T, project string) []*pb.Mutation {
	var ms []*pb.Mutation
	for range rapid.IntRange(1, 6).Draw(t, "mutations") {
		switch rapid.SampledFrom([]string{"upsert", "upsert", "upsert", "insert", "update", "delete"}).Draw(t, "op") {
		case "insert":
			ms = append(ms, &pb.Mutation{Operation: &pb.Mutation_Insert{Insert: drawEntity(t, project)}})
		case "update":
			ms = append(ms, &pb.Mutation{Operation: &pb.Mutation_Update{Update: drawEntity(t, project)}})
		case "delete":
			ms = append(ms, &pb.Mutation{Operation: &pb.Mutation_Delete{Delete: drawKey(t, project, "key")}})
		default:
			ms = append(ms, &pb.Mutation{Operation: &pb.Mutation_Upsert{Upsert: drawEntity(t, project)}})
		}
	}
	return ms
}

func ref(name string) *pb.PropertyReference { return &pb.PropertyReference{Name: name} }

func propertyFilter(name string, op pb.PropertyFilter_Operator, v *pb.Value) *pb.Filter {
	return &pb.Filter{FilterType: &pb.Filter_PropertyFilter{PropertyFilter: &pb.PropertyFilter{Property: ref(name), Op: op, Value: v}}}
}

func compositeFilter(op pb.CompositeFilter_Operator, filters ...*pb.Filter) *pb.Filter {
	return &pb.Filter{FilterType: &pb.Filter_CompositeFilter{CompositeFilter: &pb.CompositeFilter{Op: op, Filters: filters}}}
}

func keyValue(k *pb.Key) *pb.Value { return &pb.Value{ValueType: &pb.Value_KeyValue{KeyValue: k}} }

var diffOps = []pb.PropertyFilter_Operator{
	pb.PropertyFilter_EQUAL, pb.PropertyFilter_EQUAL, pb.PropertyFilter_EQUAL, pb.PropertyFilter_LESS_THAN,
	pb.PropertyFilter_LESS_THAN_OR_EQUAL, pb.PropertyFilter_GREATER_THAN, pb.PropertyFilter_GREATER_THAN_OR_EQUAL,
	pb.PropertyFilter_NOT_EQUAL, pb.PropertyFilter_IN, pb.PropertyFilter_NOT_IN, pb.PropertyFilter_HAS_ANCESTOR,
}

func drawFilter(t *rapid.T, project string, depth int) *pb.Filter {
	if depth < 2 && rapid.IntRange(0, 2).Draw(t, "composite") == 0 {
		op := rapid.SampledFrom([]pb.CompositeFilter_Operator{pb.CompositeFilter_AND, pb.CompositeFilter_AND, pb.CompositeFilter_OR}).Draw(t, "junction")
		var filters []*pb.Filter
		for range rapid.IntRange(1, 3).Draw(t, "parts") {
			filters = append(filters, drawFilter(t, project, depth+1))
		}
		return compositeFilter(op, filters...)
	}
	op := rapid.SampledFrom(diffOps).Draw(t, "op")
	name := rapid.SampledFrom([]string{"p", "p", "p", "q", "q", "p.z", "__key__"}).Draw(t, "property")
	operand := func() *pb.Value {
		if name == "__key__" {
			return keyValue(drawKey(t, project, "operand"))
		}
		return rapid.SampledFrom(diffScalars(project)).Draw(t, "operand")
	}
	switch op {
	case pb.PropertyFilter_HAS_ANCESTOR:
		return propertyFilter("__key__", op, keyValue(drawKey(t, project, "ancestor")))
	case pb.PropertyFilter_IN, pb.PropertyFilter_NOT_IN:
		var values []*pb.Value
		for range rapid.IntRange(0, 3).Draw(t, "operands") {
			values = append(values, operand())
		}
		return propertyFilter(name, op, &pb.Value{ValueType: &pb.Value_ArrayValue{ArrayValue: &pb.ArrayValue{Values: values}}})
	}
	return propertyFilter(name, op, operand())
}

func drawQuery(t *rapid.T, project string) *pb.Query {
	q := &pb.Query{}
	if rapid.IntRange(0, 9).Draw(t, "kindless") > 0 {
		q.Kind = []*pb.KindExpression{{Name: rapid.SampledFrom(diffKinds).Draw(t, "kind")}}
	}
	if rapid.IntRange(0, 3).Draw(t, "filtered") > 0 {
		q.Filter = drawFilter(t, project, 0)
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 1, 2}).Draw(t, "orders") {
		d := rapid.SampledFrom([]pb.PropertyOrder_Direction{pb.PropertyOrder_ASCENDING, pb.PropertyOrder_DESCENDING}).Draw(t, "direction")
		name := rapid.SampledFrom([]string{"p", "q", "p", "q", "p.z", "__key__"}).Draw(t, "order")
		q.Order = append(q.Order, &pb.PropertyOrder{Property: ref(name), Direction: d})
	}
	switch rapid.IntRange(0, 6).Draw(t, "results") {
	case 0:
		q.Projection = []*pb.Projection{{Property: ref("__key__")}}
	case 1:
		for _, name := range rapid.SampledFrom([][]string{{"p"}, {"q"}, {"p", "q"}, {"q", "p"}, {"p.z"}, {"__key__", "p"}}).Draw(t, "projection") {
			q.Projection = append(q.Projection, &pb.Projection{Property: ref(name)})
		}
		if rapid.IntRange(0, 2).Draw(t, "distinct") == 0 {
			q.DistinctOn = []*pb.PropertyReference{q.Projection[0].Property}
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "limited") == 0 {
		q.Limit = wrapperspb.Int32(int32(rapid.IntRange(0, 4).Draw(t, "limit")))
	}
	if rapid.IntRange(0, 4).Draw(t, "shifted") == 0 {
		q.Offset = int32(rapid.IntRange(0, 3).Draw(t, "offset"))
	}
	return q
}

func keyName(k *pb.Key) string {
	var parts []string
	for _, p := range k.GetPath() {
		if p.GetName() != "" {
			parts = append(parts, p.Kind+"/"+p.GetName())
		} else {
			parts = append(parts, fmt.Sprintf("%s/%d", p.Kind, p.GetId()))
		}
	}
	return strings.Join(parts, ",")
}

// outcome is an answer in a form that compares across emulators.
type outcome struct {
	code string
	rows []string
}

func (o outcome) String() string { return o.code + " " + strings.Join(o.rows, " | ") }

func entityText(e *pb.Entity) string {
	var props []string
	for name, v := range e.GetProperties() {
		b, err := protojson.Marshal(v)
		if err != nil {
			b = []byte(err.Error())
		}
		props = append(props, name+"="+strings.ReplaceAll(string(b), " ", ""))
	}
	slices.Sort(props)
	return keyName(e.GetKey()) + "{" + strings.Join(props, ",") + "}"
}

func commitOutcome(c pb.DatastoreClient, req *pb.CommitRequest) outcome {
	_, err := c.Commit(context.Background(), req)
	return outcome{code: status.Code(err).String()}
}

func queryOutcome(c pb.DatastoreClient, project string, q *pb.Query) outcome {
	resp, err := c.RunQuery(context.Background(), &pb.RunQueryRequest{
		ProjectId: project, PartitionId: &pb.PartitionId{ProjectId: project}, QueryType: &pb.RunQueryRequest_Query{Query: q},
	})
	o := outcome{code: status.Code(err).String()}
	for _, r := range resp.GetBatch().GetEntityResults() {
		o.rows = append(o.rows, entityText(r.Entity))
	}
	if resp.GetBatch().GetSkippedResults() > 0 {
		o.rows = append(o.rows, fmt.Sprint("skipped ", resp.Batch.SkippedResults))
	}
	return o
}

func TestDifferential(t *testing.T) {
	t.Parallel()
	ours := start(t, datastore.Options{NoJournal: true})
	targets := officialEmulators(t)
	us := rawClient(t, ours.Addr())
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		project := fmt.Sprintf("diff-%d", n)
		for range rapid.IntRange(1, 3).Draw(t, "commits") {
			req := &pb.CommitRequest{ProjectId: project, Mutations: drawMutations(t, project), Mode: pb.CommitRequest_NON_TRANSACTIONAL}
			if rapid.Bool().Draw(t, "transactional") {
				req.Mode = pb.CommitRequest_TRANSACTIONAL
				req.TransactionSelector = &pb.CommitRequest_SingleUseTransaction{SingleUseTransaction: &pb.TransactionOptions{}}
			}
			want := commitOutcome(us, req)
			for _, other := range targets {
				got := commitOutcome(other.client, req)
				if got.code != want.code && (other.name != "A" || want.code != "InvalidArgument") {
					t.Fatalf("commit %v\n%s: %v\nours: %v", req, other.name, got, want)
				}
			}
		}
		for range 8 {
			c := comparison{query: drawQuery(t, project), content: queryOutcome(us, project, &pb.Query{})}
			c.ours = queryOutcome(us, project, c.query)
			for _, other := range targets {
				c.theirs = queryOutcome(other.client, project, c.query)
				if !c.agrees(other.name) {
					t.Fatalf("query %v\n%s: %v\nours: %v\ncontent: %v", c.query, other.name, c.theirs, c.ours, c.content)
				}
			}
		}
	})
}
