package datastore

import (
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf8"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/genproto/googleapis/type/latlng"
)

// textLen is the length of the escaped text at the start of s, terminator
// included, and -1 where there is none.
func textLen(s string) int {
	for i := 0; ; {
		j := strings.IndexByte(s[i:], 0)
		if j < 0 || i+j+1 >= len(s) {
			return -1
		}
		if s[i+j+1] == 1 {
			return i + j + 2
		}
		i += j + 2
	}
}

// cutText splits the escaped text at the start of s from the rest.
func cutText(s string) (text, rest string, ok bool) {
	n := textLen(s)
	if n < 0 {
		return "", s, false
	}
	text = s[:n-2]
	if strings.IndexByte(text, 0) >= 0 {
		text = strings.ReplaceAll(text, "\x00\xff", "\x00")
	}
	return text, s[n:], true
}

func cutUint(s string) (uint64, string, bool) {
	if len(s) < 8 {
		return 0, s, false
	}
	return binary.BigEndian.Uint64([]byte(s[:8])), s[8:], true
}

func cutFloat(s string) (float64, string, bool) {
	bits, rest, ok := cutUint(s)
	if bits>>63 == 1 {
		bits &^= 1 << 63
	} else {
		bits = ^bits
	}
	return math.Float64frombits(bits), rest, ok
}

// cutPath decodes path elements until the end of s or pathEnd, which stays.
func cutPath(s string) (path []*pb.Key_PathElement, rest string, ok bool) {
	for s != "" && s[0] == elementMark {
		kind, rest, ok := cutText(s[1:])
		if !ok || rest == "" {
			return nil, s, false
		}
		e := &pb.Key_PathElement{Kind: kind}
		switch rest[0] {
		case idMark:
			id, r, ok := cutUint(rest[1:])
			if !ok {
				return nil, s, false
			}
			e.IdType = &pb.Key_PathElement_Id{Id: int64(id ^ 1<<63)}
			s = r
		case nameMark:
			name, r, ok := cutText(rest[1:])
			if !ok {
				return nil, s, false
			}
			e.IdType = &pb.Key_PathElement_Name{Name: name}
			s = r
		default:
			return nil, s, false
		}
		path = append(path, e)
	}
	return path, s, true
}

func cutKeyValue(s string) (*pb.Key, string, bool) {
	project, s, ok1 := cutText(s)
	database, s, ok2 := cutText(s)
	namespace, s, ok3 := cutText(s)
	if !ok1 || !ok2 || !ok3 {
		return nil, s, false
	}
	path, s, ok := cutPath(s)
	if !ok || s == "" || s[0] != pathEnd {
		return nil, s, false
	}
	id := &pb.PartitionId{ProjectId: project, DatabaseId: database, NamespaceId: namespace}
	return &pb.Key{PartitionId: id, Path: path}, s[1:], true
}

// decodeValue decodes a value the way an index knows it: a timestamp as an
// integer of microseconds, a blob as a string where it is valid UTF-8.
func decodeValue(s string) (v *pb.Value, ok bool) {
	if s == "" {
		return &pb.Value{}, false
	}
	tag, s := s[0], s[1:]
	switch tag {
	case tagNull:
		return &pb.Value{ValueType: &pb.Value_NullValue{}}, true
	case tagFixed:
		u, _, ok := cutUint(s)
		return &pb.Value{ValueType: &pb.Value_IntegerValue{IntegerValue: int64(u ^ 1<<63)}}, ok
	case tagBool:
		return &pb.Value{ValueType: &pb.Value_BooleanValue{BooleanValue: s == "\x01"}}, s != ""
	case tagBytes:
		text, _, ok := cutText(s)
		if utf8.ValidString(text) {
			return &pb.Value{ValueType: &pb.Value_StringValue{StringValue: text}}, ok
		}
		return &pb.Value{ValueType: &pb.Value_BlobValue{BlobValue: []byte(text)}}, ok
	case tagDouble:
		f, _, ok := cutFloat(s)
		return &pb.Value{ValueType: &pb.Value_DoubleValue{DoubleValue: f}}, ok
	case tagGeo:
		lat, s, _ := cutFloat(s)
		lng, _, ok := cutFloat(s)
		p := &latlng.LatLng{Latitude: lat, Longitude: lng}
		return &pb.Value{ValueType: &pb.Value_GeoPointValue{GeoPointValue: p}}, ok
	case tagKey:
		k, _, ok := cutKeyValue(s)
		return &pb.Value{ValueType: &pb.Value_KeyValue{KeyValue: k}}, ok
	}
	return &pb.Value{}, false
}

// valueLen is the length of the encoded value at the start of s, -1 where s is
// not one.
func valueLen(s string) int {
	if s == "" {
		return -1
	}
	switch s[0] {
	case tagNull:
		return 1
	case tagFixed, tagDouble:
		return 9
	case tagBool:
		return 2
	case tagGeo:
		return 17
	case tagBytes:
		if n := textLen(s[1:]); n >= 0 {
			return 1 + n
		}
	case tagKey:
		return keyValueLen(s)
	}
	return -1
}

func keyValueLen(s string) int {
	at := 1
	for range 3 {
		n := textLen(s[at:])
		if n < 0 {
			return -1
		}
		at += n
	}
	for at < len(s) && s[at] == elementMark {
		n := textLen(s[at+1:])
		if n < 0 || at+1+n >= len(s) {
			return -1
		}
		at += 1 + n
		if s[at] == idMark {
			at += 9
			continue
		}
		if n = textLen(s[at+1:]); n < 0 {
			return -1
		}
		at += 1 + n
	}
	return at + 1
}
