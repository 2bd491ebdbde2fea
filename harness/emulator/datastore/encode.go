package datastore

import (
	"encoding/binary"
	"math"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
)

// The order of values is the order of their encodings, compared as bytes:
// null < integers and timestamps (one fixed-point class, timestamps in
// microseconds) < booleans < strings and blobs < doubles < geo points < keys.
// Every encoding is self-delimiting, so values and keys can be concatenated.
const (
	tagNull   byte = 0x10
	tagFixed  byte = 0x20
	tagBool   byte = 0x30
	tagBytes  byte = 0x40
	tagDouble byte = 0x50
	tagGeo    byte = 0x60
	tagKey    byte = 0x70
)

// Inside a path, each element starts with elementMark, so that the encoding of
// an ancestor is a prefix of those of its descendants and sorts before them.
const (
	pathEnd     byte = 0x00
	elementMark byte = 0x01
	idMark      byte = 0x01 // ids sort before names
	nameMark    byte = 0x02
)

// appendText appends s escaped and terminated: 0x00 becomes 0x00 0xFF, the end
// is 0x00 0x01. The order of strings is kept, and no encoding is a prefix of
// another one.
func appendText(b []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); i++ {
		if s[i] == 0 {
			b = append(b, s[start:i+1]...)
			b = append(b, 0xFF)
			start = i + 1
		}
	}
	b = append(b, s[start:]...)
	return append(b, 0, 1)
}

func appendInt(b []byte, i int64) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(i)^(1<<63))
}

// appendFloat keeps the order -Inf < ... < -0 < 0 < ... < +Inf < NaN. All NaNs
// are one value; the two zeros are not, as in the official emulators.
func appendFloat(b []byte, f float64) []byte {
	if math.IsNaN(f) {
		f = math.NaN()
	}
	bits := math.Float64bits(f)
	if bits>>63 == 1 {
		bits = ^bits
	} else {
		bits |= 1 << 63
	}
	return binary.BigEndian.AppendUint64(b, bits)
}

// appendPath encodes a path; incomplete elements are the caller's mistake and
// encode as id 0.
func appendPath(b []byte, path []*pb.Key_PathElement) []byte {
	for _, p := range path {
		b = append(b, elementMark)
		b = appendText(b, p.Kind)
		if n, ok := p.IdType.(*pb.Key_PathElement_Name); ok {
			b = append(b, nameMark)
			b = appendText(b, n.Name)
			continue
		}
		b = append(b, idMark)
		b = appendInt(b, p.GetId())
	}
	return b
}

// entityKey is the position of an entity in its database: namespace, then path.
func entityKey(k *pb.Key) string {
	b := make([]byte, 0, 64)
	b = appendText(b, k.GetPartitionId().GetNamespaceId())
	return string(appendPath(b, k.GetPath()))
}

// appendKeyValue encodes a key that is the value of a property.
func appendKeyValue(b []byte, k *pb.Key) []byte {
	p := k.GetPartitionId()
	b = appendText(b, p.GetProjectId())
	b = appendText(b, p.GetDatabaseId())
	b = appendText(b, p.GetNamespaceId())
	b = appendPath(b, k.GetPath())
	return append(b, pathEnd)
}

// appendValue appends the encoding of a value. Arrays and entities have no
// place in the order: callers take them apart, and nothing is appended.
func appendValue(b []byte, v *pb.Value) []byte {
	switch t := v.GetValueType().(type) {
	case *pb.Value_NullValue:
		return append(b, tagNull)
	case *pb.Value_IntegerValue:
		return appendInt(append(b, tagFixed), t.IntegerValue)
	case *pb.Value_TimestampValue:
		return appendInt(append(b, tagFixed), micros(t.TimestampValue))
	case *pb.Value_BooleanValue:
		if t.BooleanValue {
			return append(b, tagBool, 1)
		}
		return append(b, tagBool, 0)
	case *pb.Value_StringValue:
		return appendText(append(b, tagBytes), t.StringValue)
	case *pb.Value_BlobValue:
		return appendText(append(b, tagBytes), string(t.BlobValue))
	case *pb.Value_DoubleValue:
		return appendFloat(append(b, tagDouble), t.DoubleValue)
	case *pb.Value_GeoPointValue:
		b = appendFloat(append(b, tagGeo), t.GeoPointValue.GetLatitude())
		return appendFloat(b, t.GeoPointValue.GetLongitude())
	case *pb.Value_KeyValue:
		return appendKeyValue(append(b, tagKey), t.KeyValue)
	}
	return b
}
