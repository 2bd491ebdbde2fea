package postgres

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// same compares two values of one column as the database does: numerics by value,
// instants whatever their offset, jsonb by what it holds.
func same(a, b corpus.Value) bool {
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		return ok && (a == b || a != a && b != b)
	case []byte:
		b, ok := b.([]byte)
		return ok && bytes.Equal(a, b)
	case time.Time:
		b, ok := b.(time.Time)
		return ok && a.Equal(b)
	case []corpus.Value:
		b, ok := b.([]corpus.Value)
		return ok && slices.EqualFunc(a, b, same)
	case corpus.Typed:
		b, ok := b.(corpus.Typed)
		return ok && a.Type == b.Type && (a.Text == b.Text || canonical(a) == canonical(b))
	}
	return a == b
}

var numberWord = regexp.MustCompile(`-?\d+(\.\d+)?([eE][-+]?\d+)?`)

// canonical is one text for all texts that the database takes for one value.
func canonical(t corpus.Typed) string {
	switch t.Type {
	case "numeric":
		return canonicalNumber(t.Text)
	case "numrange":
		return numberWord.ReplaceAllStringFunc(t.Text, canonicalNumber)
	case "jsonb":
		tree, err := corpus.JSON(t.Text).Decode()
		if err != nil {
			return t.Text
		}
		text, err := corpus.EncodeJSON(canonicalJSON(tree))
		if err != nil {
			return t.Text
		}
		return string(text)
	}
	return t.Text
}

// canonicalNumber drops zeros at the end of decimals. The server prints numerics
// without exponents.
func canonicalNumber(s string) string {
	if strings.ContainsAny(s, "eE") || !strings.Contains(s, ".") {
		return s
	}
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" || s == "" || s == "-" {
		return "0"
	}
	return s
}

// canonicalJSON keeps the order of members: the server has one for each set of
// names.
func canonicalJSON(tree any) any {
	switch t := tree.(type) {
	case corpus.Object:
		for i := range t {
			t[i].Value = canonicalJSON(t[i].Value)
		}
	case []any:
		for i := range t {
			t[i] = canonicalJSON(t[i])
		}
	case json.Number:
		return json.Number(canonicalNumber(string(t)))
	}
	return tree
}
