package datastore

import (
	"slices"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
)

// keyProperty names the key of an entity in filters, orders and projections.
const keyProperty = "__key__"

// A row of the built-in index is namespace, kind, property, value, path. The
// row of keyProperty has no value: it lists the entities of a kind.

// indexPrefix is what the rows of one property of one kind start with.
func indexPrefix(b []byte, namespace, kind, property string) []byte {
	b = appendText(b, namespace)
	b = appendText(b, kind)
	return appendText(b, property)
}

// rowsOf lists the index rows of an entity, sorted, each once.
func rowsOf(e *pb.Entity) ([]string, error) {
	w := rowWriter{buf: make([]byte, 0, 256)}
	path := e.Key.Path
	w.namespace = e.Key.PartitionId.GetNamespaceId()
	w.kind = path[len(path)-1].Kind
	w.path = appendPath(make([]byte, 0, 64), path)
	w.start(keyProperty)
	w.end()
	w.properties("", e.Properties)
	if len(w.ends) > maxIndexRows {
		return nil, invalid("Too many indexed properties: an entity may have at most %d index entries.", maxIndexRows)
	}
	return w.rows(), nil
}

// rowWriter writes all rows into one buffer, which becomes one string.
type rowWriter struct {
	namespace, kind string
	path            []byte
	buf             []byte
	ends            []int
}

func (w *rowWriter) start(property string) {
	w.buf = indexPrefix(w.buf, w.namespace, w.kind, property)
}

func (w *rowWriter) end() {
	w.buf = append(w.buf, w.path...)
	w.ends = append(w.ends, len(w.buf))
}

func (w *rowWriter) properties(prefix string, props map[string]*pb.Value) {
	for name, v := range props {
		w.value(prefix+name, v)
	}
}

// value writes the rows of one value. Elements of an array have a row each;
// the properties of an embedded entity are found under their dotted names.
func (w *rowWriter) value(property string, v *pb.Value) {
	if v.ExcludeFromIndexes {
		return
	}
	switch t := v.ValueType.(type) {
	case *pb.Value_ArrayValue:
		for _, x := range t.ArrayValue.GetValues() {
			w.value(property, x)
		}
	case *pb.Value_EntityValue:
		w.properties(property+".", t.EntityValue.GetProperties())
	default:
		w.start(property)
		w.buf = appendValue(w.buf, v)
		w.end()
	}
}

func (w *rowWriter) rows() []string {
	all := string(w.buf)
	rows := make([]string, len(w.ends))
	start := 0
	for i, end := range w.ends {
		rows[i] = all[start:end]
		start = end
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}
