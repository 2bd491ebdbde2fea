package corpus

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// typedTags are the types of [Typed] that have a tag of their own; every other
// one is written !sql [type, text]. The function says what is wrong with a text.
var typedTags = map[string]func(text string) string{
	"numeric":     checkNumeric,
	"date":        checkNotEmpty,
	"time":        checkNotEmpty,
	"timetz":      checkNotEmpty,
	"timestamp":   checkNotEmpty,
	"timestamptz": checkNotEmpty,
	"interval":    checkNotEmpty,
	"uuid":        checkUUID,
	"json":        checkJSONText,
	"jsonb":       checkJSONText,
	"inet":        checkNotEmpty,
	"cidr":        checkNotEmpty,
	"int4range":   checkNotEmpty,
	"int8range":   checkNotEmpty,
	"numrange":    checkNotEmpty,
	"daterange":   checkNotEmpty,
	"tsrange":     checkNotEmpty,
	"tstzrange":   checkNotEmpty,
	"ttl":         checkSeconds,
}

// sqlTag is the tag of a value whose type has none of its own.
const sqlTag = "!sql"

var (
	numericWord = regexp.MustCompile(`^(-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?|NaN|-?Infinity)$`)
	uuidWord    = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
)

func checkNumeric(s string) string {
	if !numericWord.MatchString(s) {
		return fmt.Sprintf("%q is no numeric; write one like 9.50", s)
	}
	return ""
}

func checkUUID(s string) string {
	if !uuidWord.MatchString(s) {
		return fmt.Sprintf("%q is no uuid in lower case", s)
	}
	return ""
}

func checkJSONText(s string) string {
	if _, err := ParseJSON([]byte(s)); err != nil {
		return fmt.Sprintf("%q is no JSON; write it in quotes, like '{\"a\": 1}'", s)
	}
	return ""
}

func checkSeconds(s string) string {
	if n, err := strconv.ParseInt(s, 10, 64); err != nil || n < 1 || strconv.FormatInt(n, 10) != s {
		return fmt.Sprintf("%q is no time to live; write whole seconds from 1", s)
	}
	return ""
}

func checkNotEmpty(s string) string {
	if s == "" {
		return "the value is empty"
	}
	return ""
}

// valueTags are the tags of values, for suggestions.
func valueTags() []string {
	known := []string{"!key", "!geo", "!entity", "!meaning", "!!binary", sqlTag}
	for name := range typedTags {
		known = append(known, "!"+name)
	}
	slices.Sort(known)
	return known
}

// readTyped reads a value behind the tag of a type; ok is false for an unknown
// tag.
func readTyped(n strictyaml.Node, tag string) (v Value, ok bool) {
	if tag == sqlTag {
		return readSQL(n), true
	}
	name := strings.TrimPrefix(tag, "!")
	check := typedTags[name]
	if check == nil || name == tag {
		return nil, false
	}
	if !n.Scalar() {
		n.Problemf("want text after %s, have %s", tag, n.Describe())
		return nil, true
	}
	if problem := check(n.Value); problem != "" {
		n.Problemf("%s", problem)
	}
	return Typed{Type: name, Text: n.Value}, true
}

func readSQL(n strictyaml.Node) Value {
	var t Typed
	ok := readPair(n, func(name, text strictyaml.Node) {
		if !name.String(&t.Type) || !text.String(&t.Text) {
			return
		}
		if t.Type == "" {
			name.Problemf("the type is empty")
		}
		if typedTags[t.Type] != nil {
			name.Problemf("type %q has a tag of its own: !%s", t.Type, t.Type)
		}
	})
	if !ok {
		n.Problemf("want !sql [type, text], the text as the database prints it")
	}
	return t
}

// plainTyped are texts that stand behind a tag without quotes.
var plainTyped = regexp.MustCompile(`^-?[A-Za-z0-9]([A-Za-z0-9.:+-]*[A-Za-z0-9])?( [A-Za-z0-9+-]([A-Za-z0-9.:+-]*[A-Za-z0-9])?)*$`)

func (w *valueWriter) typed(t Typed) *yamlNode {
	w.checkUTF8(t.Text)
	check := typedTags[t.Type]
	if check == nil {
		if t.Type == "" {
			return w.failf("a typed value has no type")
		}
		return list(sqlTag, w.text(t.Type), w.text(t.Text))
	}
	if problem := check(t.Text); problem != "" {
		return w.failf("%s: %s", t.Type, problem)
	}
	s := t.Text
	if !plainTyped.MatchString(s) {
		s = doubleQuoted(s)
	}
	return scalar("!"+t.Type, s)
}
