package redact

import (
	"encoding/json"
	"strings"
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

func alphanumeric(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}
