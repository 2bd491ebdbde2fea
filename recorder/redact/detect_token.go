package redact

import (
	"encoding/base64"
	"strings"
)

// findTokens finds JSON Web Tokens, and what stands behind "Bearer" or "Basic"
// (RFC 6750, RFC 7617).
func findTokens(v string) []span {
	found := findJWTs(v)
	for _, scheme := range [...]string{"bearer ", "basic "} {
		for from := 0; ; {
			i := indexFold(v[from:], scheme)
			if i < 0 {
				break
			}
			start := from + i + len(scheme)
			for start < len(v) && v[start] == ' ' {
				start++
			}
			end := start
			for end < len(v) && tokenByte(v[end]) {
				end++
			}
			if s := (span{start: start, end: end, as: Token}); isCredential(scheme, v[start:end]) && !overlaps(found, s) {
				found = append(found, s)
			}
			from = end
		}
	}
	return found
}

// isCredential tells a credential from a word that follows the scheme's name in a
// sentence.
func isCredential(scheme, v string) bool {
	if scheme == "basic " {
		plain, err := base64.StdEncoding.DecodeString(v)
		return err == nil && strings.Contains(string(plain), ":")
	}
	return len(v) >= 16 || len(v) >= 6 && strings.ContainsAny(v, "0123456789")
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

// findJWTs finds JSON Web Tokens by their header, whose JSON begins with {".
func findJWTs(v string) []span {
	var found []span
	for from := 0; ; {
		i := strings.Index(v[from:], "eyJ")
		if i < 0 {
			return found
		}
		start := from + i
		from = start + len("eyJ")
		if start > 0 && alphanumeric(v[start-1]) {
			continue
		}
		end := start
		for end < len(v) && (alphanumeric(v[end]) || v[end] == '-' || v[end] == '_' || v[end] == '.') {
			end++
		}
		parts := strings.Split(strings.TrimRight(v[start:end], "."), ".")
		unsigned := len(parts) == 2 && strings.HasSuffix(v[start:end], ".")
		if len(parts) != 3 && len(parts) != 5 && !unsigned {
			if len(parts) > 5 {
				from = end // no token, and long
			}
			continue
		}
		if _, ok := jsonPart(parts[0]); ok {
			found = append(found, span{start: start, end: end, as: Token})
			from = end
		}
	}
}
