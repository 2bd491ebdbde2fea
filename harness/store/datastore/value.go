package datastore

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/genproto/googleapis/type/latlng"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/sidebyside/replay/corpus"
)

// fill converts a value, all of its index flags unset.
func (p Partition) fill(to *pb.Value, v corpus.Value) error {
	switch v := v.(type) {
	case nil:
		to.ValueType = &pb.Value_NullValue{NullValue: structpb.NullValue_NULL_VALUE}
	case bool:
		to.ValueType = &pb.Value_BooleanValue{BooleanValue: v}
	case int64:
		to.ValueType = &pb.Value_IntegerValue{IntegerValue: v}
	case float64:
		to.ValueType = &pb.Value_DoubleValue{DoubleValue: v}
	case string:
		if !utf8.ValidString(v) {
			return fmt.Errorf("string %q is not UTF-8: store it as binary", v)
		}
		to.ValueType = &pb.Value_StringValue{StringValue: v}
	case []byte:
		to.ValueType = &pb.Value_BlobValue{BlobValue: v}
	case time.Time:
		to.ValueType = &pb.Value_TimestampValue{TimestampValue: timestamppb.New(v.Truncate(time.Microsecond))}
	case corpus.GeoPoint:
		to.ValueType = &pb.Value_GeoPointValue{GeoPointValue: &latlng.LatLng{Latitude: v.Lat, Longitude: v.Lng}}
	default:
		return p.fillCompound(to, v)
	}
	return nil
}

// fillCompound converts the values that hold others, and keys.
func (p Partition) fillCompound(to *pb.Value, v corpus.Value) error {
	switch v := v.(type) {
	case corpus.Key:
		key, err := p.Key(v)
		if err == nil && key == nil {
			err = errors.New("a key value is empty")
		}
		to.ValueType = &pb.Value_KeyValue{KeyValue: key}
		return err
	case *corpus.Entity:
		if len(v.Unindexed) > 0 {
			return errEmbeddedFlags
		}
		e, err := p.entity(*v)
		to.ValueType = &pb.Value_EntityValue{EntityValue: e}
		return err
	case []corpus.Value:
		values := make([]pb.Value, len(v))
		list := make([]*pb.Value, len(v))
		for i, element := range v {
			if err := p.fill(&values[i], element); err != nil {
				return fmt.Errorf("element %d: %w", i, err)
			}
			list[i] = &values[i]
		}
		to.ValueType = &pb.Value_ArrayValue{ArrayValue: &pb.ArrayValue{Values: list}}
		return nil
	case corpus.Meant:
		if _, twice := v.Value.(corpus.Meant); twice || v.Meaning == 0 {
			return fmt.Errorf("meaning %d: a value has one meaning other than 0, or none", v.Meaning)
		}
		to.Meaning = v.Meaning
		return p.fill(to, v.Value)
	default:
		return fmt.Errorf("a value of type %T cannot be stored", v)
	}
}

// fromValue converts a value but its index flags, which stand with the outermost
// entity.
func (p Partition) fromValue(v *pb.Value) (corpus.Value, error) {
	plain, err := p.fromPlain(v)
	if err != nil || v.GetMeaning() == 0 {
		return plain, err
	}
	return corpus.Meant{Meaning: v.GetMeaning(), Value: plain}, nil
}

func (p Partition) fromPlain(v *pb.Value) (corpus.Value, error) {
	switch t := v.GetValueType().(type) {
	case *pb.Value_NullValue:
		return nil, nil
	case *pb.Value_BooleanValue:
		return t.BooleanValue, nil
	case *pb.Value_IntegerValue:
		return t.IntegerValue, nil
	case *pb.Value_DoubleValue:
		return t.DoubleValue, nil
	case *pb.Value_StringValue:
		return t.StringValue, nil
	case *pb.Value_BlobValue:
		return append([]byte{}, t.BlobValue...), nil
	case *pb.Value_TimestampValue:
		s, n := t.TimestampValue.GetSeconds(), int64(t.TimestampValue.GetNanos())
		return time.Unix(s, n-n%1000).UTC(), nil
	case *pb.Value_GeoPointValue:
		return corpus.GeoPoint{Lat: t.GeoPointValue.GetLatitude(), Lng: t.GeoPointValue.GetLongitude()}, nil
	case *pb.Value_KeyValue:
		return p.FromKey(t.KeyValue)
	case *pb.Value_EntityValue:
		e, err := p.fromEntity(t.EntityValue)
		if err != nil {
			return nil, err
		}
		return &e, nil
	case *pb.Value_ArrayValue:
		return p.fromList(t.ArrayValue.GetValues())
	default:
		return nil, errors.New("the value has no type")
	}
}

func (p Partition) fromList(list []*pb.Value) (corpus.Value, error) {
	out := make([]corpus.Value, len(list))
	for i, v := range list {
		to, err := p.fromValue(v)
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		out[i] = to
	}
	return out, nil
}
