package corpus

import (
	"cmp"
	"encoding/hex"
	"strings"
	"time"
)

// CaseName is the name for a recorded case: the first root field, a slug of the
// operation's name (of the field where it has none), and eight hex digits of a
// hash of request and fixture. Instants in the fixture that ofSession reports to
// be of the recording session itself do not count (all do if it is nil), so that
// recording the same thing again gives the same name. A directory must not begin
// with "_", so that leading ones are dropped: "_entities" is "entities".
func CaseName(c *Case, ofSession func(time.Time) bool) string {
	field := ""
	if len(c.Request.Fields) > 0 {
		field = c.Request.Fields[0]
	}
	directory := cmp.Or(strings.TrimLeft(field, "_"), "case")
	slug := cmp.Or(slugOf(c.Request.OperationName), slugOf(field), "case")
	hash := identity(c, ofSession)
	return directory + "/" + slug + "-" + hex.EncodeToString(hash[:4])
}

const maxSlug = 40

// slugOf turns a GraphQL name (ASCII) into lower-case words with dashes:
// "renameHTTPPage_v2" is "rename-http-page-v2".
func slugOf(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		switch {
		case 'A' <= c && c <= 'Z':
			if i > 0 && startsWord(name, i) {
				dash(&b)
			}
			b.WriteByte(c - 'A' + 'a')
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			b.WriteByte(c)
		default:
			dash(&b)
		}
	}
	s := b.String()
	return strings.Trim(s[:min(len(s), maxSlug)], "-")
}

// startsWord reports whether the capital at i begins a word: after a small
// letter or digit, or before a small letter.
func startsWord(name string, i int) bool {
	return !isCapital(name[i-1]) || i+1 < len(name) && 'a' <= name[i+1] && name[i+1] <= 'z'
}

func isCapital(c byte) bool { return 'A' <= c && c <= 'Z' }

func dash(b *strings.Builder) {
	if s := b.String(); s != "" && !strings.HasSuffix(s, "-") {
		b.WriteByte('-')
	}
}
