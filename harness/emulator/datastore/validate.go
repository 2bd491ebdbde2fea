package datastore

import (
	"unicode/utf8"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Limits of entities: https://cloud.google.com/datastore/docs/concepts/limits.
const (
	maxEntityBytes   = 1048572
	maxIndexedBytes  = 1500
	maxUnindexed     = 1048487
	maxEmbeddedDepth = 20
	maxIndexRows     = 20000

	// meaningIndexOnly marks a value that came out of an index.
	meaningIndexOnly = 18
)

// checkEntity checks an entity that is to be written to db, fills in the
// partition of its key and cuts its timestamps to microseconds.
func (db dbID) checkEntity(e *pb.Entity, want completeness) error {
	if e.GetKey() == nil {
		return invalid("Entity is missing key.")
	}
	if err := db.normalise(e.Key, want); err != nil {
		return err
	}
	if size := proto.Size(e); size > maxEntityBytes {
		return invalid("maximum entity size is %d bytes", maxEntityBytes)
	}
	return db.checkProperties(e.Properties, true, 0)
}

func (db dbID) checkProperties(props map[string]*pb.Value, indexed bool, depth int) error {
	for name, v := range props {
		if err := checkText("property.name", name); err != nil {
			return err
		}
		if err := db.checkValue(name, v, indexed, depth); err != nil {
			return err
		}
	}
	return nil
}

func (db dbID) checkValue(name string, v *pb.Value, indexed bool, depth int) error {
	if v.GetValueType() == nil {
		return invalid("The value %q does not contain a value.", name)
	}
	if v.Meaning == meaningIndexOnly {
		return invalid("Projection property cannot be used.")
	}
	indexed = indexed && !v.ExcludeFromIndexes
	switch t := v.ValueType.(type) {
	case *pb.Value_StringValue:
		if !utf8.ValidString(t.StringValue) {
			return invalid("The value of property %q is not valid UTF-8.", name)
		}
		return checkLength(name, len(t.StringValue), indexed)
	case *pb.Value_BlobValue:
		return checkLength(name, len(t.BlobValue), indexed)
	case *pb.Value_ArrayValue:
		if v.ExcludeFromIndexes {
			return invalid("Exclude from indexes cannot be set on a list value")
		}
		return db.checkArray(name, t.ArrayValue, indexed, depth)
	case *pb.Value_EntityValue:
		return db.checkEmbedded(t.EntityValue, indexed, depth+1)
	case *pb.Value_TimestampValue:
		return checkTimestamp(t.TimestampValue)
	case *pb.Value_GeoPointValue:
		return checkGeo(t.GeoPointValue.GetLatitude(), t.GeoPointValue.GetLongitude())
	case *pb.Value_KeyValue:
		return db.checkKeyValue(t.KeyValue)
	}
	return nil
}

func checkLength(name string, n int, indexed bool) error {
	limit := maxUnindexed
	if indexed {
		limit = maxIndexedBytes
	}
	if n > limit {
		return invalid("The value of property %q is longer than %d bytes.", name, limit)
	}
	return nil
}

func (db dbID) checkArray(name string, a *pb.ArrayValue, indexed bool, depth int) error {
	for _, v := range a.GetValues() {
		if _, ok := v.GetValueType().(*pb.Value_ArrayValue); ok {
			return invalid("list_value cannot contain a Value containing another list_value.")
		}
		if err := db.checkValue(name, v, indexed, depth); err != nil {
			return err
		}
	}
	return nil
}

// checkEmbedded checks an entity that is a value: it may lack a key, and its
// key may be incomplete or reserved.
func (db dbID) checkEmbedded(e *pb.Entity, indexed bool, depth int) error {
	if depth > maxEmbeddedDepth {
		return invalid("Entity values cannot be nested deeper than %d levels.", maxEmbeddedDepth)
	}
	if k := e.GetKey(); k != nil {
		db.fillPartition(k)
		if len(k.Path) > maxPathElements {
			return invalid("Key path is too long. Cannot exceed %d elements.", maxPathElements)
		}
	}
	return db.checkProperties(e.GetProperties(), indexed, depth)
}

// checkKeyValue checks a key that is a value; it may point into another
// project or database.
func (db dbID) checkKeyValue(k *pb.Key) error {
	if len(k.GetPath()) == 0 {
		return invalid("Key path is empty.")
	}
	db.fillPartition(k)
	if err := checkNamespace(k.PartitionId.NamespaceId); err != nil {
		return err
	}
	if len(k.Path) > maxPathElements {
		return invalid("Key path is too long. Cannot exceed %d elements.", maxPathElements)
	}
	for _, p := range k.Path {
		if p.GetKind() == "" {
			return invalid("The kind is the empty string.")
		}
		if p.IdType == nil {
			return invalid("Key path element must not be incomplete: [%s]", pathText(k.Path))
		}
	}
	return nil
}

func (db dbID) fillPartition(k *pb.Key) {
	if k.PartitionId == nil {
		k.PartitionId = &pb.PartitionId{DatabaseId: db.database}
	}
	if k.PartitionId.ProjectId == "" {
		k.PartitionId.ProjectId = db.project
	}
}

// checkTimestamp allows the years 1 to 9999 and cuts off what is finer than a
// microsecond.
func checkTimestamp(t *timestamppb.Timestamp) error {
	if s := t.GetSeconds(); s < -62135596800 || s >= 253402300800 {
		return invalid("Timestamp seconds exceeds limit for field")
	}
	if n := t.GetNanos(); n < 0 || n > 999999999 {
		return invalid("Timestamp nanos exceeds limit for field")
	}
	if rest := t.GetNanos() % 1000; rest != 0 { // what is stored already is not touched
		t.Nanos -= rest
	}
	return nil
}

func checkGeo(lat, lng float64) error {
	if !(lat >= -90 && lat <= 90) {
		return invalid("Geo point latitude outside permitted range -90.0 to 90.0.")
	}
	if !(lng >= -180 && lng <= 180) {
		return invalid("Geo point longitude outside permitted range -180.0 to 180.0.")
	}
	return nil
}
