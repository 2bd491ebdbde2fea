package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// findEmails finds addresses around "@": a local part of letters, digits and
// ".+-_%'", or in quotes, and a domain of at least two labels that ends in
// letters.
func findEmails(v string) []span {
	var found []span
	for at := strings.IndexByte(v, '@'); at >= 0; {
		start, end := localStart(v, at), domainEnd(v, at+1)
		if start < at && end > at+1 {
			found = append(found, span{start: start, end: end, as: Email})
		}
		next := strings.IndexByte(v[at+1:], '@')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return found
}

func localStart(v string, at int) int {
	const longest = 64 // bytes (RFC 5321)
	start := at
	if at > 1 && v[at-1] == '"' {
		open := strings.LastIndexByte(v[:at-1], '"')
		if open >= 0 && open < at-2 && at-open <= longest && !strings.ContainsAny(v[open:at], "\r\n@") {
			return open
		}
	}
	for start > 0 {
		r, size := utf8.DecodeLastRuneInString(v[:start])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune(".+-_%'", r) {
			break
		}
		start -= size
	}
	for start < at && strings.IndexByte(".%+-'", v[start]) >= 0 {
		start++
	}
	return start
}

// domainEnd is the end of the domain that begins at i, i if there is none.
func domainEnd(v string, i int) int {
	end, label, labels := i, i, 0
	good := i
	for end <= len(v) {
		r, size := utf8.DecodeRuneInString(v[end:])
		if end < len(v) && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '-' || r == '_') {
			end += size
			continue
		}
		last := strings.TrimRight(v[label:end], "-")
		if last == "" {
			break
		}
		if labels++; labels > 1 {
			if !topLevel(last) { // something may be joined to it: corp.io_2024
				last = last[:lettersEnd(last)]
			}
			if topLevel(last) {
				good = label + len(last)
			}
		}
		if end == len(v) || v[end] != '.' {
			break
		}
		end++
		label = end
	}
	return good
}

// lettersEnd is the end of the letters that a label begins with.
func lettersEnd(label string) int {
	end := strings.IndexFunc(label, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	if end < 0 {
		return len(label)
	}
	return end
}

// topLevel reports whether a label can be a top-level domain: letters, or an
// encoded international one (RFC 5891).
func topLevel(label string) bool {
	if strings.HasPrefix(strings.ToLower(label), "xn--") {
		return true
	}
	return len(label) > 1 && lettersEnd(label) == len(label)
}
