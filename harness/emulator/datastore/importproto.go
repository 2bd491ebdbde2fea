package datastore

import (
	"errors"
	"math"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/genproto/googleapis/type/latlng"
	"google.golang.org/protobuf/encoding/protowire"
)

// protoReader decodes EntityProto into a project and database.
type protoReader struct{ project, database string }

var errEntityProto = errors.New("not an EntityProto")

// fields visits the fields of a message; text is that of a string, message or
// group, number that of the rest.
func fields(b []byte, visit func(n protowire.Number, text []byte, number uint64) error) error {
	for len(b) > 0 {
		n, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return errEntityProto
		}
		b = b[size:]
		var text []byte
		var number uint64
		switch kind {
		case protowire.VarintType:
			number, size = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			number, size = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			text, size = protowire.ConsumeBytes(b)
		case protowire.StartGroupType:
			text, size = protowire.ConsumeGroup(n, b)
		default:
			size = protowire.ConsumeFieldValue(n, kind, b)
		}
		if size < 0 {
			return errEntityProto
		}
		if err := visit(n, text, number); err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

func (r protoReader) entity(b []byte, depth int) (*pb.Entity, error) {
	if depth > maxEmbeddedDepth {
		return nil, errEntityProto
	}
	e := &pb.Entity{Properties: map[string]*pb.Value{}}
	err := fields(b, func(n protowire.Number, text []byte, _ uint64) error {
		switch n {
		case 13:
			k, err := r.reference(text, 14)
			if len(k.GetPath()) > 0 {
				e.Key = k
			}
			return err
		case 14, 15:
			return r.property(e, text, n == 15, depth)
		}
		return nil
	})
	return e, err
}

// reference reads a Reference, whose path is a message, or a ReferenceValue,
// whose elements are groups of its own.
func (r protoReader) reference(b []byte, path protowire.Number) (*pb.Key, error) {
	k := &pb.Key{PartitionId: &pb.PartitionId{ProjectId: r.project, DatabaseId: r.database}}
	err := fields(b, func(n protowire.Number, text []byte, _ uint64) error {
		switch n {
		case 20:
			k.PartitionId.NamespaceId = string(text)
		case path:
			return fields(text, func(_ protowire.Number, text []byte, _ uint64) error {
				return element(k, text, 2)
			})
		}
		return nil
	})
	return k, err
}

func (r protoReader) referenceValue(b []byte) (*pb.Key, error) {
	k := &pb.Key{PartitionId: &pb.PartitionId{ProjectId: r.project, DatabaseId: r.database}}
	err := fields(b, func(n protowire.Number, text []byte, _ uint64) error {
		switch n {
		case 20:
			k.PartitionId.NamespaceId = string(text)
		case 14:
			return element(k, text, 15)
		}
		return nil
	})
	return k, err
}

// element adds a path element whose fields are numbered from kind on.
func element(k *pb.Key, b []byte, kind protowire.Number) error {
	p := &pb.Key_PathElement{}
	k.Path = append(k.Path, p)
	return fields(b, func(n protowire.Number, text []byte, number uint64) error {
		switch n {
		case kind:
			p.Kind = string(text)
		case kind + 1:
			p.IdType = &pb.Key_PathElement_Id{Id: int64(number)}
		case kind + 2:
			p.IdType = &pb.Key_PathElement_Name{Name: string(text)}
		}
		return nil
	})
}

func (r protoReader) property(e *pb.Entity, b []byte, unindexed bool, depth int) error {
	var name string
	var meaning uint64
	var multiple bool
	var value []byte
	err := fields(b, func(n protowire.Number, text []byte, number uint64) error {
		switch n {
		case 1:
			meaning = number
		case 3:
			name = string(text)
		case 4:
			multiple = number != 0
		case 5:
			value = text
		}
		return nil
	})
	if err != nil {
		return err
	}
	if meaning == meaningEmptyList {
		e.Properties[name] = arrayOf(nil)
		return nil
	}
	v, err := r.value(value, meaning, depth)
	if err != nil {
		return err
	}
	v.ExcludeFromIndexes = unindexed
	if !multiple {
		e.Properties[name] = v
		return nil
	}
	list := e.Properties[name]
	if list.GetArrayValue() == nil {
		list = arrayOf(nil)
		e.Properties[name] = list
	}
	list.GetArrayValue().Values = append(list.GetArrayValue().Values, v)
	return nil
}

// value decodes a PropertyValue; one without fields is null.
func (r protoReader) value(b []byte, meaning uint64, depth int) (*pb.Value, error) {
	v := &pb.Value{ValueType: &pb.Value_NullValue{}}
	err := fields(b, func(n protowire.Number, text []byte, number uint64) error {
		var err error
		switch n {
		case 1:
			v.ValueType = &pb.Value_IntegerValue{IntegerValue: int64(number)}
			if meaning == meaningWhen {
				v.ValueType = &pb.Value_TimestampValue{TimestampValue: timestamp(int64(number))}
			}
		case 2:
			v.ValueType = &pb.Value_BooleanValue{BooleanValue: number != 0}
		case 3:
			err = r.text(v, text, meaning, depth)
		case 4:
			v.ValueType = &pb.Value_DoubleValue{DoubleValue: math.Float64frombits(number)}
		case 5:
			p := &latlng.LatLng{}
			v.ValueType = &pb.Value_GeoPointValue{GeoPointValue: p}
			err = fields(text, func(n protowire.Number, _ []byte, number uint64) error {
				switch n {
				case 6:
					p.Latitude = math.Float64frombits(number)
				case 7:
					p.Longitude = math.Float64frombits(number)
				}
				return nil
			})
		case 12:
			var k *pb.Key
			k, err = r.referenceValue(text)
			v.ValueType = &pb.Value_KeyValue{KeyValue: k}
		}
		return err
	})
	return v, err
}

// text decodes what shares the field of strings.
func (r protoReader) text(v *pb.Value, b []byte, meaning uint64, depth int) error {
	switch meaning {
	case meaningBlob, meaningBytes:
		v.ValueType = &pb.Value_BlobValue{BlobValue: append([]byte(nil), b...)}
	case meaningEntity:
		e, err := r.entity(b, depth+1)
		v.ValueType = &pb.Value_EntityValue{EntityValue: e}
		return err
	default:
		v.ValueType = &pb.Value_StringValue{StringValue: string(b)}
		if meaning == meaningText {
			v.Meaning = meaningText
		}
	}
	return nil
}
