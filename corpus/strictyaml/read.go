package strictyaml

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"gopkg.in/yaml.v3"
)

// String reads a string. A number, boolean or null in its place is a problem.
func (n Node) String(into *string) bool {
	if n.Node == nil || n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
		n.Problemf("want a string, have %s", n.Describe())
		return false
	}
	*into = n.Value
	return true
}

// Text reads a scalar of any type as the text it is written with, for values
// where 1 and "1" mean the same (environment variables, say). Null is a problem.
func (n Node) Text(into *string) bool {
	if n.Node == nil || n.Kind != yaml.ScalarNode || n.IsNull() {
		n.Problemf("want a scalar, have %s", n.Describe())
		return false
	}
	*into = n.Value
	return true
}

// Strings reads a list of strings.
func (n Node) Strings(into *[]string) bool {
	return n.Items(func(_ int, item Node) {
		var s string
		if item.String(&s) {
			*into = append(*into, s)
		}
	})
}

// Int reads an integer.
func (n Node) Int(into *int) bool {
	if n.Node != nil && n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int" {
		if err := n.Decode(into); err == nil {
			return true
		}
	}
	n.Problemf("want an integer, have %s", n.Describe())
	return false
}

// Bool reads a boolean.
func (n Node) Bool(into *bool) bool {
	if n.Node != nil && n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" {
		if err := n.Decode(into); err == nil {
			return true
		}
	}
	n.Problemf("want true or false, have %s", n.Describe())
	return false
}

// OneOf reads a string that must be one of the given words.
func (n Node) OneOf(into *string, words ...string) bool {
	var s string
	if !n.String(&s) {
		return false
	}
	if !slices.Contains(words, s) {
		n.Problemf("unknown value %q%s", s, Suggest(s, words))
		return false
	}
	*into = s
	return true
}

// Suggest is the end of a message about an unknown name: the nearest known one,
// or the list of all known ones.
func Suggest(name string, known []string) string {
	known = slices.Sorted(slices.Values(known))
	best, distance := "", 1+max(1, len(name)/3)
	for _, k := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	if len(known) == 0 || len(known) > 30 {
		return ""
	}
	return "; known: " + strings.Join(known, ", ")
}
