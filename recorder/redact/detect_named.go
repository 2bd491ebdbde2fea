package redact

import (
	"strings"
	"unicode/utf8"
)

// named finds the values within a text that stand behind a sensitive name:
// "name=value" as in the query of a URL, "name: value", <name>value</name>.
func named(v string) []span {
	var found []span
	for at := 0; at < len(v); at++ {
		var some []span
		switch v[at] {
		case '=', ':':
			some = assigned(v, at)
		case '>':
			some = inElement(v, at)
		}
		if len(some) > 0 {
			found = append(found, some...)
			at = some[len(some)-1].end - 1
		}
	}
	return found
}

// assigned are the credentials in what the sign at i gives to the name before it.
func assigned(v string, i int) []span {
	name, inQuotes := nameBefore(v, i)
	signature := v[i] == '=' && signs[strings.ToLower(name)]
	if !signature && !sensitive(name) {
		return nil
	}
	at := i + 1
	if v[i] == '=' && at < len(v) && v[at] == '>' { // => of Ruby and PHP
		at++
	}
	for at < len(v) && (v[at] == ' ' || v[at] == '\t') {
		at++
	}
	if start, end, ok := quotedAt(v, at); ok {
		return within(v, name, start, end, false)
	}
	switch {
	case v[i] == '=':
		end := at + lengthBefore(v[at:], "&;,# \t\r\n\"'<>")
		if signature && !mixed(v[at:end]) {
			return nil
		}
		return within(v, name, at, end, true)
	case strings.HasSuffix(strings.ToLower(name), "authorization"), strings.HasSuffix(strings.ToLower(name), "cookie"):
		end := at + lengthBefore(v[at:], "\r\n") // a header
		if inQuotes || !strings.ContainsAny(v[at:end], " =") {
			return nil
		}
		return within(v, name, at, end, false)
	}
	// Prose, "password: too short", has no digits in the next word.
	end := at + lengthBefore(v[at:], "&;, \t\r\n\"'<>{}[]()\\")
	if !mixed(v[at:end]) || strings.Contains(v[at:end], "://") {
		return nil
	}
	return within(v, name, at, end, false)
}

// signs are the names of signatures in the queries of URLs that whoever has the
// URL may use.
var signs = words("sig signature x-amz-signature x-goog-signature accountkey pass")

// within are the credentials of a value that stands in a text.
func within(v, name string, start, end int, encoded bool) []span {
	const shortest = 4
	if end-start < shortest {
		return nil
	}
	found := credentials(name, v[start:end])
	for n := range found {
		found[n].start, found[n].end, found[n].encoded = found[n].start+start, found[n].end+start, encoded || found[n].encoded
	}
	return found
}

// lengthBefore is the length of what stands before the first of some characters.
func lengthBefore(v, until string) int {
	if end := strings.IndexAny(v, until); end >= 0 {
		return end
	}
	return len(v)
}

// nameBefore is the name that stands before i, which may be in quotes.
func nameBefore(v string, i int) (name string, inQuotes bool) {
	const fewSpaces = 4
	end := i
	for end > 0 && i-end < fewSpaces && (v[end-1] == ' ' || v[end-1] == '\t') {
		end--
	}
	if end > 0 && strings.IndexByte("\"'`", v[end-1]) >= 0 {
		inQuotes = true
		if end--; end > 0 && v[end-1] == '\\' {
			end--
		}
	}
	start := end
	for start > 0 && (v[start-1] >= utf8.RuneSelf || alphanumeric(v[start-1]) || v[start-1] == '-' || v[start-1] == '_') {
		start--
	}
	return v[start:end], inQuotes
}

// quotedAt is what stands in quotes at i, which may themselves be escaped.
func quotedAt(v string, i int) (start, end int, ok bool) {
	open := v[i:]
	escaped := strings.HasPrefix(open, `\`)
	quote := strings.TrimPrefix(open, `\`)
	if quote == "" || strings.IndexByte("\"'`", quote[0]) < 0 {
		return 0, 0, false
	}
	start = i + 1
	if escaped {
		start++
	}
	for end = start; end < len(v) && v[end] != '\n'; end++ {
		switch {
		case v[end] == quote[0]:
			return start, end, true
		case v[end] == '\\' && escaped && end+1 < len(v) && v[end+1] == quote[0]:
			return start, end, true
		case v[end] == '\\':
			end++
		}
	}
	return 0, 0, false
}

// inElement is the text of the element whose tag ends at i.
func inElement(v string, i int) []span {
	const longestTag = 128 // bytes
	open := strings.LastIndexByte(v[max(0, i-longestTag):i], '<')
	if open < 0 {
		return nil
	}
	tag, _, _ := strings.Cut(v[max(0, i-longestTag)+open+1:i], " ")
	tag = tag[strings.LastIndexByte(tag, ':')+1:]
	if strings.HasPrefix(tag, "/") || !sensitive(tag) {
		return nil
	}
	end := i + 1 + lengthBefore(v[i+1:], "<")
	if end == len(v) {
		return nil
	}
	return within(v, tag, i+1, end, false)
}

// userinfo finds the passwords in URLs, scheme://user:password@host, and the keys
// that stand in their place.
func userinfo(v string) []span {
	const longest = 1 << 10 // bytes
	var found []span
	for from := 0; ; {
		i := strings.Index(v[from:], "://")
		if i < 0 {
			return found
		}
		start := from + i + len("://")
		from = start
		authority := v[start : start+lengthBefore(v[start:min(len(v), start+longest)], "/?# \t\r\n\"'<>`\\")]
		at := strings.LastIndexByte(authority, '@')
		if at < 0 {
			continue
		}
		user, password, _ := strings.Cut(authority[:at], ":")
		s := span{start: start, end: start + at, as: Secret, rule: "userinfo", encoded: true}
		switch {
		case password != "" && password != "x-oauth-basic":
			s.start += len(user) + 1
		case !mixed(user) || strings.Contains(user, "%40"):
			continue
		default:
			s.end = start + len(user)
		}
		if !harmless(v[s.start:s.end]) {
			found = append(found, s)
		}
		from = s.end
	}
}

// schemes stand before credentials.
var schemes = words("bearer basic token apikey api-key jwt digest negotiate")

// credentials are what of a value with a sensitive name is one: of a cookie each
// of its values, behind the name of a scheme what follows, else all of it.
func credentials(name, v string) []span {
	lower := strings.ToLower(name)
	if strings.HasSuffix(lower, "cookie") && strings.Contains(v, "=") {
		return cookies(v)
	}
	start := 0
	if scheme, rest, ok := strings.Cut(v, " "); ok && (strings.HasSuffix(lower, "authorization") && !strings.ContainsAny(scheme, "=,") || schemes[strings.ToLower(scheme)]) {
		start = len(v) - len(rest)
	}
	if harmless(v[start:]) || strings.HasSuffix(lower, "pin") && strings.ContainsFunc(v, notDigit) {
		return nil
	}
	return []span{{start: start, end: len(v), as: kindOfSecret(v[start:]), rule: name}}
}

func kindOfSecret(v string) As {
	if jwtLength(v) == len(v) {
		return Token
	}
	return Secret
}

// attributes are those of a cookie that is set (RFC 6265); they are no secrets.
var attributes = words("path domain expires max-age samesite priority version")

func cookies(v string) []span {
	var found []span
	at := 0
	for part := range strings.SplitAfterSeq(v, ";") {
		if i := strings.IndexByte(part, '='); i >= 0 && !attributes[strings.ToLower(strings.TrimSpace(part[:i]))] {
			s := span{start: at + i + 1, end: at + len(strings.TrimRight(part, "; ")), as: Secret, rule: "cookie", encoded: true}
			if s.end > s.start && !harmless(v[s.start:s.end]) {
				s.as = kindOfSecret(v[s.start:s.end])
				found = append(found, s)
			}
		}
		at += len(part)
	}
	return found
}
