package redact

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// deepest is how many encodings may lie around a text.
const deepest = 6

// inJSON looks into the strings of a JSON text, and reports whether v is one. f
// gets with each string the name of its member. What f leaves alone stays byte
// for byte.
func inJSON(v string, f func(name, v string) string) (string, bool) {
	return inNamedJSON("", v, f)
}

// inNamedJSON is inJSON for a text that has a name, which is that of its items,
// too.
func inNamedJSON(name, v string, f func(name, v string) string) (string, bool) {
	trimmed := strings.TrimSpace(v)
	if len(trimmed) < 2 || !strings.ContainsRune("{[\"", rune(trimmed[0])) || !json.Valid([]byte(v)) {
		return v, false
	}
	var b strings.Builder
	pair := "" // the name that a pair gives to its value
	for rest := v; ; {
		start := strings.IndexByte(rest, '"')
		if start < 0 {
			b.WriteString(rest)
			return b.String(), true
		}
		end := closingQuote(rest, start)
		b.WriteString(rest[:start])
		if strings.Contains(rest[:start], "}") {
			pair = ""
		}
		if strings.HasPrefix(strings.TrimLeft(rest[end:], " \t\r\n"), ":") {
			b.WriteString(inLiteral(rest[start:end], "", f))
			_ = json.Unmarshal([]byte(rest[start:end]), &name) // the text is valid
		} else {
			of := name
			if pairNames[name] {
				_ = json.Unmarshal([]byte(rest[start:end]), &pair)
			} else if pairValues[name] && sensitive(pair) {
				of = pair
			}
			b.WriteString(inLiteral(rest[start:end], of, f))
		}
		rest = rest[end:]
	}
}

// withinText edits the JSON texts that stand in the middle of v, as in a message
// that shows a value.
func withinText(v string, f func(name, v string) string) []edit {
	const fewTries = 32 // each may read to the end
	var edits []edit
	for i, tries := 0, 0; i+1 < len(v) && tries < fewTries; i++ {
		if v[i] != '{' && v[i] != '[' || strings.IndexByte("\"{[ \t\r\n", v[i+1]) < 0 {
			continue
		}
		var text json.RawMessage
		if err := json.NewDecoder(strings.NewReader(v[i:])).Decode(&text); err != nil {
			tries++
			continue
		}
		end := i + len(text)
		if changed, _ := inJSON(v[i:end], f); changed != v[i:end] {
			edits = append(edits, edit{i, end, changed})
		}
		i = end - 1
	}
	return edits
}

// closingQuote is the end of the string literal that starts at i.
func closingQuote(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

func inLiteral(literal, name string, f func(name, v string) string) string {
	var plain string
	if err := json.Unmarshal([]byte(literal), &plain); err != nil {
		return literal
	}
	changed := f(name, plain)
	if changed == plain {
		return literal
	}
	return quoted(changed)
}

// quoted is the JSON literal of a text, without escapes for HTML.
func quoted(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string can be encoded
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// edit is a part of a text and what comes in its place.
type edit struct {
	start, end int
	text       string
}

// apply replaces parts of a text that are in order and do not overlap.
func apply(v string, edits []edit) string {
	if len(edits) == 0 {
		return v
	}
	var b strings.Builder
	last := 0
	for _, e := range edits {
		b.WriteString(v[last:e.start])
		b.WriteString(e.text)
		last = e.end
	}
	b.WriteString(v[last:])
	return b.String()
}

// runs visits the longest parts of v made of the given bytes.
func runs(v string, is func(byte) bool, visit func(start, end int)) {
	for start := 0; start < len(v); start++ {
		if !is(v[start]) {
			continue
		}
		end := start + 1
		for end < len(v) && is(v[end]) {
			end++
		}
		visit(start, end)
		start = end
	}
}

// inPercent edits the parts of v that are percent-encoded, as the names and
// values of a URL's query and the segments of its path are. A part that is plain
// is none.
func inPercent(v string, plain func(string) bool, f func(string) string) []edit {
	return percentBeside(v, nil, plain, f)
}

// percentBeside is inPercent for what of v is not edited yet.
func percentBeside(v string, edits []edit, plain func(string) bool, f func(string) string) []edit {
	if !strings.ContainsAny(v, "%+") {
		return nil
	}
	var more []edit
	from := 0
	for i := range len(edits) + 1 {
		next := edit{start: len(v), end: len(v)}
		if i < len(edits) {
			next = edits[i]
		}
		runs(v[from:next.start], percentRun, func(start, end int) {
			if text, ok := unescaped(v[from+start:from+end], plain, f); ok {
				more = append(more, edit{from + start, from + end, text})
			}
		})
		from = next.end
	}
	return more
}

func percentRun(b byte) bool {
	return b >= utf8.RuneSelf || alphanumeric(b) || strings.IndexByte("%+-._~@*!:", b) >= 0
}

func alphanumeric(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

// unescaped decodes a run as a part of a path, where "+" is a plus, and if f finds
// nothing there as one of a query, where it is a space.
func unescaped(run string, is func(string) bool, f func(string) string) (string, bool) {
	if strings.Contains(run, "%") {
		if plain, err := url.PathUnescape(run); err == nil && plain != run {
			if changed := f(plain); changed != plain {
				return escapedAs(run, changed), true
			}
		}
	}
	if strings.Contains(run, "+") && !is(run) {
		if plain, err := url.QueryUnescape(run); err == nil {
			if changed := f(plain); changed != plain {
				return url.QueryEscape(changed), true
			}
		}
	}
	return run, false
}

// escapedAs encodes a text, but not the signs that the run has as they are.
func escapedAs(run, v string) string {
	out := strings.ReplaceAll(url.QueryEscape(v), "+", "%20")
	for _, sign := range [...]string{"+", ":", "@", "!", "*"} {
		code := url.QueryEscape(sign)
		if strings.Contains(run, sign) && !strings.Contains(strings.ToUpper(run), code) {
			out = strings.ReplaceAll(out, code, sign)
		}
	}
	return out
}

// shortestBase64 is how long a text must be to be tried as base64.
const shortestBase64 = 8

// inBase64 edits the parts of v that are base64 of text.
func inBase64(v string, f func(string) string) []edit {
	if len(v) < shortestBase64 {
		return nil
	}
	var edits []edit
	try := func(start, end int) bool {
		plain, encode, ok := decoded(v[start:end])
		if !ok {
			return false
		}
		changed := plain
		if readable(plain) {
			changed = f(plain)
		} else {
			changed, ok = inBinary(plain, f)
			if encode = encodedAs(encode, v[start:end]); !ok {
				return false
			}
		}
		if changed != plain {
			edits = append(edits, edit{start, end, encode(changed)})
		}
		return ok
	}
	runs(v, base64Run, func(start, end int) {
		padded := end
		for padded < len(v) && v[padded] == '=' && padded < end+2 {
			padded++
		}
		if try(start, padded) {
			return
		}
		for start < end { // segments of a path
			length := strings.IndexByte(v[start:padded], '/')
			if length < 0 {
				length = padded - start
			}
			afterNames(v, start, start+length, try)
			start += length + 1
		}
	})
	return edits
}

// afterNames tries a part of a text, and what stands in it behind a name, user_...
func afterNames(v string, start, end int, try func(start, end int) bool) {
	const fewTries = 5
	for range fewTries {
		if try(start, end) {
			return
		}
		i := strings.IndexAny(v[start:end], "_-")
		if i < 0 {
			return
		}
		start += i + 1
	}
}

// encodedAs leaves out the padding that a value has not, though it would need none:
// keys and cursors are written so.
func encodedAs(encode func(string) string, v string) func(string) string {
	if strings.HasSuffix(v, "=") {
		return encode
	}
	return func(s string) string { return strings.TrimRight(encode(s), "=") }
}

func base64Run(b byte) bool {
	return alphanumeric(b) || b == '+' || b == '/' || b == '-' || b == '_'
}

// unbase64 decodes base64 (RFC 4648, either alphabet, padded or not) of readable
// text, and says how to encode it again.
func unbase64(v string) (plain string, encode func(string) string, ok bool) {
	plain, encode, ok = decoded(v)
	return plain, encode, ok && readable(plain)
}

// decoded is unbase64 for bytes of any kind.
func decoded(v string) (plain string, encode func(string) string, ok bool) {
	if len(v) < shortestBase64 {
		return "", nil, false
	}
	encoding := base64.StdEncoding
	if strings.ContainsAny(v, "-_") {
		encoding = base64.URLEncoding
	}
	if !strings.HasSuffix(v, "=") && len(v)%4 != 0 {
		encoding = encoding.WithPadding(base64.NoPadding)
	}
	data, err := encoding.DecodeString(v)
	if err != nil {
		return "", nil, false
	}
	return string(data), func(s string) string { return encoding.EncodeToString([]byte(s)) }, true
}

// readable reports whether a text is made of characters that people read.
func readable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return false
		}
	}
	return s != ""
}
