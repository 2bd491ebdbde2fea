package datastore

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/genproto/googleapis/type/latlng"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
)

var demo = Partition{Project: "demo"}

func TestEntityOfTheProtocolSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := protoEntity().Draw(t, "entity")
		e, err := demo.FromEntity(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := demo.Entity(e)
		if err != nil {
			t.Fatalf("%v\n%v", err, e.Unindexed)
		}
		if diff := cmp.Diff(want, got, protocmp.Transform(), sameFloats); diff != "" {
			t.Fatalf("unindexed %q\n%s", e.Unindexed, diff)
		}
	})
}

// The second reading proves that a corpus.Entity survives too, in its canonical
// form: the one that FromEntity writes.
func TestEntityOfTheCorpusSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, err := demo.FromEntity(protoEntity().Draw(t, "entity"))
		if err != nil {
			t.Fatal(err)
		}
		message, err := demo.Entity(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := demo.FromEntity(message)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, sameFloats); diff != "" {
			t.Fatal(diff)
		}
	})
}

var sameFloats = cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })

func protoEntity() *rapid.Generator[*pb.Entity] {
	return rapid.Custom(func(t *rapid.T) *pb.Entity {
		e := protoProperties(3).Draw(t, "properties")
		e.Key = protoKey(false).Draw(t, "key")
		return e
	})
}

func protoProperties(depth int) *rapid.Generator[*pb.Entity] {
	names := rapid.SampledFrom([]string{"a", "b", "c", "a.b", `x[0]`, `back\slash`, "é", "]"})
	return rapid.Custom(func(t *rapid.T) *pb.Entity {
		return &pb.Entity{Properties: rapid.MapOfN(names, protoValue(depth, true), 1, 4).Draw(t, "properties")}
	})
}

func protoKey(maybeIncomplete bool) *rapid.Generator[*pb.Key] {
	return rapid.Custom(func(t *rapid.T) *pb.Key {
		k := &pb.Key{PartitionId: &pb.PartitionId{
			ProjectId:   "demo",
			NamespaceId: rapid.SampledFrom([]string{"", "north"}).Draw(t, "namespace"),
		}}
		for range rapid.IntRange(1, 3).Draw(t, "depth") {
			e := &pb.Key_PathElement{Kind: rapid.SampledFrom([]string{"User", "a/b", "7"}).Draw(t, "kind")}
			if rapid.Bool().Draw(t, "named") {
				e.IdType = &pb.Key_PathElement_Name{Name: rapid.StringN(1, 5, -1).Draw(t, "name")}
			} else {
				e.IdType = &pb.Key_PathElement_Id{Id: rapid.Int64Range(1, math.MaxInt64).Draw(t, "id")}
			}
			k.Path = append(k.Path, e)
		}
		if maybeIncomplete && rapid.Bool().Draw(t, "incomplete") {
			k.Path[len(k.Path)-1].IdType = nil
		}
		return k
	})
}

func protoValue(depth int, lists bool) *rapid.Generator[*pb.Value] {
	return rapid.Custom(func(t *rapid.T) *pb.Value {
		v := &pb.Value{
			Meaning:            rapid.SampledFrom([]int32{0, 0, 0, 15, 22}).Draw(t, "meaning"),
			ExcludeFromIndexes: rapid.Bool().Draw(t, "excluded"),
		}
		kind := rapid.IntRange(0, 10).Draw(t, "type")
		switch {
		case kind == 9 && lists:
			v.ExcludeFromIndexes = false
			elements := rapid.SliceOfN(protoValue(depth-1, false), 0, 3).Draw(t, "elements")
			v.ValueType = &pb.Value_ArrayValue{ArrayValue: &pb.ArrayValue{Values: elements}}
		case kind == 10 && depth > 0:
			e := protoProperties(depth-1).Draw(t, "embedded")
			if rapid.Bool().Draw(t, "keyed") {
				e.Key = protoKey(true).Draw(t, "key")
			}
			v.ValueType = &pb.Value_EntityValue{EntityValue: e}
		default:
			setScalar(t, v, kind%9)
		}
		return v
	})
}

func setScalar(t *rapid.T, v *pb.Value, kind int) {
	switch kind {
	case 0:
		v.ValueType = &pb.Value_NullValue{}
	case 1:
		v.ValueType = &pb.Value_BooleanValue{BooleanValue: rapid.Bool().Draw(t, "bool")}
	case 2:
		v.ValueType = &pb.Value_IntegerValue{IntegerValue: rapid.Int64().Draw(t, "int")}
	case 3:
		floats := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(-1), math.Copysign(0, -1)}))
		v.ValueType = &pb.Value_DoubleValue{DoubleValue: floats.Draw(t, "float")}
	case 4:
		at := time.UnixMicro(rapid.Int64Range(-62135596800e6, 253402300799e6).Draw(t, "micros"))
		v.ValueType = &pb.Value_TimestampValue{TimestampValue: timestamppb.New(at)}
	case 5:
		v.ValueType = &pb.Value_StringValue{StringValue: rapid.String().Draw(t, "string")}
	case 6:
		v.ValueType = &pb.Value_BlobValue{BlobValue: rapid.SliceOf(rapid.Byte()).Draw(t, "blob")}
	case 7:
		v.ValueType = &pb.Value_KeyValue{KeyValue: protoKey(false).Draw(t, "key")}
	case 8:
		v.ValueType = &pb.Value_GeoPointValue{GeoPointValue: &latlng.LatLng{
			Latitude: rapid.Float64Range(-90, 90).Draw(t, "lat"), Longitude: rapid.Float64Range(-180, 180).Draw(t, "lng"),
		}}
	}
}

func text(s string, excluded bool) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_StringValue{StringValue: s}, ExcludeFromIndexes: excluded}
}

func list(values ...*pb.Value) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_ArrayValue{ArrayValue: &pb.ArrayValue{Values: values}}}
}

func embedded(excluded bool, properties map[string]*pb.Value) *pb.Value {
	return &pb.Value{
		ValueType:          &pb.Value_EntityValue{EntityValue: &pb.Entity{Properties: properties}},
		ExcludeFromIndexes: excluded,
	}
}

func TestUnindexed(t *testing.T) {
	note := func(excluded bool) map[string]*pb.Value { return map[string]*pb.Value{"note": text("n", excluded)} }
	tests := []struct {
		reason string
		value  *pb.Value
		want   []string
	}{
		{"an indexed value is not listed", text("x", false), nil},
		{"a value is listed by name", text("x", true), []string{"p"}},
		{"elements count together", list(text("a", true), text("b", true)), []string{"p"}},
		{"unless they differ", list(text("a", false), text("b", true)), []string{"p[1]"}},
		{"a nested property is dotted", embedded(false, note(true)), []string{"p.note"}},
		{"an embedded entity has a flag of its own", embedded(true, note(true)), []string{"p", "p.note"}},
		{"nested properties of elements count together", list(embedded(false, note(true)), embedded(false, note(true))), []string{"p.note"}},
		{"unless they differ", list(embedded(false, note(false)), embedded(false, note(true))), []string{"p[1].note"}},
		{
			"an element without the property has no say",
			list(embedded(false, note(true)), embedded(false, map[string]*pb.Value{"x": text("x", false)})),
			[]string{"p.note"},
		},
		{
			"lists in a list: alike in the one, different in the other",
			list(
				embedded(false, map[string]*pb.Value{"tags": list(text("a", true), text("b", true))}),
				embedded(false, map[string]*pb.Value{"tags": list(text("a", false), text("b", true))}),
			),
			[]string{"p[0].tags", "p[1].tags[1]"},
		},
		{"an empty list has no flag", list(), nil},
	}
	for _, test := range tests {
		e, err := demo.FromEntity(&pb.Entity{Properties: map[string]*pb.Value{"p": test.value}})
		if err != nil {
			t.Errorf("%s: %v", test.reason, err)
			continue
		}
		if diff := cmp.Diff(test.want, e.Unindexed, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s:\n%s", test.reason, diff)
		}
	}
}

func TestUnindexedOfHand(t *testing.T) {
	e := corpus.Entity{
		Properties: map[string]corpus.Value{"tags": []corpus.Value{}, "a.b": "x", "list": []corpus.Value{"x", "y"}},
		Unindexed:  []string{`a\.b`, "list[0]", "list", "tags"},
	}
	got, err := demo.Entity(e)
	if err != nil {
		t.Fatal(err)
	}
	want := &pb.Entity{Properties: map[string]*pb.Value{
		"tags": list(), "a.b": text("x", true), "list": list(text("x", true), text("y", true)),
	}}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestConversionRefuses(t *testing.T) {
	of := func(v corpus.Value, unindexed ...string) corpus.Entity {
		return corpus.Entity{
			Key:        corpus.Key{Path: []corpus.PathElement{{Kind: "User", Name: "ann"}}},
			Properties: map[string]corpus.Value{"p": v}, Unindexed: unindexed,
		}
	}
	tests := []struct {
		entity corpus.Entity
		want   string
	}{
		{of(7), `entity User/ann: property "p": a value of type int cannot be stored`},
		{of("\xff"), `entity User/ann: property "p": string "\xff" is not UTF-8: store it as binary`},
		{of(corpus.Key{}), `entity User/ann: property "p": a key value is empty`},
		{of("x", "q"), `entity User/ann: unindexed "q" names no property of the entity: correct or remove it`},
		{of("x", "p.q"), `entity User/ann: unindexed "p.q" names no property of the entity: correct or remove it`},
		{of([]corpus.Value{"x"}, "p[1]"), `entity User/ann: unindexed "p[1]" names no property of the entity: correct or remove it`},
		{of("x", "p[0]"), `entity User/ann: unindexed "p[0]" names no property of the entity: correct or remove it`},
		{of("x", "p[01]"), `entity User/ann: unindexed "p[01]": "[01]" is not the index of an element`},
		{of("x", ""), `entity User/ann: unindexed "": a property has no name`},
		{of("x", "p."), `entity User/ann: unindexed "p.": a property has no name`},
		{of("x", `p\`), `entity User/ann: unindexed "p\\": expected a dot at "\\"`},
		{of(&corpus.Entity{Unindexed: []string{"q"}}), `entity User/ann: property "p": an embedded entity lists unindexed properties: list them with the outermost entity, by dotted name`},
		{of([]corpus.Value{corpus.Meant{Value: "x"}}), `entity User/ann: property "p": element 0: meaning 0: a value has one meaning other than 0, or none`},
		{of(corpus.Key{Path: []corpus.PathElement{{Kind: "K", ID: 1, Name: "n"}}}), `entity User/ann: property "p": key element "K" has both the id 1 and the name "n"`},
	}
	for _, test := range tests {
		_, err := demo.Entity(test.entity)
		if err == nil {
			t.Errorf("no error, want %s", test.want)
		} else if diff := cmp.Diff(test.want, err.Error()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestForeignKeyIsRefused(t *testing.T) {
	for _, id := range []*pb.PartitionId{{ProjectId: "other"}, {ProjectId: "demo", DatabaseId: "second"}} {
		_, err := demo.FromKey(&pb.Key{PartitionId: id, Path: []*pb.Key_PathElement{{Kind: "User"}}})
		if err == nil || !strings.Contains(err.Error(), `read key of kind "User": outside the store's project`) {
			t.Errorf("%v: got error %v", id, err)
		}
	}
}

func FuzzUnindexedPath(f *testing.F) {
	for _, seed := range []string{"a", "a.b", "a[0].b[12]", `a\.b`, `\`, "a..b", "[0]", "a[", "a[0]x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		steps, err := parsePath(path)
		if err != nil {
			return
		}
		if got := format(steps); format(parsed(t, got)) != got || !slices.Equal(steps, parsed(t, got)) {
			t.Errorf("%q reads as %v, which writes as %q", path, steps, got)
		}
	})
}

func parsed(t *testing.T, path string) []step {
	t.Helper()
	steps, err := parsePath(path)
	if err != nil {
		t.Fatalf("%q: %v", path, err)
	}
	return steps
}

func format(steps []step) string {
	var b strings.Builder
	for i, s := range steps {
		switch {
		case s.name == "":
			fmt.Fprintf(&b, "[%d]", s.index)
			continue
		case i > 0:
			b.WriteByte('.')
		}
		b.WriteString(escape(s.name))
	}
	return b.String()
}
