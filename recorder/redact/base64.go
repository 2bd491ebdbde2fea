package redact

import (
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"
)

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
		var changed string
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
