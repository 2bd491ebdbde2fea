package normalizers

import (
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"
)

// decoded is the text that a string spells in base64, as Relay's ids do, and
// urlsafe keys of Datastore.
type decoded struct {
	encoding string
	text     string
}

// minPart is how long a value must be to be recognised within a longer text, or
// where nothing says that it is an id: a shorter one may be there by chance.
const minPart = 6

// uuidLen is the length of a UUID (RFC 9562, section 4).
const uuidLen = 36

// eachPart visits the parts of a text that could be a generated value: UUIDs,
// runs of letters, digits, - and _, runs of letters and digits, and runs of
// digits. A part that is taken (visit returns true) is not taken apart.
func eachPart(text string, visit func(at int, part string, uuid bool) bool) {
	for i := 0; i < len(text); {
		if !wordByte[text[i]] {
			if end := signedEnd(text, i); end > i && visit(i, text[i:end], false) {
				i = end
			} else {
				i++
			}
			continue
		}
		if isUUID(text[i:]) {
			visit(i, text[i:i+uuidLen], true)
			i += uuidLen
			continue
		}
		wide := i
		for wide < len(text) && inRun(text[wide]) {
			wide++
		}
		if wide-i >= minPart && visit(i, text[i:wide], false) {
			i = wide
			continue
		}
		narrow := i
		for narrow < wide && wordByte[text[narrow]] {
			narrow++
		}
		if narrow == wide || narrow-i < minPart || !visit(i, text[i:narrow], false) {
			eachNumber(text, i, narrow, visit)
		}
		i = narrow
	}
}

// signedEnd is where the run ends that begins with - or _ at i, as a nanoid may;
// i if none does.
func signedEnd(text string, i int) int {
	if c := text[i]; c != '-' && c != '_' || i > 0 && inRun(text[i-1]) {
		return i
	}
	end := i + 1
	for end < len(text) && inRun(text[end]) {
		end++
	}
	if end-i < shortestShape {
		return i
	}
	return end
}

func inRun(c byte) bool { return runByte[c] }

var runByte = func() (t [256]bool) {
	t = wordByte
	t['-'], t['_'] = true, true
	return t
}()

func eachNumber(text string, from, to int, visit func(int, string, bool) bool) {
	for i := from; i < to; {
		end := i
		for end < to && text[end] >= '0' && text[end] <= '9' {
			end++
		}
		if end > i && end-i < to-from { // the whole run was visited before
			visit(i, text[i:end], false)
		} else if end-i == to-from && end-i < minPart {
			visit(i, text[i:end], false)
		}
		i = end + 1
	}
}

var wordByte = func() (t [256]bool) {
	for c := range 256 {
		t[c] = c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	return t
}()

// isUUID reports whether the text begins with a UUID and then ends, or goes on
// with something else.
func isUUID(s string) bool {
	if len(s) < uuidLen || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return false
	}
	for i := range uuidLen {
		if c := s[i]; c != '-' && !hexByte(c) {
			return false
		}
	}
	return len(s) == uuidLen || !wordByte[s[uuidLen]]
}

func hexByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// foldUUID is the one text of a UUID, and the form that it is written in.
func foldUUID(s string) (string, form) {
	lower := strings.ToLower(s)
	switch {
	case lower == s:
		return s, asIs
	case strings.ToUpper(s) == s:
		return lower, upperCase
	}
	return lower, mixedCase
}

var base64Encodings = []struct {
	name string
	*base64.Encoding
}{
	{"base64", base64.StdEncoding.Strict()},
	{"base64url", base64.URLEncoding.Strict()},
	{"base64 without padding", base64.RawStdEncoding.Strict()},
	{"base64url without padding", base64.RawURLEncoding.Strict()},
}

// ofMessage ends the name of an encoding of a protobuf message.
const ofMessage = " of a message"

// decodeText reads a string that is readable text, or a message, in base64.
func decodeText(s string) *decoded {
	if len(s) < 8 || len(s) > 1024 {
		return nil
	}
	for i := range len(s) {
		if c := s[i]; !wordByte[c] && c != '+' && c != '/' && c != '-' && c != '_' && (c != '=' || i < len(s)-2) {
			return nil
		}
	}
	for _, e := range base64Encodings {
		text, err := e.DecodeString(s)
		if err != nil {
			continue
		}
		if readable(text) {
			return &decoded{encoding: e.name, text: string(text)}
		}
		if spelled, ok := wireText(text); ok {
			return &decoded{encoding: e.name + ofMessage, text: spelled}
		}
	}
	return nil
}

func readable(text []byte) bool {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return false
		}
		i += size
	}
	return true
}
