package redact

import (
	"encoding/hex"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

var (
	htmlEntity = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)
	byNumber   = regexp.MustCompile(`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}`)
)

// inEscapes edits the words of v in which characters are written as entities of
// HTML, or by their number as in source code, outside of JSON.
func inEscapes(v string, f func(string) string) []edit {
	var edits []edit
	words := func(marked string, decode, encode func(string) string) {
		if !strings.Contains(v, marked) {
			return
		}
		runs(v, func(b byte) bool { return strings.IndexByte(" \t\r\n\"'<>", b) < 0 }, func(start, end int) {
			plain := decode(v[start:end])
			if plain == v[start:end] {
				return
			}
			if changed := f(plain); changed != plain {
				edits = append(edits, edit{start, end, encode(changed)})
			}
		})
	}
	words("&", func(v string) string { return htmlEntity.ReplaceAllStringFunc(v, html.UnescapeString) }, html.EscapeString)
	words(`\`, unnumbered, numbered)
	return edits
}

// unnumbered decodes characters that are written by their number, but those that
// mean something in source code.
func unnumbered(v string) string {
	if !strings.Contains(v, `\u`) && !strings.Contains(v, `\x`) {
		return v
	}
	return byNumber.ReplaceAllStringFunc(v, func(escape string) string {
		if _, low, pair := strings.Cut(escape[1:], `\u`); pair {
			high, _ := strconv.ParseUint(escape[2:6], 16, 32)
			n, _ := strconv.ParseUint(low, 16, 32)
			return string(utf16.DecodeRune(rune(high), rune(n)))
		}
		n, err := strconv.ParseUint(escape[2:], 16, 32)
		if r := rune(n); err == nil && r != '\\' && r != '"' && r != '\'' && unicode.IsPrint(r) && (r < utf8.RuneSelf || escape[1] == 'u') {
			return string(r)
		}
		return escape
	})
}

// numbered writes characters beyond ASCII by their number.
func numbered(v string) string {
	var b strings.Builder
	for _, r := range v {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// inHex edits the parts of v that are text in hexadecimal digits, as bytes are
// shown.
func inHex(v string, f func(string) string) []edit {
	const shortest = 16 // digits
	if len(v) < shortest {
		return nil
	}
	var edits []edit
	runs(v, isHex, func(start, end int) {
		part := v[start:end]
		if len(part) < shortest || len(part)%2 != 0 {
			return
		}
		data, err := hex.DecodeString(part)
		if err != nil || !readable(string(data)) {
			return
		}
		if changed := f(string(data)); changed != string(data) {
			text := hex.EncodeToString([]byte(changed))
			if strings.ToUpper(part) == part {
				text = strings.ToUpper(text)
			}
			edits = append(edits, edit{start, end, text})
		}
	})
	return edits
}

func isHex(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F'
}
