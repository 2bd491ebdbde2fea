package redact

import (
	"strings"
	"unicode/utf8"
)

// graphQLToken is a string, number or comment of a document.
type graphQLToken struct {
	kind       byte // one of " 0 #
	start, end int  // in bytes
	runes      int  // where it starts, in characters, as the parser counts
	plain      string
}

// graphQLTokens lists the tokens of a document that parses (GraphQL, section 2.1)
// in which a value can stand.
func graphQLTokens(text string) []graphQLToken {
	var tokens []graphQLToken
	runes := 0
	for i := 0; i < len(text); {
		end, kind := tokenEnd(text, i)
		if kind != 0 {
			t := graphQLToken{kind: kind, start: i, end: end, runes: runes}
			if kind == '"' {
				t.plain = insides(text[i:end])
			}
			tokens = append(tokens, t)
		}
		runes += utf8.RuneCountInString(text[i:end])
		i = end
	}
	return tokens
}

// tokenEnd is the end of what begins at i, and its kind; 0 for what holds no
// value.
func tokenEnd(text string, i int) (end int, kind byte) {
	switch b := text[i]; {
	case b == '#':
		if n := strings.IndexAny(text[i:], "\r\n"); n >= 0 {
			return i + n, '#'
		}
		return len(text), '#'
	case strings.HasPrefix(text[i:], `"""`):
		return blockEnd(text, i+len(`"""`)), '"'
	case b == '"':
		return closingQuote(text, i), '"'
	case '0' <= b && b <= '9' || b == '-':
		end = i + 1
		for end < len(text) && (alphanumeric(text[end]) || strings.IndexByte(".+-", text[end]) >= 0) {
			end++
		}
		return end, '0'
	case alphanumeric(b) || b == '_':
		end = i + 1
		for end < len(text) && (alphanumeric(text[end]) || text[end] == '_') {
			end++
		}
		return end, 0
	}
	_, size := utf8.DecodeRuneInString(text[i:])
	return i + size, 0
}

// blockEnd is the end of the block string whose content begins at i.
func blockEnd(text string, i int) int {
	for i < len(text) {
		switch {
		case strings.HasPrefix(text[i:], `\"""`):
			i += len(`\"""`)
		case strings.HasPrefix(text[i:], `"""`):
			i += len(`"""`)
			for i < len(text) && text[i] == '"' { // the last three close
				i++
			}
			return i
		default:
			i++
		}
	}
	return i
}

// insides is what stands between the quotes, as it is written.
func insides(token string) string {
	for _, quote := range [...]string{`"""`, `"`} {
		if len(token) >= 2*len(quote) && strings.HasPrefix(token, quote) && strings.HasSuffix(token, quote) {
			return token[len(quote) : len(token)-len(quote)]
		}
	}
	return token
}

// requote is the token of a string with another value: where what it was can be
// seen in a block string in that place, else as a simple string.
func requote(token, was, is string) string {
	if is == was {
		return token
	}
	if inside := insides(token); strings.HasPrefix(token, `"""`) && strings.Count(inside, was) == 1 && !strings.ContainsAny(is, "\"\\") {
		return `"""` + strings.Replace(inside, was, is, 1) + `"""`
	}
	return quoted(is)
}

// oneLine keeps a comment a comment.
func oneLine(s string) string { return strings.NewReplacer("\r", " ", "\n", " ").Replace(s) }
