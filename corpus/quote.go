package corpus

import (
	"fmt"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// doubleQuoted is a text in double quotes on one line; what cannot be seen is
// escaped (YAML 1.2, section 5.7).
func doubleQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// document is a text for people: a literal block where that is byte-exact, else
// in double quotes.
func document(s string) *yamlNode {
	header, lines, ok := literalBlock(s)
	if !ok {
		return scalar("", doubleQuoted(s))
	}
	return &yamlNode{block: &literalLines{header, lines}, open: true, width: tooWide}
}

// literalBlock is the header and the lines of a text as a literal block. ok says
// that reading them gives the text again, byte for byte.
func literalBlock(s string) (header string, lines []string, ok bool) {
	if strings.Trim(s, " \n") == "" || strings.ContainsFunc(s, notInBlock) {
		return "", nil, false
	}
	header = "|"
	if s[0] == ' ' || s[0] == '\n' {
		header += "2"
	}
	body := strings.TrimSuffix(s, "\n")
	switch {
	case body == s:
		header += "-"
	case strings.HasSuffix(body, "\n"):
		header += "+"
	}
	lines = strings.Split(body, "\n")
	if simpleLines(lines) {
		return header, lines, true
	}
	return header, lines, readsBack(header, lines, s)
}

func notInBlock(r rune) bool {
	return r != '\n' && r != '\t' && !unicode.IsPrint(r)
}

// simpleLines tells texts of which no reader of YAML has two opinions.
func simpleLines(lines []string) bool {
	for i, line := range lines {
		if strings.ContainsRune(line, '\t') || i == 0 && line == "" || line != "" && strings.TrimSpace(line) == "" {
			return false
		}
	}
	return lines[len(lines)-1] != ""
}

func readsBack(header string, lines []string, want string) bool {
	var w yamlWriter
	w.WriteString("x:")
	w.literal(&literalLines{header, lines}, 2)
	w.WriteString("y: 1\n")
	var have struct{ X string }
	err := yaml.Unmarshal(w.Bytes(), &have)
	return err == nil && have.X == want
}
