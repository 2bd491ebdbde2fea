package corpus

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Object is a JSON object in [JSON.Decode]'s tree: members in the order they
// came, repeated names included.
type Object []Member

// Member is one name and value of an Object.
type Member struct {
	Name  string
	Value any
}

// Get is the value of the last member of that name, as most readers of JSON
// have it, and whether there is one.
func (o Object) Get(name string) (any, bool) {
	for _, m := range slices.Backward(o) {
		if m.Name == name {
			return m.Value, true
		}
	}
	return nil, false
}

// ParseJSON reads a JSON text (RFC 8259) as it came over the wire into the form
// the corpus keeps: white space between tokens is dropped, and strings get their
// shortest escapes. Everything else stays: literals of numbers, order and
// repetition of members, escapes of unpaired surrogates. The error says at which
// byte the text is no JSON.
func ParseJSON(data []byte) (JSON, error) {
	tree, err := decodeJSON(data)
	if err != nil {
		return nil, err
	}
	return appendTree(make([]byte, 0, len(data)), tree), nil
}

// Decode is the text as a tree of
//
//	nil  bool  json.Number (the literal)  string  []any  Object
//
// An unpaired surrogate escape becomes the three bytes of its generalised UTF-8,
// so that two different ones stay different. Decoding the absent value (nil) is
// an error: absent is not null.
func (j JSON) Decode() (any, error) {
	if j == nil {
		return nil, errAbsentJSON
	}
	return decodeJSON(j)
}

// String is the JSON text.
func (j JSON) String() string { return string(j) }

// MarshalJSON is the text itself, null when absent.
func (j JSON) MarshalJSON() ([]byte, error) {
	if j == nil {
		return []byte("null"), nil
	}
	return j, nil
}

// EncodeJSON is the text of a tree as [JSON.Decode] gives it; a value of another
// type is an error.
func EncodeJSON(tree any) (JSON, error) {
	if err := checkTree(tree); err != nil {
		return nil, err
	}
	return appendTree(nil, tree), nil
}

func checkTree(tree any) error {
	switch t := tree.(type) {
	case nil, bool, string:
		return nil
	case json.Number:
		if !isJSONNumber(string(t)) {
			return fmt.Errorf("encode JSON: %q is no number", t)
		}
		return nil
	case []any:
		for _, item := range t {
			if err := checkTree(item); err != nil {
				return err
			}
		}
		return nil
	case Object:
		for _, m := range t {
			if err := checkTree(m.Value); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("encode JSON: a tree holds no %T", tree)
}

func appendTree(dst []byte, tree any) []byte {
	switch t := tree.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		if t {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case json.Number:
		return append(dst, t...)
	case string:
		return appendJSONString(dst, t)
	case []any:
		dst = append(dst, '[')
		for i, item := range t {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendTree(dst, item)
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		for i, m := range t {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendJSONString(dst, m.Name), ':')
			dst = appendTree(dst, m.Value)
		}
		return append(dst, '}')
	}
	panic(fmt.Sprintf("tree holds %T", tree))
}

// appendJSONString writes the shortest literal of s. Bytes that are no UTF-8
// become U+FFFD, but the generalised UTF-8 of a surrogate its escape.
func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		if b := s[i]; b < utf8.RuneSelf {
			dst = appendJSONByte(dst, b)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			if surrogate, ok := surrogateAt(s[i:]); ok {
				dst = fmt.Appendf(dst, `\u%04x`, surrogate)
				i += 3
				continue
			}
		}
		dst = utf8.AppendRune(dst, r)
		i += size
	}
	return append(dst, '"')
}

func appendJSONByte(dst []byte, b byte) []byte {
	switch b {
	case '"', '\\':
		return append(dst, '\\', b)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	if b < ' ' {
		return fmt.Appendf(dst, `\u%04x`, b)
	}
	return append(dst, b)
}

// surrogateAt reads the generalised UTF-8 (WTF-8) of one surrogate.
func surrogateAt(s string) (rune, bool) {
	if len(s) < 3 || s[0] != 0xed || s[1] < 0xa0 || s[1] > 0xbf || s[2]&0xc0 != 0x80 {
		return 0, false
	}
	return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), true
}

func appendSurrogate(dst []byte, r rune) []byte {
	return append(dst, 0xed, 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
}
