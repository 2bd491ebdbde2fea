package shape

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// input is the shape of a value that was asked with: of a number its sign, of a
// string whether it is empty, of an enum value itself, of a list whether it holds
// none, one or many.
func input(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		if v {
			return "true"
		}
		return "false"
	case json.Number:
		return number(v.String())
	case string:
		switch {
		case v == "":
			return "empty"
		case enumLike.MatchString(v):
			return v
		}
		return "string"
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = input(item)
		}
		return list(items)
	case corpus.Object:
		members := make([]string, len(v))
		for i, m := range v {
			members[i] = m.Name + ":" + input(m.Value)
		}
		return "{" + set(members, ",") + "}"
	}
	return "unknown"
}

// enumLike is how enum values are written (GraphQL specification, section 2.9.6, by
// convention in capitals). No schema is asked: a code in capitals counts as one, too.
var enumLike = regexp.MustCompile(`^[A-Z][A-Z_]{0,38}[A-Z]$`)

func number(text string) string {
	kind := "int"
	if strings.ContainsAny(text, ".eE") {
		kind = "float"
	}
	mantissa, _, _ := strings.Cut(strings.ToLower(text), "e")
	switch {
	case strings.Trim(mantissa, "-0.") == "":
		return kind + "=0"
	case strings.HasPrefix(text, "-"):
		return kind + "<0"
	}
	return kind
}

func list(items []string) string { return "[" + class(len(items)) + " " + set(items, "|") + "]" }

// stored is the type of a stored value, nested ones included.
func stored(v corpus.Value) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case int64:
		return "integer"
	case float64:
		return "float"
	case string:
		return "string"
	case []byte:
		return "binary"
	case time.Time:
		return "timestamp"
	case corpus.Key:
		return "key"
	case corpus.GeoPoint:
		return "geo"
	case corpus.Typed:
		return v.Type
	case corpus.Meant:
		return "meant " + stored(v.Value)
	case []corpus.Value:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = stored(item)
		}
		return list(items)
	case *corpus.Entity:
		members := make([]string, 0, len(v.Properties))
		for name, value := range v.Properties {
			members = append(members, name+":"+stored(value))
		}
		return "{" + set(members, ",") + "}"
	}
	return "unknown"
}

// varying are the parts of a message that say which one, not what: quoted texts and
// numbers.
var varying = regexp.MustCompile("\"[^\"]*\"|'[^']*'|`[^`]*`|\\d+(\\.\\d+)*")

// message is the class of a message.
func message(text string) string { return varying.ReplaceAllString(text, "#") }
