package datastore

import (
	"math"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/protobuf/encoding/protowire"
)

// Exports hold the EntityProto of App Engine. Its definition is public:
// internal/gaepb/datastore_ae_v3.proto in the official client's module. Field
// numbers here are those of that file.
const (
	meaningWhen      = 7
	meaningPoint     = 9
	meaningBlob      = 14
	meaningText      = 15
	meaningBytes     = 16
	meaningEntity    = 19
	meaningEmptyList = 24
)

// appendEntityProto encodes an entity. Properties of an array come one by one;
// those that are not indexed go to raw_property.
func appendEntityProto(b []byte, e *pb.Entity) []byte {
	var path []byte
	for i, p := range e.GetKey().GetPath() {
		path = appendElement(path, p, 1, 2, 3, 4)
		if i == 0 {
			b = appendMessage(b, 16, path)
		}
	}
	if len(path) == 0 {
		b = appendMessage(b, 16, nil)
	}
	id := e.GetKey().GetPartitionId()
	key := appendString(nil, 13, id.GetProjectId())
	key = appendMessage(key, 14, path)
	if ns := id.GetNamespaceId(); ns != "" {
		key = appendString(key, 20, ns)
	}
	b = appendMessage(b, 13, key)
	for name, v := range e.GetProperties() {
		b = appendProperty(b, name, v)
	}
	return b
}

func appendElement(b []byte, p *pb.Key_PathElement, group, kind, id, name protowire.Number) []byte {
	b = protowire.AppendTag(b, group, protowire.StartGroupType)
	b = appendString(b, kind, p.Kind)
	switch t := p.IdType.(type) {
	case *pb.Key_PathElement_Id:
		b = appendVarint(b, id, uint64(t.Id))
	case *pb.Key_PathElement_Name:
		b = appendString(b, name, t.Name)
	}
	return protowire.AppendTag(b, group, protowire.EndGroupType)
}

func appendProperty(b []byte, name string, v *pb.Value) []byte {
	a, ok := v.ValueType.(*pb.Value_ArrayValue)
	if !ok {
		return appendSingle(b, name, v, false)
	}
	for _, x := range a.ArrayValue.GetValues() {
		b = appendSingle(b, name, x, true)
	}
	if len(a.ArrayValue.GetValues()) == 0 {
		m := appendString(appendVarint(nil, 1, meaningEmptyList), 3, name)
		b = appendMessage(b, 14, appendMessage(appendVarint(m, 4, 0), 5, nil))
	}
	return b
}

func appendSingle(b []byte, name string, v *pb.Value, multiple bool) []byte {
	meaning, value := protoValue(v)
	var m []byte
	if v.Meaning != 0 {
		meaning = uint64(v.Meaning)
	}
	if meaning != 0 {
		m = appendVarint(m, 1, meaning)
	}
	m = appendString(m, 3, name)
	m = appendVarint(m, 4, protowire.EncodeBool(multiple))
	m = appendMessage(m, 5, value)
	field := protowire.Number(14)
	if v.ExcludeFromIndexes {
		field = 15
	}
	return appendMessage(b, field, m)
}

// protoValue encodes a PropertyValue and tells the meaning that goes with it.
func protoValue(v *pb.Value) (meaning uint64, b []byte) {
	switch t := v.ValueType.(type) {
	case *pb.Value_IntegerValue:
		return 0, appendVarint(nil, 1, uint64(t.IntegerValue))
	case *pb.Value_TimestampValue:
		return meaningWhen, appendVarint(nil, 1, uint64(micros(t.TimestampValue)))
	case *pb.Value_BooleanValue:
		return 0, appendVarint(nil, 2, protowire.EncodeBool(t.BooleanValue))
	case *pb.Value_StringValue:
		return 0, appendString(nil, 3, t.StringValue)
	case *pb.Value_BlobValue:
		if v.ExcludeFromIndexes {
			return meaningBlob, appendMessage(nil, 3, t.BlobValue)
		}
		return meaningBytes, appendMessage(nil, 3, t.BlobValue)
	case *pb.Value_EntityValue:
		return meaningEntity, appendMessage(nil, 3, appendEntityProto(nil, t.EntityValue))
	case *pb.Value_DoubleValue:
		return 0, appendDouble(nil, 4, t.DoubleValue)
	case *pb.Value_GeoPointValue:
		b = protowire.AppendTag(nil, 5, protowire.StartGroupType)
		b = appendDouble(b, 6, t.GeoPointValue.GetLatitude())
		b = appendDouble(b, 7, t.GeoPointValue.GetLongitude())
		return meaningPoint, protowire.AppendTag(b, 5, protowire.EndGroupType)
	case *pb.Value_KeyValue:
		id := t.KeyValue.GetPartitionId()
		b = appendString(protowire.AppendTag(nil, 12, protowire.StartGroupType), 13, id.GetProjectId())
		for _, p := range t.KeyValue.GetPath() {
			b = appendElement(b, p, 14, 15, 16, 17)
		}
		if ns := id.GetNamespaceId(); ns != "" {
			b = appendString(b, 20, ns)
		}
		return 0, protowire.AppendTag(b, 12, protowire.EndGroupType)
	}
	return 0, nil
}

func appendDouble(b []byte, n protowire.Number, f float64) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(b, n, protowire.Fixed64Type), math.Float64bits(f))
}
