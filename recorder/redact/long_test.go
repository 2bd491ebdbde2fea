package redact

import (
	"strings"
	"testing"
)

// long are texts that make careless searches quadratic.
var long = []struct{ name, part string }{
	{"signs", "@"},
	{"digits", "7"},
	{"dots", "."},
	{"colons", ":"},
	{"spaces", " "},
	{"quotes", `"`},
	{"quoted signs", `"@`},
	{"brackets", "["},
	{"objects", `{"`},
	{"lists", "[1]"},
	{"percent", "%25"},
	{"escapes", `\"`},
	{"entities", "&#64;"},
	{"base64", "YWFh"},
	{"hex", "61"},
	{"slashes", "/"},
	{"heads of tokens", "eyJ-"},
	{"parts of tokens", "eyJ."},
	{"schemes", "bearer "},
	{"users", "http://a:"},
	{"equals", "token="},
	{"colon names", "token: "},
	{"elements", "<token>"},
	{"single digits", "1 "},
	{"plus", "+1"},
	{"zeros", "(0"},
	{"wide digits", "７"},
	{"dashes", "a-"},
	{"under", "_a"},
	{"addresses", "ada@corp.io "},
	{"numbers", "+46701234567 "},
	{"cards", "4539148803436467 "},
	{"machines", "81.2.69.142 "},
	{"assignments", "token=abc123;"},
	{"keys", "api_key=x7Kf93LmQp0aZbY2cR8dTe5v "},
	{"pem", "-----BEGIN PRIVATE KEY-----\n"},
	{"queries", "a=%40&"},
	{"sentences", `{"a":"b"} `},
	{"userinfo", "x://a:b@c "},
	{"words", "ada lovelace "},
}

// BenchmarkLongTexts shows in MB/s that a text twice as long takes twice the time.
func BenchmarkLongTexts(b *testing.B) {
	r := newRedactor(b, Options{Detectors: Detectors{Names: people}})
	for _, row := range long {
		v := strings.Repeat(row.part, (1<<20)/len(row.part))
		b.Run(row.name, func(b *testing.B) {
			b.SetBytes(int64(len(v)))
			for b.Loop() {
				newSession(r).free(&place{echoes: true}, v)
			}
		})
	}
}
