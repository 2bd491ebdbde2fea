package normalizers

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sidebyside/replay/corpus"
)

// read is a JSON text as trees, members in the order in which they came, texts as
// parts of one. It knows what servers write; what it does not understand is left
// to [corpus.JSON.Decode], which does, or says what is wrong.
func (f *forest) read(text corpus.JSON) (*Tree, error) {
	if utf8.Valid(text) {
		r := &jsonReader{forest: f, text: string(text)}
		r.space()
		if t := r.value(); t != nil {
			if r.space(); r.at == len(r.text) {
				return t, nil
			}
		}
	}
	decoded, err := text.Decode()
	if err != nil {
		return nil, err
	}
	return f.decoded(decoded), nil
}

// decoded makes trees of what [corpus.JSON.Decode] gives.
func (f *forest) decoded(v any) *Tree {
	switch v := v.(type) {
	case corpus.Object:
		t := f.tree(Object)
		for _, m := range v {
			c := f.decoded(m.Value)
			c.Name = m.Name
			t.Children = append(t.Children, c)
		}
		return t
	case []any:
		t := f.tree(List)
		for _, item := range v {
			t.Children = append(t.Children, f.decoded(item))
		}
		return t
	case bool:
		text := strconv.FormatBool(v)
		return f.scalar(Bool, text, text)
	case json.Number:
		return f.scalar(Number, canonicalNumber(string(v)), string(v))
	case string:
		return f.scalar(String, v, v)
	}
	return f.scalar(Null, "", "null")
}

// maxReadDepth bounds recursion; deeper texts are left to the decoder.
const maxReadDepth = 1000

// jsonReader reads RFC 8259. Each of its steps returns nil, or false, where it
// does not understand the text.
type jsonReader struct {
	*forest
	text  string
	at    int
	depth int
	stack []*Tree // the children of what is open
}

func (r *jsonReader) space() {
	for r.at < len(r.text) && (r.text[r.at] == ' ' || r.text[r.at] == '\n' || r.text[r.at] == '\r' || r.text[r.at] == '\t') {
		r.at++
	}
}

func (r *jsonReader) next() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *jsonReader) value() *Tree {
	switch c := r.next(); c {
	case '{':
		return r.composite(Object, '}')
	case '[':
		return r.composite(List, ']')
	case '"':
		if s, ok := r.string(); ok {
			return r.scalar(String, s, s)
		}
	case 't':
		return r.word(Bool, "true", "true")
	case 'f':
		return r.word(Bool, "false", "false")
	case 'n':
		return r.word(Null, "", "null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return r.number()
	}
	return nil
}

func (r *jsonReader) word(kind Kind, text, word string) *Tree {
	if !strings.HasPrefix(r.text[r.at:], word) {
		return nil
	}
	r.at += len(word)
	return r.scalar(kind, text, word)
}

// composite reads an object or a list to its end.
func (r *jsonReader) composite(kind Kind, end byte) *Tree {
	if r.depth++; r.depth > maxReadDepth {
		return nil
	}
	t := r.tree(kind)
	open := len(r.stack)
	r.at++
	r.space()
	if r.next() == end {
		r.at++
		r.depth--
		return t
	}
	for {
		c := r.child(kind)
		if c == nil {
			return nil
		}
		r.stack = append(r.stack, c)
		r.space()
		switch r.next() {
		case ',':
			r.at++
			r.space()
		case end:
			r.at++
			r.depth--
			t.Children = r.list(r.stack[open:])
			r.stack = r.stack[:open]
			return t
		default:
			return nil
		}
	}
}

func (r *jsonReader) child(kind Kind) *Tree {
	if kind == List {
		return r.value()
	}
	if r.next() != '"' {
		return nil
	}
	name, ok := r.string()
	if !ok {
		return nil
	}
	if r.space(); r.next() != ':' {
		return nil
	}
	r.at++
	r.space()
	c := r.value()
	if c != nil {
		c.Name = name
	}
	return c
}

func (r *jsonReader) number() *Tree {
	start := r.at
	for r.at < len(r.text) && numberByte[r.text[r.at]] {
		r.at++
	}
	literal := r.text[start:r.at]
	if plainInteger(literal) && literal != "-0" {
		return r.scalar(Number, literal, literal)
	}
	if !json.Valid([]byte(literal)) {
		return nil
	}
	return r.scalar(Number, canonicalNumber(literal), literal)
}

var numberByte = bytesOf("0123456789+-.eE")

func bytesOf(s string) (t [256]bool) {
	for i := range len(s) {
		t[s[i]] = true
	}
	return t
}

// plainText are the bytes of a string that stand for themselves.
var plainText = func() (t [256]bool) {
	for c := range 256 {
		t[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return t
}()

func (r *jsonReader) string() (string, bool) {
	start := r.at + 1
	i := start
	for i < len(r.text) && plainText[r.text[i]] {
		i++
	}
	if i < len(r.text) && r.text[i] == '"' {
		r.at = i + 1
		return r.text[start:i], true
	}
	var b strings.Builder
	b.WriteString(r.text[start:i])
	r.at = i
	return r.escaped(&b)
}

// escaped reads on behind the plain beginning of a string.
func (r *jsonReader) escaped(b *strings.Builder) (string, bool) {
	for r.at < len(r.text) {
		i := r.at
		for i < len(r.text) && plainText[r.text[i]] {
			i++
		}
		b.WriteString(r.text[r.at:i])
		r.at = i
		switch r.next() {
		case '"':
			r.at++
			return b.String(), true
		case '\\':
			if !r.escape(b) {
				return "", false
			}
		default:
			return "", false
		}
	}
	return "", false
}

// escape reads one escape. Halves of surrogate pairs are left to the decoder.
func (r *jsonReader) escape(b *strings.Builder) bool {
	const short = `"\/bfnrt`
	if r.at+1 >= len(r.text) {
		return false
	}
	c := r.text[r.at+1]
	if i := strings.IndexByte(short, c); i >= 0 {
		b.WriteByte("\"\\/\b\f\n\r\t"[i])
		r.at += 2
		return true
	}
	if c != 'u' {
		return false
	}
	u, ok := hexRune(r.text, r.at+2)
	if !ok {
		return false
	}
	r.at += 6
	if utf16.IsSurrogate(u) {
		low, ok := hexRune(r.text, r.at+2)
		if !ok || r.text[r.at:r.at+2] != `\u` {
			return false
		}
		if u = utf16.DecodeRune(u, low); u == utf8.RuneError {
			return false
		}
		r.at += 6
	}
	b.WriteRune(u)
	return true
}

func hexRune(text string, at int) (rune, bool) {
	if at+4 > len(text) {
		return 0, false
	}
	n, err := strconv.ParseUint(text[at:at+4], 16, 16)
	return rune(n), err == nil
}
