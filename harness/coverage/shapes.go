package coverage

import (
	"encoding/json"
	"math"
	"math/big"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
)

// The shapes of positions, but for enum values and object types, which go by
// their name.
const (
	Absent = "absent" // an argument or input field that is left out
	Null   = "null"

	value = "value"

	noItems   = "empty" // of lists
	oneItem   = "one"
	manyItems = "many"

	emptyText = "empty"
	longText  = "long"
	nonASCII  = "non-ascii"

	zero     = "zero"
	negative = "negative"
	minInt   = "min"
	maxInt   = "max"
	fraction = "fraction"
	large    = "large"

	yes = "true"
	no  = "false"

	success        = "success"
	executionError = "execution error"
	requestError   = "request error"

	present = "present" // of stores

	found    = "found" // of representations
	notFound = "not found"
)

var outcomes = []string{success, executionError, requestError}

const (
	// longFrom is the length from which a text is long, in characters: a limit of
	// 255 is then exceeded.
	longFrom = 256
	// largeFrom is the size from which a float no longer tells integers apart.
	largeFrom = 1 << 53
)

// valueShapes are the shapes of a value of a type that is no list, null aside.
func valueShapes(def *ast.Definition) []string {
	if def == nil {
		return []string{value}
	}
	switch {
	case def.Kind == ast.Enum:
		names := make([]string, len(def.EnumValues))
		for i, v := range def.EnumValues {
			names[i] = v.Name
		}
		return names
	case def.Kind != ast.Scalar:
		return []string{value}
	}
	switch def.Name {
	case "String":
		return []string{value, emptyText, longText, nonASCII}
	case "ID":
		return []string{value, emptyText}
	case "Int":
		return []string{value, zero, negative, minInt, maxInt}
	case "Float":
		return []string{value, zero, negative, fraction, large}
	case "Boolean":
		return []string{yes, no}
	}
	return []string{value}
}

// shapesOf are the shapes that a value has as one of the type, itself no list and
// not null. A value that is none of the type has none.
func shapesOf(def *ast.Definition, v any) []string {
	if def == nil || def.Kind != ast.Scalar && def.Kind != ast.Enum {
		return []string{value}
	}
	switch v := v.(type) {
	case string:
		return textShapes(def, v)
	case bool:
		if def.Name == "Boolean" {
			if v {
				return []string{yes}
			}
			return []string{no}
		}
	case json.Number:
		switch def.Name {
		case "Int", "Float":
			return numberShapes(def.Name, string(v))
		case "String", "Boolean":
			return nil
		}
	}
	return []string{value}
}

func textShapes(def *ast.Definition, s string) []string {
	if def.Kind == ast.Enum {
		return []string{s}
	}
	if s == "" {
		return []string{emptyText}
	}
	shapes := []string{value}
	if utf8.RuneCountInString(s) >= longFrom {
		shapes = append(shapes, longText)
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return append(shapes, nonASCII)
		}
	}
	return shapes
}

// numberShapes are those of an Int or Float. A value is a positive number.
func numberShapes(typ, literal string) []string {
	n, ok := new(big.Float).SetString(literal)
	if !ok {
		return nil
	}
	var shapes []string
	switch n.Sign() {
	case 0:
		return []string{zero}
	case 1:
		shapes = append(shapes, value)
	default:
		shapes = append(shapes, negative)
	}
	if typ == "Float" {
		if !n.IsInt() {
			shapes = append(shapes, fraction)
		}
		if new(big.Float).Abs(n).Cmp(big.NewFloat(largeFrom)) >= 0 {
			shapes = append(shapes, large)
		}
		return shapes
	}
	switch i, exact := n.Int64(); {
	case exact != big.Exact:
	case i == math.MaxInt32:
		shapes = append(shapes, maxInt)
	case i == math.MinInt32:
		shapes = append(shapes, minInt)
	}
	return shapes
}
