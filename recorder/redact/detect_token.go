package redact

import (
	"encoding/base64"
	"strings"
)

// findTokens finds JSON Web Tokens, and what stands behind "Bearer" or "Basic"
// (RFC 6750, RFC 7617); behind the scheme of a vendor only where both are all
// there is.
func findTokens(v string) []span {
	found := findJWTs(v)
	for _, scheme := range [...]string{"bearer", "basic"} {
		var behind []span
		for from := 0; ; {
			i := indexFold(v[from:], scheme)
			if i < 0 {
				break
			}
			from += i + len(scheme)
			start, end := credentialAt(v, from)
			if isCredential(scheme, v[start:end]) {
				behind = append(behind, span{start: start, end: end, as: Token})
			}
			from = max(from, end)
		}
		found = join(found, beside(found, behind))
	}
	for _, scheme := range [...]string{"token ", "apikey ", "api-key "} {
		if len(v) < len(scheme) || !strings.EqualFold(v[:len(scheme)], scheme) {
			continue
		}
		start, end := credentialAt(v, len(scheme)-1)
		if end == len(v) && isCredential(scheme, v[start:end]) {
			return []span{{start: start, end: end, as: Token}}
		}
	}
	return found
}

// credentialAt is where the credential stands whose scheme ends at i: behind at
// least one space or colon, and without the dot that ends a sentence.
func credentialAt(v string, i int) (start, end int) {
	start = i
	for start < len(v) && strings.IndexByte(" \t:", v[start]) >= 0 {
		start++
	}
	if start == i {
		return i, i
	}
	end = start
	for end < len(v) && tokenByte(v[end]) {
		end++
	}
	return start, start + len(strings.TrimRight(v[start:end], "."))
}

// isCredential tells a credential from a word that follows the scheme's name in a
// sentence.
func isCredential(scheme, v string) bool {
	digits := strings.ContainsAny(v, "0123456789")
	switch scheme {
	case "basic":
		plain, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(v), "="))
		return err == nil && strings.Contains(string(plain), ":")
	case "bearer":
		return len(v) >= 16 || len(v) >= 6 && digits
	}
	return len(v) >= 16 && digits
}

func tokenByte(b byte) bool { return alphanumeric(b) || strings.IndexByte("-._~+/=", b) >= 0 }

// indexFold is strings.Index for a needle in lower-case ASCII, whatever the case.
func indexFold(v, needle string) int {
	for i := 0; i+len(needle) <= len(v); i++ {
		if v[i]|0x20 == needle[0] && strings.EqualFold(v[i:i+len(needle)], needle) {
			return i
		}
	}
	return -1
}

// findJWTs finds JSON Web Tokens by their header.
func findJWTs(v string) []span {
	var found []span
	runs(v, jwtByte, func(start, end int) {
		for at := start; at < end; at++ {
			if v[at] != 'e' || at > start && alphanumeric(v[at-1]) {
				continue
			}
			if n := jwtLength(v[at:end]); n > 0 {
				found = append(found, span{start: at, end: at + n, as: Token})
				at += n - 1
			}
		}
	})
	return found
}

func jwtByte(b byte) bool { return alphanumeric(b) || b == '-' || b == '_' || b == '.' }

// jwtLength is the length of the token that a text begins with, 0 for none: five
// parts where it is encrypted (RFC 7516), else three, of which the last may be
// empty.
func jwtLength(v string) int {
	const longestHeader = 4 << 10 // bytes; certificates may stand in it
	end := strings.IndexByte(v[:min(len(v), longestHeader)], '.')
	if end < 0 || !strings.HasPrefix(v, "ey") && !strings.HasPrefix(v, "ew") { // { and another character
		return 0
	}
	header, ok := jsonPart(v[:end])
	if !ok {
		return 0
	}
	more := 2
	if _, encrypted := header.Get("enc"); encrypted {
		more = 4
	}
	for range more {
		if end == len(v) {
			return 0
		}
		if next := strings.IndexByte(v[end+1:], '.'); next >= 0 {
			end += 1 + next
		} else {
			end = len(v)
		}
	}
	return end
}
