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
		if start < at && end > at+1 && !image(v[at+1:end]) {
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
		for open > 0 && v[open-1] == '\\' && at-open <= longest {
			open = strings.LastIndexByte(v[:open], '"')
		}
		if open >= 0 && open < at-2 && at-open <= longest && !strings.ContainsAny(v[open:at], "\r\n@") {
			return open
		}
	}
	if strings.HasSuffix(v[:at], guest) {
		start -= len(guest)
	}
	for start > 0 {
		if v[start-1] == '=' { // bounces+ada=corp.io@list.io keeps the address that a mail went to
			if tag := tagBefore(v, start-1); tag >= 0 && start < at {
				start = tag
				continue
			}
		}
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

// guest ends the local part that Azure gives to users of another directory.
const guest = "#EXT#"

// tagBefore is where in a local part the plus stands before the address that ends
// at i; -1 if there is none.
func tagBefore(v string, i int) int {
	const longest = 64 // bytes
	at := strings.LastIndexByte(v[max(0, i-longest):i], '+')
	if at < 0 {
		return -1
	}
	at += max(0, i-longest)
	if at == 0 || !alphanumeric(v[at-1]) || at+1 == i || strings.ContainsFunc(v[at+1:i], func(r rune) bool { return !wordly(r) && r != '.' && r != '-' }) {
		return -1
	}
	return at
}

// image reports whether what looks like a domain says for which screens an image
// is: logo@2x.png.
func image(domain string) bool {
	scale, kind, _ := strings.Cut(strings.ToLower(domain), "x.")
	return scale != "" && strings.Trim(scale, "0123456789") == "" && imageKinds[kind]
}

var imageKinds = words("png jpg jpeg gif webp svg avif")

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
