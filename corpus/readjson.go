package corpus

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// readJSON reads a JSON value written as YAML.
func readJSON(n strictyaml.Node, into *JSON) {
	*into = appendNode(make([]byte, 0, 64), n)
}

// appendNode appends the JSON text of a YAML value; where the value is none, a
// problem is recorded and the text is of no use.
func appendNode(dst []byte, n strictyaml.Node) []byte {
	switch tag := n.ExplicitTag(); {
	case tag == "!json":
		return appendRawJSON(dst, n)
	case tag != "" && tag != "!!str":
		n.Problemf("unknown tag %q; a JSON value has no tag but !json", tag)
		return dst
	case n.Mapping():
		return appendMapping(dst, n)
	case n.List():
		dst = append(dst, '[')
		n.Items(func(i int, item strictyaml.Node) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendNode(dst, item)
		})
		return append(dst, ']')
	case n.Plain():
		return appendPlain(dst, n)
	}
	return appendJSONString(dst, n.Value)
}

func appendMapping(dst []byte, n strictyaml.Node) []byte {
	dst = append(dst, '{')
	first := true
	n.Entries(func(key, value strictyaml.Node) {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendJSONString(dst, key.Value), ':')
		dst = appendNode(dst, value)
	})
	return append(dst, '}')
}

// appendRawJSON reads `!json "text"`, the form for what YAML cannot hold.
func appendRawJSON(dst []byte, n strictyaml.Node) []byte {
	if !n.Scalar() || n.Plain() {
		n.Problemf(`want the JSON text in quotes after !json`)
		return dst
	}
	if _, err := decodeJSON([]byte(n.Value)); err != nil {
		n.Problemf("%s", err)
		return dst
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(n.Value)); err != nil {
		n.Problemf("%s", err)
	}
	return append(dst, compact.Bytes()...)
}

func appendPlain(dst []byte, n strictyaml.Node) []byte {
	switch v := n.Value; {
	case v == "":
		n.Problemf(`the value is empty; write null or "", or leave the key out`)
		return dst
	case isNullWord(v):
		return append(dst, "null"...)
	case isTrueWord(v):
		return append(dst, "true"...)
	case isFalseWord(v):
		return append(dst, "false"...)
	case isJSONNumber(v):
		return append(dst, v...)
	case isNumberWord(n):
		return appendYAMLNumber(dst, n)
	}
	return appendJSONString(dst, n.Value)
}

// appendYAMLNumber writes ".5", "+1" and "1." as JSON has them. Other numbers of
// YAML alone could be meant as text, so they are problems.
func appendYAMLNumber(dst []byte, n strictyaml.Node) []byte {
	v := strings.TrimPrefix(n.Value, "+")
	v = bareFraction.ReplaceAllString(v, "${1}0.")
	v = bareWhole.ReplaceAllString(v, "${1}.0${2}")
	if !isJSONNumber(v) {
		n.Problemf("%s is no JSON number; write it as JSON does, or quote it if it is text", n.Value)
	}
	return append(dst, v...)
}

var (
	bareFraction = regexp.MustCompile(`^(-?)\.`)
	bareWhole    = regexp.MustCompile(`^(-?\d+)\.([eE].*)?$`)
)

// The words of the YAML 1.2 core schema.
func isNullWord(s string) bool  { return s == "null" || s == "~" || s == "Null" || s == "NULL" }
func isTrueWord(s string) bool  { return s == "true" || s == "True" || s == "TRUE" }
func isFalseWord(s string) bool { return s == "false" || s == "False" || s == "FALSE" }

// isNumberWord reports whether YAML takes a plain scalar for a number.
func isNumberWord(n strictyaml.Node) bool {
	tag := n.ShortTag()
	return tag == "!!int" || tag == "!!float"
}
