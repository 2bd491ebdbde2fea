package corpus

import (
	"encoding/base64"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// readValue reads a stored value. Where there is none, a problem is recorded
// and the value is nil.
func readValue(n strictyaml.Node) Value {
	switch tag := n.ExplicitTag(); tag {
	case "":
		return readUntagged(n)
	case "!!str":
		return n.Value
	case "!!binary":
		return readBinary(n)
	case "!key":
		k, _ := readKey(n, true)
		return k
	case "!geo":
		return readGeo(n)
	case "!entity":
		return readEmbedded(n)
	case "!meaning":
		return readMeant(n)
	default:
		v, ok := readTyped(n, tag)
		if !ok {
			n.Problemf("unknown value tag %q%s", tag, strictyaml.Suggest(tag, valueTags()))
		}
		return v
	}
}

func readUntagged(n strictyaml.Node) Value {
	switch {
	case n.List():
		return readList(n)
	case n.Mapping():
		n.Problemf("a mapping is no value; write !entity before it for an embedded entity")
		return nil
	case n.Plain():
		return readPlain(n)
	}
	return n.Value
}

func readList(n strictyaml.Node) Value {
	list := make([]Value, 0, len(n.Content))
	n.Items(func(_ int, item strictyaml.Node) {
		if item.List() && item.ExplicitTag() == "" {
			item.Problemf("a list within a list; Datastore holds none")
			return
		}
		list = append(list, readValue(item))
	})
	return list
}

var (
	integerWord = regexp.MustCompile(`^-?(0|[1-9]\d*)$`)
	floatWord   = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+\.[0-9]*([eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.[0-9]+[eE][-+]?[0-9]+)$`)
	dateWord    = regexp.MustCompile(`^\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?$`)
)

var floatNames = map[string]float64{
	".nan": math.NaN(), ".NaN": math.NaN(), ".NAN": math.NaN(),
	".inf": math.Inf(1), ".Inf": math.Inf(1), ".INF": math.Inf(1),
	"+.inf": math.Inf(1), "+.Inf": math.Inf(1), "+.INF": math.Inf(1),
	"-.inf": math.Inf(-1), "-.Inf": math.Inf(-1), "-.INF": math.Inf(-1),
}

// readPlain tells the type of a scalar by how it looks.
func readPlain(n strictyaml.Node) Value {
	v := n.Value
	if v == "" {
		n.Problemf(`the value is empty; write null or ""`)
		return nil
	}
	if c := v[0]; c != '-' && c != '+' && c != '.' && (c < '0' || c > '9') {
		return readWord(v)
	}
	if f, ok := floatNames[v]; ok {
		return f
	}
	switch {
	case integerWord.MatchString(v):
		return readInteger(n)
	case floatWord.MatchString(v):
		f, err := strconv.ParseFloat(v, 64)
		if err != nil {
			n.Problemf("%s is beyond a 64-bit float", v)
		}
		return f
	case dateWord.MatchString(v):
		return readTime(n)
	case isNumberWord(n):
		n.Problemf("%s is no integer or float in decimal; write it so, or quote it if it is text", v)
		return nil
	}
	return v
}

func readWord(v string) Value {
	switch {
	case isNullWord(v):
		return nil
	case isTrueWord(v):
		return true
	case isFalseWord(v):
		return false
	}
	return v
}

func readInteger(n strictyaml.Node) Value {
	i, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		n.Problemf("%s is beyond a 64-bit integer; write a float with a point, or quote it if it is text", n.Value)
	}
	return i
}

// readTime reads a timestamp: RFC 3339, whole microseconds, years 1 to 9999
// (google.protobuf.Timestamp as Datastore keeps it).
func readTime(n strictyaml.Node) Value {
	var t time.Time
	if err := t.UnmarshalText([]byte(n.Value)); err != nil {
		n.Problemf("%s is no RFC 3339 timestamp; write one like 2026-12-01T00:00:00Z, or quote it if it is text", n.Value)
		return nil
	}
	t = t.UTC()
	if problem := timeProblem(t); problem != "" {
		n.Problemf("%s %s", n.Value, problem)
		return nil
	}
	return t
}

func timeProblem(t time.Time) string {
	switch {
	case t.Year() < 1 || t.Year() > 9999:
		return "is outside the years 1 to 9999"
	case t.Nanosecond()%1000 != 0:
		return "is finer than Datastore's microseconds"
	}
	return ""
}

func readBinary(n strictyaml.Node) Value {
	if !n.Scalar() {
		n.Problemf("want base64 text after !!binary")
		return nil
	}
	text := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' {
			return -1
		}
		return r
	}, n.Value)
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		n.Problemf("%q is no base64", n.Value)
	}
	return b
}

func readGeo(n strictyaml.Node) Value {
	var g GeoPoint
	ok := readPair(n, func(lat, lng strictyaml.Node) {
		readDegrees(lat, 90, &g.Lat)
		readDegrees(lng, 180, &g.Lng)
	})
	if !ok {
		n.Problemf("want !geo [latitude, longitude]")
	}
	return g
}

func readDegrees(n strictyaml.Node, limit float64, into *float64) {
	var f float64
	switch v := readValue(n).(type) {
	case float64:
		f = v
	case int64:
		f = float64(v)
	default:
		n.Problemf("want degrees")
		return
	}
	if !(math.Abs(f) <= limit) {
		n.Problemf("%s is not between -%g and %g degrees", n.Value, limit, limit)
	}
	*into = f
}

func readMeant(n strictyaml.Node) Value {
	var m Meant
	ok := readPair(n, func(meaning, value strictyaml.Node) {
		i, err := strconv.ParseInt(meaning.Value, 10, 32)
		if err != nil || i == 0 || !meaning.Plain() {
			meaning.Problemf("a meaning is a 32-bit integer other than 0")
		}
		m.Meaning = int32(i)
		m.Value = readValue(value)
		switch m.Value.(type) {
		case []Value, Meant:
			value.Problemf("a list or another !meaning has no meaning; give it to the elements")
		}
	})
	if !ok {
		n.Problemf("want !meaning [22, value]")
	}
	return m
}

// readPair visits the two items of a list; false if there are not two.
func readPair(n strictyaml.Node, visit func(first, second strictyaml.Node)) bool {
	if !n.List() || len(n.Content) != 2 {
		return false
	}
	visit(n.Of(n.Content[0]).Resolve(), n.Of(n.Content[1]).Resolve())
	return true
}

// readEmbedded reads !entity {...}; its own key is the member "__key__".
func readEmbedded(n strictyaml.Node) Value {
	e := &Entity{}
	n.Entries(func(key, value strictyaml.Node) {
		if key.Value != ownKey {
			put(&e.Properties, key.Value, func() Value { return readValue(value) })
			return
		}
		if value.ExplicitTag() != "!key" {
			value.Problemf("want !key [Kind, id or name, ...]")
			return
		}
		e.Key, _ = readKey(value, false)
	})
	return e
}

// ownKey is the member that holds the key of an embedded entity. Datastore
// reserves names of this form, so that no property is called so.
const ownKey = "__key__"
