package datastore

import (
	"bytes"
	"math"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/protobuf/proto"
)

// sameEntity compares everything that is stored, index flags and meanings
// included. Doubles are equal when their bits are, and all NaNs are equal.
func sameEntity(a, b *pb.Entity) bool {
	return a == b || sameKey(a.GetKey(), b.GetKey()) && sameProperties(a.GetProperties(), b.GetProperties())
}

func sameProperties(a, b map[string]*pb.Value) bool {
	if len(a) != len(b) {
		return false
	}
	for name, v := range a {
		w, ok := b[name]
		if !ok || !sameValue(v, w) {
			return false
		}
	}
	return true
}

func sameValue(a, b *pb.Value) bool {
	if a == b {
		return true
	}
	if a.ExcludeFromIndexes != b.ExcludeFromIndexes || a.Meaning != b.Meaning {
		return false
	}
	switch x := a.ValueType.(type) {
	case *pb.Value_NullValue:
		_, ok := b.ValueType.(*pb.Value_NullValue)
		return ok
	case *pb.Value_BooleanValue:
		y, ok := b.ValueType.(*pb.Value_BooleanValue)
		return ok && x.BooleanValue == y.BooleanValue
	case *pb.Value_IntegerValue:
		y, ok := b.ValueType.(*pb.Value_IntegerValue)
		return ok && x.IntegerValue == y.IntegerValue
	case *pb.Value_DoubleValue:
		y, ok := b.ValueType.(*pb.Value_DoubleValue)
		return ok && sameFloat(x.DoubleValue, y.DoubleValue)
	case *pb.Value_TimestampValue:
		y, ok := b.ValueType.(*pb.Value_TimestampValue)
		return ok && micros(x.TimestampValue) == micros(y.TimestampValue)
	case *pb.Value_StringValue:
		y, ok := b.ValueType.(*pb.Value_StringValue)
		return ok && x.StringValue == y.StringValue
	case *pb.Value_BlobValue:
		y, ok := b.ValueType.(*pb.Value_BlobValue)
		return ok && bytes.Equal(x.BlobValue, y.BlobValue)
	case *pb.Value_KeyValue:
		y, ok := b.ValueType.(*pb.Value_KeyValue)
		return ok && sameKey(x.KeyValue, y.KeyValue)
	case *pb.Value_ArrayValue:
		y, ok := b.ValueType.(*pb.Value_ArrayValue)
		return ok && sameArray(x.ArrayValue.GetValues(), y.ArrayValue.GetValues())
	case *pb.Value_EntityValue:
		y, ok := b.ValueType.(*pb.Value_EntityValue)
		return ok && sameEntity(x.EntityValue, y.EntityValue)
	}
	return proto.Equal(a, b)
}

func sameFloat(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

func sameArray(a, b []*pb.Value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !sameValue(a[i], b[i]) {
			return false
		}
	}
	return true
}

func sameKey(a, b *pb.Key) bool {
	if a == nil || b == nil {
		return a == b
	}
	p, q := a.PartitionId, b.PartitionId
	if p.GetProjectId() != q.GetProjectId() || p.GetDatabaseId() != q.GetDatabaseId() ||
		p.GetNamespaceId() != q.GetNamespaceId() || len(a.Path) != len(b.Path) {
		return false
	}
	for i, x := range a.Path {
		y := b.Path[i]
		_, named := x.IdType.(*pb.Key_PathElement_Name)
		_, alsoNamed := y.IdType.(*pb.Key_PathElement_Name)
		if x.Kind != y.Kind || x.GetId() != y.GetId() || x.GetName() != y.GetName() || named != alsoNamed {
			return false
		}
	}
	return true
}
