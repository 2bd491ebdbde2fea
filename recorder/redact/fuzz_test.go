package redact

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzSurroundings: whatever stands around a value, the value goes.
func FuzzSurroundings(f *testing.F) {
	for _, seed := range [][2]string{
		{"", ""},
		{`{"a":"`, `"}`},
		{`{\"password\":\"`, `\"}`},
		{"https://", "/x?y=1"},
		{"a%20", "%20b"},
		{"&lt;", "&gt;"},
		{"token=", ";"},
		{"password: '", "'"},
		{"<secret>", "</secret>"},
		{"\x00\x0b", "\x0c"},
		{`\u0040`, `\u00e9`},
		{"１２", "３"},
		{"http://u:", "@h"},
		{"Bearer ", "."},
		{"eyJ", "eyJ.x.y"},
		{`"`, `"`},
		{"Cookie: a=", "; b"},
	} {
		f.Add(seed[0], seed[1])
	}
	values := []string{"ada.lovelace@corp-mail.io", "+46 70-123 45 67", "4539148803436467", "81.2.69.142", "ghp_x7Kf93LmQp0aZbY2cR8dTe5vWs1uJi6oNh4g"}
	r := newRedactor(f, Options{})
	f.Fuzz(func(t *testing.T, before, after string) {
		for _, v := range values {
			text := before + " " + v + " " + after
			out, _ := newSession(r).free(&place{echoes: true}, text)
			if strings.Contains(out, v) && !strings.Contains(before+after, v) {
				t.Errorf("%q becomes %q", text, out)
			}
			if utf8.ValidString(text) && !utf8.ValidString(out) {
				t.Errorf("%q becomes %q, which is no UTF-8", text, out)
			}
		}
	})
}
