package datastore

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

type tokenKind int

const (
	tokEnd    tokenKind = iota
	tokName             // unquoted: a keyword or a name
	tokQuoted           // in backticks
	tokString
	tokInteger
	tokDouble
	tokBinding // @name or @1
	tokSymbol
)

// token is a word of a GQL query with its place.
type token struct {
	kind         tokenKind
	text         string // decoded
	line, column int    // from 1
}

func (t token) String() string {
	if t.kind == tokEnd {
		return "<EOF>"
	}
	return t.text
}

// lexer splits GQL as
// https://cloud.google.com/datastore/docs/reference/gql_reference describes it.
type lexer struct {
	src          string
	pos          int
	line, column int
}

func lex(src string) ([]token, error) {
	l := &lexer{src: src, line: 1, column: 1}
	if !utf8.ValidString(src) {
		return nil, invalid("The query string is not valid UTF-8.")
	}
	var tokens []token
	for {
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		if t.kind == tokEnd {
			return tokens, nil
		}
	}
}

func (l *lexer) peek(ahead int) byte {
	if l.pos+ahead < len(l.src) {
		return l.src[l.pos+ahead]
	}
	return 0
}

func (l *lexer) advance(n int) string {
	s := l.src[l.pos : l.pos+n]
	l.pos += n
	if i := strings.LastIndexByte(s, '\n'); i >= 0 {
		l.line += strings.Count(s, "\n")
		l.column = len(s) - i
	} else {
		l.column += n
	}
	return s
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isNameStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$' || c >= utf8.RuneSelf
}

// span is the length of the run at pos+from whose bytes satisfy is.
func (l *lexer) span(from int, is func(byte) bool) int {
	n := from
	for l.pos+n < len(l.src) && is(l.src[l.pos+n]) {
		n++
	}
	return n
}

func (l *lexer) next() (token, error) {
	if n := l.span(0, isSpace); n > 0 {
		l.advance(n)
	}
	t := token{line: l.line, column: l.column}
	nameByte := func(c byte) bool { return isNameStart(c) || isDigit(c) }
	switch c := l.peek(0); {
	case l.pos == len(l.src):
		return t, nil
	case isNameStart(c):
		t.kind, t.text = tokName, l.advance(l.span(0, nameByte))
	case c == '`':
		return l.quoted(t, tokQuoted)
	case c == '\'' || c == '"':
		return l.quoted(t, tokString)
	case isDigit(c), c == '.' && isDigit(l.peek(1)), (c == '-' || c == '+') && (isDigit(l.peek(1)) || l.peek(1) == '.' && isDigit(l.peek(2))):
		l.number(&t)
	case c == '@' && nameByte(l.peek(1)):
		t.kind, t.text = tokBinding, l.advance(l.span(1, nameByte))[1:]
	default:
		return l.symbol(t)
	}
	return t, nil
}

func (l *lexer) symbol(t token) (token, error) {
	t.kind = tokSymbol
	for _, s := range []string{"<=", ">=", "!=", "<", ">", "=", "(", ")", ",", "*", ".", "+"} {
		if strings.HasPrefix(l.src[l.pos:], s) {
			t.text = l.advance(len(s))
			return t, nil
		}
	}
	r, _ := utf8.DecodeRuneInString(l.src[l.pos:])
	return t, gqlError(token{tokSymbol, string(r), t.line, t.column}, "")
}

// number reads an integer or, with a point or exponent, a double.
func (l *lexer) number(t *token) {
	t.kind = tokInteger
	n := 0
	if c := l.peek(0); c == '-' || c == '+' {
		n++
	}
	n = l.span(n, isDigit)
	if l.peek(n) == '.' && isDigit(l.peek(n+1)) || l.peek(n) == '.' && n > 0 && !isNameStart(l.peek(n+1)) {
		t.kind = tokDouble
		n = l.span(n+1, isDigit)
	}
	if c := l.peek(n); c == 'e' || c == 'E' {
		m := n + 1
		if s := l.peek(m); s == '-' || s == '+' {
			m++
		}
		if isDigit(l.peek(m)) {
			t.kind = tokDouble
			n = l.span(m, isDigit)
		}
	}
	t.text = l.advance(n)
}

var gqlEscapes = map[byte]string{
	'\\': `\`, '0': "\x00", 'b': "\b", 'n': "\n", 'r': "\r", 't': "\t", 'Z': "\x1a", '\'': "'", '"': `"`, '`': "`", '%': `\%`, '_': `\_`,
}

// quoted reads up to the closing quote; a doubled quote stands for itself, a
// backslash escapes.
func (l *lexer) quoted(t token, kind tokenKind) (token, error) {
	quote := l.peek(0)
	var b strings.Builder
	for n := 1; ; n++ {
		switch c := l.peek(n); {
		case l.pos+n >= len(l.src):
			return t, gqlError(token{tokEnd, "", t.line, t.column}, fmt.Sprintf("closing %c", quote))
		case c == '\\':
			n++
			s, ok := gqlEscapes[l.peek(n)]
			if !ok {
				return t, gqlError(token{tokSymbol, `\` + string(rune(l.peek(n))), t.line, t.column}, "an escape sequence")
			}
			b.WriteString(s)
		case c == quote && l.peek(n+1) == quote:
			n++
			b.WriteByte(c)
		case c == quote:
			l.advance(n + 1)
			t.kind, t.text = kind, b.String()
			return t, nil
		default:
			b.WriteByte(c)
		}
	}
}

func gqlError(t token, want string) error {
	if want == "" {
		return invalid("Encountered %q at line %d, column %d.", t.String(), t.line, t.column)
	}
	return invalid("Encountered %q at line %d, column %d.\nWas expecting:\n    %s", t.String(), t.line, t.column, want)
}
