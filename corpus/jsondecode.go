package corpus

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

var errAbsentJSON = errors.New("decode JSON: the value is absent")

// maxJSONDepth bounds recursion; encoding/json has the same bound.
const maxJSONDepth = 10000

// jsonDecoder reads RFC 8259 strictly. encoding/json would do, but for repeated
// members, unpaired surrogates and bytes that are no UTF-8, which it merges.
type jsonDecoder struct {
	text  []byte
	at    int
	depth int
}

type jsonError struct {
	at      int
	message string
}

func (e jsonError) Error() string {
	return fmt.Sprintf("decode JSON: byte %d: %s", e.at+1, e.message)
}

func decodeJSON(text []byte) (any, error) {
	d := &jsonDecoder{text: text}
	d.space()
	tree, err := d.value()
	if err != nil {
		return nil, err
	}
	if d.space(); d.at < len(text) {
		return nil, d.problem("want the end, have more text")
	}
	return tree, nil
}

func (d *jsonDecoder) problem(message string) error { return jsonError{at: d.at, message: message} }

func (d *jsonDecoder) space() {
	for d.at < len(d.text) {
		switch d.text[d.at] {
		case ' ', '\t', '\n', '\r':
			d.at++
		default:
			return
		}
	}
}

// peek is the next byte, 0 at the end.
func (d *jsonDecoder) peek() byte {
	if d.at < len(d.text) {
		return d.text[d.at]
	}
	return 0
}

func (d *jsonDecoder) value() (any, error) {
	switch c := d.peek(); {
	case c == '{':
		return d.nested(d.object)
	case c == '[':
		return d.nested(d.array)
	case c == '"':
		return d.string()
	case c == 't':
		return true, d.word("true")
	case c == 'f':
		return false, d.word("false")
	case c == 'n':
		return nil, d.word("null")
	case c == '-' || '0' <= c && c <= '9':
		return d.number()
	case d.at >= len(d.text):
		return nil, d.problem("the text ends where a value is due")
	}
	return nil, d.problem("want a value, have " + strconv.QuoteRune(rune(d.peek())))
}

func (d *jsonDecoder) nested(read func() (any, error)) (any, error) {
	if d.depth++; d.depth > maxJSONDepth {
		return nil, d.problem("nested too deeply")
	}
	d.at++
	d.space()
	v, err := read()
	d.depth--
	return v, err
}

func (d *jsonDecoder) object() (any, error) {
	o := Object{}
	if d.peek() == '}' {
		d.at++
		return o, nil
	}
	for {
		if d.peek() != '"' {
			return nil, d.problem("want a member name in double quotes")
		}
		name, err := d.string()
		if err != nil {
			return nil, err
		}
		if d.space(); d.peek() != ':' {
			return nil, d.problem("want a colon")
		}
		d.at++
		d.space()
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		o = append(o, Member{Name: name, Value: v})
		if end, err := d.separator('}'); end || err != nil {
			return o, err
		}
	}
}

func (d *jsonDecoder) array() (any, error) {
	list := []any{}
	if d.peek() == ']' {
		d.at++
		return list, nil
	}
	for {
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if end, err := d.separator(']'); end || err != nil {
			return list, err
		}
	}
}

func (d *jsonDecoder) separator(closing byte) (end bool, err error) {
	d.space()
	switch d.peek() {
	case closing:
		d.at++
		return true, nil
	case ',':
		d.at++
		d.space()
		return false, nil
	}
	return false, d.problem("want a comma or " + strconv.QuoteRune(rune(closing)))
}

func (d *jsonDecoder) word(word string) error {
	if len(d.text)-d.at < len(word) || string(d.text[d.at:d.at+len(word)]) != word {
		return d.problem("want " + word)
	}
	d.at += len(word)
	return nil
}

func (d *jsonDecoder) number() (any, error) {
	n := jsonNumberLen(d.text[d.at:])
	if n == 0 {
		return nil, d.problem("not a number")
	}
	literal := json.Number(d.text[d.at : d.at+n])
	d.at += n
	return literal, nil
}

// isJSONNumber reports whether s is a number literal of RFC 8259, section 6.
func isJSONNumber(s string) bool { return s != "" && jsonNumberLen(s) == len(s) }

func jsonNumberLen[T string | []byte](s T) int {
	digits := func(i int) int {
		for i < len(s) && '0' <= s[i] && s[i] <= '9' {
			i++
		}
		return i
	}
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	whole := digits(i)
	if whole == i {
		return 0
	}
	if s[i] == '0' {
		whole = i + 1
	}
	i = whole
	if i < len(s) && s[i] == '.' {
		if end := digits(i + 1); end > i+1 {
			i = end
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		sign := i + 1
		if sign < len(s) && (s[sign] == '+' || s[sign] == '-') {
			sign++
		}
		if end := digits(sign); end > sign {
			i = end
		}
	}
	return i
}

func (d *jsonDecoder) string() (string, error) {
	d.at++
	start := d.at
	for d.at < len(d.text) && d.text[d.at] != '"' && d.text[d.at] != '\\' && d.text[d.at] >= ' ' {
		d.at++
	}
	plain := d.text[start:d.at]
	if !utf8.Valid(plain) {
		return "", d.problem("the string is not UTF-8")
	}
	if d.peek() == '"' {
		d.at++
		return string(plain), nil
	}
	return d.escaped(append([]byte(nil), plain...))
}

// escaped reads on behind the plain beginning of a string.
func (d *jsonDecoder) escaped(s []byte) (string, error) {
	for d.at < len(d.text) {
		switch c := d.text[d.at]; {
		case c == '"':
			d.at++
			return string(s), nil
		case c == '\\':
			var err error
			if s, err = d.escape(s); err != nil {
				return "", err
			}
		case c < ' ':
			return "", d.problem("a control character in a string must be escaped")
		default:
			r, size := utf8.DecodeRune(d.text[d.at:])
			if r == utf8.RuneError && size == 1 {
				return "", d.problem("the string is not UTF-8")
			}
			s = append(s, d.text[d.at:d.at+size]...)
			d.at += size
		}
	}
	return "", d.problem("the text ends within a string")
}

var jsonEscapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (d *jsonDecoder) escape(s []byte) ([]byte, error) {
	if d.at+1 >= len(d.text) {
		return nil, d.problem("the text ends within an escape")
	}
	c := d.text[d.at+1]
	if plain, ok := jsonEscapes[c]; ok {
		d.at += 2
		return append(s, plain), nil
	}
	r, ok := d.unicodeEscape()
	if !ok {
		return nil, d.problem("unknown escape in a string")
	}
	d.at += 6
	if !utf16.IsSurrogate(r) {
		return utf8.AppendRune(s, r), nil
	}
	if low, ok := d.unicodeEscape(); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			d.at += 6
			return utf8.AppendRune(s, pair), nil
		}
	}
	return appendSurrogate(s, r), nil
}

func (d *jsonDecoder) unicodeEscape() (rune, bool) {
	if len(d.text)-d.at < 6 || d.text[d.at] != '\\' || d.text[d.at+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(d.text[d.at+2:d.at+6]), 16, 16)
	return rune(n), err == nil
}
