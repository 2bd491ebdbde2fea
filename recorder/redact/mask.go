package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

func runeLength(data []byte) int {
	_, size := utf8.DecodeRune(data)
	return size
}

// mask is what may be shown of a value: its first character and its shape.
func mask(v string) string {
	const most = 32
	var b strings.Builder
	n := 0
	for _, r := range v {
		switch {
		case n == most:
			b.WriteString("…")
			return b.String()
		case n > 0 && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)), !unicode.IsPrint(r):
			r = '*'
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}
