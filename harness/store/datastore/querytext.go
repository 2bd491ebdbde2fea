package datastore

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"

	"github.com/sidebyside/replay/corpus"
)

// identity is the canonical text of a query up to its limit, offset and cursors:
//
//	query Task in north under Class/7 where done = false and points > 3 order by due, points desc
func (d description) identity() string {
	var b strings.Builder
	b.WriteString("query ")
	if d.ranged.Kind == "" {
		b.WriteString("all kinds")
	} else {
		b.WriteString(nameText(d.ranged.Kind))
	}
	if d.ranged.Namespace != "" {
		b.WriteString(" in " + nameText(d.ranged.Namespace))
	}
	if len(d.ranged.Ancestor.Path) > 0 {
		b.WriteString(" under " + d.ranged.Ancestor.String())
	}
	if len(d.ranged.Filters) > 0 {
		b.WriteString(" where " + strings.Join(d.ranged.Filters, " and "))
	}
	if columns := present(slices.Clone(d.properties)); len(columns) > 0 {
		b.WriteString(" having " + strings.Join(columns, ", "))
	}
	if len(d.distinct) > 0 {
		b.WriteString(" distinct on " + strings.Join(d.distinct, ", "))
	}
	if len(d.order) > 0 {
		b.WriteString(" order by " + strings.Join(d.order, ", "))
	}
	return b.String()
}

// text is the identity with the rest of the query.
func (d description) text(q *pb.Query) string {
	var b strings.Builder
	b.WriteString(d.identity())
	if len(d.properties) == 1 && d.properties[0] == keyProperty {
		b.WriteString(" keys only")
	}
	if d.ranged.From != "" {
		b.WriteString(" from " + d.ranged.From)
	}
	if d.ranged.To != "" {
		b.WriteString(" to " + d.ranged.To)
	}
	if q.GetOffset() != 0 {
		fmt.Fprintf(&b, " offset %d", q.GetOffset())
	}
	if q.GetLimit() != nil {
		fmt.Fprintf(&b, " limit %d", q.GetLimit().GetValue())
	}
	return b.String()
}

func cursorText(cursor []byte) string { return base64.RawURLEncoding.EncodeToString(cursor) }

// operators in the words of GQL.
var operators = map[pb.PropertyFilter_Operator]string{
	pb.PropertyFilter_LESS_THAN: "<", pb.PropertyFilter_LESS_THAN_OR_EQUAL: "<=",
	pb.PropertyFilter_GREATER_THAN: ">", pb.PropertyFilter_GREATER_THAN_OR_EQUAL: ">=",
	pb.PropertyFilter_EQUAL: "=", pb.PropertyFilter_NOT_EQUAL: "!=",
	pb.PropertyFilter_IN: "in", pb.PropertyFilter_NOT_IN: "not in",
	pb.PropertyFilter_HAS_ANCESTOR: "has ancestor",
}

// filterText is the same for filters that mean the same up to the order of what
// they combine.
func filterText(f *pb.Filter) string {
	if simple := f.GetPropertyFilter(); simple != nil {
		return nameText(simple.GetProperty().GetName()) + " " + operators[simple.GetOp()] + " " + valueText(simple.GetValue())
	}
	composite := f.GetCompositeFilter()
	var parts []string
	for _, inner := range composite.GetFilters() {
		parts = append(parts, filterText(inner))
	}
	slices.Sort(parts)
	word := " and "
	if composite.GetOp() == pb.CompositeFilter_OR {
		word = " or "
	}
	return "(" + strings.Join(slices.Compact(parts), word) + ")"
}

// valueText writes a value such that two different ones differ.
func valueText(v *pb.Value) string {
	switch t := v.GetValueType().(type) {
	case *pb.Value_BooleanValue:
		return strconv.FormatBool(t.BooleanValue)
	case *pb.Value_IntegerValue:
		return strconv.FormatInt(t.IntegerValue, 10)
	case *pb.Value_DoubleValue:
		return floatText(t.DoubleValue)
	case *pb.Value_StringValue:
		return strconv.Quote(t.StringValue)
	case *pb.Value_BlobValue:
		return "0x" + hex.EncodeToString(t.BlobValue)
	case *pb.Value_TimestampValue:
		return t.TimestampValue.AsTime().Format(time.RFC3339Nano)
	case *pb.Value_KeyValue:
		id := t.KeyValue.GetPartitionId()
		k, _ := Partition{id.GetProjectId(), id.GetDatabaseId()}.FromKey(t.KeyValue) // its own partition: no error
		return k.String()
	case *pb.Value_GeoPointValue:
		return fmt.Sprintf("geo(%v, %v)", t.GeoPointValue.GetLatitude(), t.GeoPointValue.GetLongitude())
	case *pb.Value_ArrayValue:
		return "[" + listText(t.ArrayValue.GetValues()) + "]"
	case *pb.Value_EntityValue:
		return entityText(t.EntityValue)
	default:
		return "null"
	}
}

func listText(list []*pb.Value) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = valueText(v)
	}
	return strings.Join(parts, ", ")
}

func entityText(e *pb.Entity) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(e.GetProperties())) {
		parts = append(parts, nameText(name)+": "+valueText(e.GetProperties()[name]))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// floatText tells 1.0 from the integer 1.
func floatText(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if strings.ContainsAny(s, ".eIN") {
		return s
	}
	return s + ".0"
}

// nameText quotes a name that could be taken for something else.
func nameText(name string) string {
	k := corpus.Key{Path: []corpus.PathElement{{Kind: name}}}
	if strings.ContainsAny(name, " ,=<>()") {
		return strconv.Quote(name)
	}
	return k.String()
}
