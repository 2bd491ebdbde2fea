package datastore

import (
	"cmp"
	"maps"
	"math"
	"slices"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
)

// transform is a validated pb.PropertyTransform.
type transform struct {
	path []string
	req  *pb.PropertyTransform
}

func (db dbID) checkTransforms(reqs []*pb.PropertyTransform) ([]transform, error) {
	if len(reqs) > maxTransforms {
		return nil, invalid("Too many transforms: at most %d per entity in one commit.", maxTransforms)
	}
	var ts []transform
	for _, req := range reqs {
		path, err := splitPath(req.GetProperty())
		if err != nil {
			return nil, err
		}
		if len(path) == 1 && path[0] == keyProperty {
			return nil, invalid("The property.name %q is reserved.", keyProperty)
		}
		if err := db.checkOperand(req); err != nil {
			return nil, err
		}
		for _, other := range ts {
			if nests(other.path, path) || nests(path, other.path) {
				return nil, invalid("Cannot transform property %s and its nested property at the same time.", path[0])
			}
		}
		ts = append(ts, transform{path, req})
	}
	return ts, nil
}

// nests tells whether inner is a path below outer.
func nests(outer, inner []string) bool {
	return len(outer) < len(inner) && slices.Equal(outer, inner[:len(outer)])
}

func (db dbID) checkOperand(req *pb.PropertyTransform) error {
	switch t := req.TransformType.(type) {
	case *pb.PropertyTransform_SetToServerValue:
		if t.SetToServerValue != pb.PropertyTransform_REQUEST_TIME {
			return invalid("ServerValue type must be specified for set_to_server_value transformation.")
		}
	case *pb.PropertyTransform_Increment:
		return checkNumber(t.Increment)
	case *pb.PropertyTransform_Maximum:
		return checkNumber(t.Maximum)
	case *pb.PropertyTransform_Minimum:
		return checkNumber(t.Minimum)
	case *pb.PropertyTransform_AppendMissingElements:
		return db.checkArray(req.Property, t.AppendMissingElements, true, 0)
	case *pb.PropertyTransform_RemoveAllFromArray:
		return db.checkArray(req.Property, t.RemoveAllFromArray, true, 0)
	default:
		return invalid("Operation type must be specified for field transformation.")
	}
	return nil
}

func checkNumber(v *pb.Value) error {
	if !isNumber(v) {
		return invalid("Input must be int64 or double.")
	}
	return nil
}

// applyTransforms runs the transforms in order on a copy of the entity, at the
// time of the request in microseconds.
func applyTransforms(ts []transform, e *pb.Entity, now int64) ([]*pb.Value, *pb.Entity) {
	var results []*pb.Value
	for _, t := range ts {
		props, result := t.apply(t.path, e.GetProperties(), now)
		e = &pb.Entity{Key: e.Key, Properties: props}
		results = append(results, result)
	}
	return results, e
}

// apply transforms the property at the path in a copy of props. On the way,
// what is no entity becomes one.
func (t transform) apply(path []string, props map[string]*pb.Value, now int64) (map[string]*pb.Value, *pb.Value) {
	out := make(map[string]*pb.Value, len(props)+1)
	maps.Copy(out, props)
	old := props[path[0]]
	if len(path) > 1 {
		inner, result := t.apply(path[1:], old.GetEntityValue().GetProperties(), now)
		shape := old
		if old.GetEntityValue() == nil {
			shape = nil
		}
		out[path[0]] = withEntity(shape, &pb.Entity{Key: old.GetEntityValue().GetKey(), Properties: inner})
		return out, result
	}
	next, result := t.value(old, now)
	out[path[0]] = next
	return out, result
}

// value computes the new value and what is reported for it: array transforms
// report null.
func (t transform) value(old *pb.Value, now int64) (next, result *pb.Value) {
	null := &pb.Value{ValueType: &pb.Value_NullValue{}}
	switch op := t.req.TransformType.(type) {
	case *pb.PropertyTransform_SetToServerValue:
		// "The time at which the server processed the request, with
		// millisecond precision."
		next = &pb.Value{ValueType: &pb.Value_TimestampValue{TimestampValue: timestamp(now - now%1000)}}
	case *pb.PropertyTransform_Increment:
		next = add(old, op.Increment)
	case *pb.PropertyTransform_Maximum:
		next = extreme(old, op.Maximum, +1)
	case *pb.PropertyTransform_Minimum:
		next = extreme(old, op.Minimum, -1)
	case *pb.PropertyTransform_AppendMissingElements:
		return appendMissing(old, op.AppendMissingElements), null
	case *pb.PropertyTransform_RemoveAllFromArray:
		return removeAll(old, op.RemoveAllFromArray), null
	}
	return next, next
}

func isNumber(v *pb.Value) bool {
	switch v.GetValueType().(type) {
	case *pb.Value_IntegerValue, *pb.Value_DoubleValue:
		return true
	}
	return false
}

func asFloat(v *pb.Value) float64 {
	if i, ok := v.ValueType.(*pb.Value_IntegerValue); ok {
		return float64(i.IntegerValue)
	}
	return v.GetDoubleValue()
}

func integer(i int64) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_IntegerValue{IntegerValue: i}}
}

func double(f float64) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_DoubleValue{DoubleValue: f}}
}

// add saturates integers; a double on either side makes both doubles.
func add(old, by *pb.Value) *pb.Value {
	if !isNumber(old) {
		return by
	}
	a, okA := old.ValueType.(*pb.Value_IntegerValue)
	b, okB := by.ValueType.(*pb.Value_IntegerValue)
	if !okA || !okB {
		return double(asFloat(old) + asFloat(by))
	}
	x, y := a.IntegerValue, b.IntegerValue
	switch sum := x + y; {
	case x > 0 && y > 0 && sum < 0:
		return integer(math.MaxInt64)
	case x < 0 && y < 0 && sum >= 0:
		return integer(math.MinInt64)
	default:
		return integer(sum)
	}
}

// extreme is the maximum for sign +1 and the minimum for -1. Equivalent
// operands leave the old value; NaN wins.
func extreme(old, by *pb.Value, sign int) *pb.Value {
	switch {
	case !isNumber(old):
		return by
	case math.IsNaN(asFloat(old)):
		return old
	case math.IsNaN(asFloat(by)):
		return by
	case compareNumbers(by, old)*sign > 0:
		return by
	}
	return old
}

// compareNumbers compares by value across integers and doubles, exactly.
func compareNumbers(a, b *pb.Value) int {
	x, okX := a.ValueType.(*pb.Value_IntegerValue)
	y, okY := b.ValueType.(*pb.Value_IntegerValue)
	switch {
	case okX && okY:
		return cmp.Compare(x.IntegerValue, y.IntegerValue)
	case okX:
		return compareIntFloat(x.IntegerValue, b.GetDoubleValue())
	case okY:
		return -compareIntFloat(y.IntegerValue, a.GetDoubleValue())
	}
	f, g := a.GetDoubleValue(), b.GetDoubleValue()
	switch {
	case f < g:
		return -1
	case f > g:
		return 1
	}
	return 0
}

func compareIntFloat(i int64, f float64) int {
	switch {
	case f >= 1<<63:
		return -1
	case f < -(1 << 63):
		return 1
	}
	whole := math.Trunc(f)
	if c := cmp.Compare(i, int64(whole)); c != 0 {
		return c
	}
	return cmp.Compare(whole, f)
}

func appendMissing(old *pb.Value, add *pb.ArrayValue) *pb.Value {
	var values []*pb.Value
	values = append(values, old.GetArrayValue().GetValues()...)
	for _, v := range add.GetValues() {
		if !holds(values, v) {
			values = append(values, v)
		}
	}
	return arrayOf(values)
}

func removeAll(old *pb.Value, remove *pb.ArrayValue) *pb.Value {
	var values []*pb.Value
	for _, v := range old.GetArrayValue().GetValues() {
		if !holds(remove.GetValues(), v) {
			values = append(values, v)
		}
	}
	return arrayOf(values)
}

func arrayOf(values []*pb.Value) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_ArrayValue{ArrayValue: &pb.ArrayValue{Values: values}}}
}

// holds tells whether an equivalent value is among values: numbers compare
// across types, zeros and NaNs are each equal, nulls too.
func holds(values []*pb.Value, v *pb.Value) bool {
	for _, w := range values {
		if equivalent(v, w) {
			return true
		}
	}
	return false
}

func equivalent(a, b *pb.Value) bool {
	if isNumber(a) && isNumber(b) {
		nanA, nanB := math.IsNaN(asFloat(a)), math.IsNaN(asFloat(b))
		if nanA || nanB {
			return nanA && nanB
		}
		return compareNumbers(a, b) == 0
	}
	return sameValue(&pb.Value{ValueType: a.ValueType}, &pb.Value{ValueType: b.ValueType})
}
