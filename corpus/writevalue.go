package corpus

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// valueWriter turns values into YAML; err is the first that cannot be written.
type valueWriter struct{ err error }

func (w *valueWriter) failf(format string, args ...any) *yamlNode {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
	return text("")
}

// text writes a text; YAML holds nothing but UTF-8.
func (w *valueWriter) text(s string) *yamlNode {
	w.checkUTF8(s)
	return text(s)
}

func (w *valueWriter) checkUTF8(s string) {
	if !utf8.ValidString(s) {
		w.failf("text %q is not UTF-8", s)
	}
}

func (w *valueWriter) document(s string) *yamlNode {
	w.checkUTF8(s)
	return document(s)
}

func (w *valueWriter) value(v Value) *yamlNode {
	switch v := v.(type) {
	case nil:
		return scalar("", "null")
	case bool:
		return scalar("", strconv.FormatBool(v))
	case int64:
		return scalar("", strconv.FormatInt(v, 10))
	case float64:
		return scalar("", floatText(v))
	case string:
		return w.text(v)
	case []byte:
		return scalar("!!binary", binaryText(v))
	case time.Time:
		return w.time(v)
	case Key:
		return w.key("!key", v)
	case GeoPoint:
		return list("!geo", scalar("", floatText(v.Lat)), scalar("", floatText(v.Lng)))
	case *Entity:
		return w.embedded(v)
	case []Value:
		n := list("")
		for _, item := range v {
			n.addItem(w.value(item))
		}
		return n
	case Typed:
		return w.typed(v)
	case Meant:
		return list("!meaning", scalar("", strconv.Itoa(int(v.Meaning))), w.value(v.Value))
	}
	return w.failf("a value is no %T", v)
}

// floatText always has a point or an exponent, so that it is no integer.
func floatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return ".nan"
	case math.IsInf(f, 1):
		return ".inf"
	case math.IsInf(f, -1):
		return "-.inf"
	}
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

func binaryText(b []byte) string {
	if len(b) == 0 {
		return `""`
	}
	return base64.StdEncoding.EncodeToString(b)
}

const timestampForm = "2006-01-02T15:04:05.999999Z"

func (w *valueWriter) time(t time.Time) *yamlNode {
	t = t.UTC()
	if problem := timeProblem(t); problem != "" {
		return w.failf("timestamp %s %s", t.Format(time.RFC3339Nano), problem)
	}
	return scalar("", t.Format(timestampForm))
}

func (w *valueWriter) key(tag string, k Key) *yamlNode {
	path := list("")
	if k.Namespace == "" {
		path = list(tag)
	}
	for i, e := range k.Path {
		if i+1 < len(k.Path) && k.Path[i+1].Kind == "" {
			path.addItem(w.text(e.Kind))
			path.addItem(w.columns(k))
			break
		}
		path.addItem(w.text(e.Kind))
		switch {
		case e.Name != "" && e.ID != 0:
			return w.failf("key %s has both id and name in one element", k)
		case e.Name != "":
			path.addItem(w.text(e.Name))
		case e.ID != 0:
			path.addItem(scalar("", strconv.FormatInt(e.ID, 10)))
		case i < len(k.Path)-1:
			return w.failf("key %s is incomplete before its end", k)
		}
	}
	if k.Namespace == "" {
		return path
	}
	n := mapping(tag)
	n.member("namespace", w.text(k.Namespace))
	n.member("path", path)
	return n
}

// columns are the values of the key of a row with several columns.
func (w *valueWriter) columns(k Key) *yamlNode {
	n := list("")
	for i, e := range k.Path {
		switch {
		case i > 0 && e.Kind != "" || k.Namespace != "":
			return w.failf("key %s mixes columns with further kinds", k)
		case (e.ID == 0) == (e.Name == ""):
			return w.failf("key %s has a column without a value", k)
		case e.Name != "":
			n.addItem(w.text(e.Name))
		default:
			n.addItem(scalar("", strconv.FormatInt(e.ID, 10)))
		}
	}
	return n
}

func (w *valueWriter) embedded(e *Entity) *yamlNode {
	if e == nil {
		return w.failf("an embedded entity is nil; a null is a nil value")
	}
	if len(e.Unindexed) > 0 {
		return w.failf("an embedded entity has index flags of its own; they stand with the outermost entity")
	}
	n := mapping("!entity")
	if !e.Key.IsZero() {
		n.member(ownKey, w.key("!key", e.Key))
	}
	w.members(n, e.Properties)
	return n
}

func (w *valueWriter) members(n *yamlNode, properties map[string]Value) {
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		w.checkUTF8(name)
		n.member(name, w.value(properties[name]))
	}
}

// maxPlainDepth is how deep JSON nests before it is written as text: readers of
// YAML bound the depth, and nobody reads it there.
const maxPlainDepth = 100

// json writes a JSON value as YAML where that holds it faithfully, else as
// `!json "text"`.
func (w *valueWriter) json(j JSON) *yamlNode {
	tree, err := j.Decode()
	if err != nil {
		return w.failf("JSON %q: %w", j, err)
	}
	if string(appendTree(nil, tree)) != string(j) {
		return rawJSON(j)
	}
	return jsonNode(tree, 0)
}

func rawJSON(j JSON) *yamlNode { return scalar("!json", doubleQuoted(string(j))) }

func jsonNode(tree any, depth int) *yamlNode {
	if depth > maxPlainDepth {
		return rawJSON(appendTree(nil, tree))
	}
	switch t := tree.(type) {
	case string:
		if !utf8.ValidString(t) {
			return rawJSON(appendTree(nil, t))
		}
		return text(t)
	case json.Number:
		return scalar("", string(t))
	case []any:
		n := list("")
		for _, item := range t {
			n.addItem(jsonNode(item, depth+1))
		}
		return n
	case Object:
		if !t.isMapping() {
			return rawJSON(appendTree(nil, t))
		}
		n := mapping("")
		for _, m := range t {
			n.member(m.Name, jsonNode(m.Value, depth+1))
		}
		return n
	}
	return scalar("", string(appendTree(nil, tree)))
}

// isMapping reports whether no name is repeated and all are UTF-8.
func (o Object) isMapping() bool {
	seen := make(map[string]bool, len(o))
	for _, m := range o {
		if seen[m.Name] || !utf8.ValidString(m.Name) {
			return false
		}
		seen[m.Name] = true
	}
	return true
}
