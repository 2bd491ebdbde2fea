package redact

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

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
