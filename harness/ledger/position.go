package ledger

import (
	"strings"
	"unicode"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// source is the text of a file, for places within its scalars.
type source [][]rune

func newSource(data []byte) source {
	var s source
	for line := range strings.SplitSeq(string(data), "\n") {
		s = append(s, []rune(strings.TrimSuffix(line, "\r")))
	}
	return s
}

// place is the line and column, from 1, at which the character stands that is at
// a line (from 1) and column (from 0) of a scalar's value.
//
// Quotes, escapes, blocks and folding change nothing but white space and the
// length of characters, so the characters that are no white space are counted.
func (s source) place(n strictyaml.Node, line, column int) (int, int) {
	before, gap := inkBefore(n.Value, line, column)
	w := s.walker(n)
	for range before {
		w.next()
	}
	if gap > 0 || before == inkOf(n.Value) {
		return w.line + 1, w.after + gap + 1
	}
	w.skipSpace()
	return w.line + 1, w.column + 1
}

// inkBefore counts the characters before a place that are no white space, and
// the white space between the last of them and the place; gap is 0 where the
// place itself is no white space.
func inkBefore(value string, line, column int) (ink, gap int) {
	lines := strings.Split(value, "\n")
	line = min(max(line, 1), len(lines))
	for _, l := range lines[:line-1] {
		ink += inkOf(l)
	}
	own := []rune(lines[line-1])
	column = min(max(column, 0), len(own))
	for _, r := range own[:column] {
		gap++
		if !unicode.IsSpace(r) {
			ink++
			gap = 0
		}
	}
	if column < len(own) && !unicode.IsSpace(own[column]) {
		gap = 0
	}
	return ink, gap
}

func inkOf(s string) int {
	n := 0
	for _, r := range s {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// walker goes through a scalar as it is written.
type walker struct {
	source       source
	line, column int // from 0
	after        int // column behind the last character that was taken
	quote        rune
}

func (s source) walker(n strictyaml.Node) *walker {
	w := &walker{source: s, line: n.Line - 1, column: n.Column - 1}
	for r := w.peek(); r == '!' || r == '&'; r = w.peek() { // a tag or anchor before the value
		for !w.atEnd() && w.peek() != 0 && !unicode.IsSpace(w.peek()) {
			w.column++
		}
		w.skipSpace()
	}
	switch r := w.peek(); r {
	case '"', '\'':
		w.quote = r
		w.column++
	case '|', '>':
		w.line, w.column = w.line+1, 0
		w.skipSpace()
	}
	w.after = w.column
	return w
}

func (w *walker) atEnd() bool { return w.line >= len(w.source) }

// peek is the character at hand, 0 at the end of a line.
func (w *walker) peek() rune {
	if w.atEnd() || w.column >= len(w.source[w.line]) {
		return 0
	}
	return w.source[w.line][w.column]
}

func (w *walker) skipSpace() {
	for !w.atEnd() {
		switch r := w.peek(); {
		case r == 0:
			w.line, w.column = w.line+1, 0
		case unicode.IsSpace(r), r == '\\' && w.quote == '"' && w.spaceEscape():
			w.column++
		default:
			return
		}
	}
	w.line = max(0, len(w.source)-1) // the value ended before its count did
	w.column = len(w.source[w.line])
}

// spaceEscape steps onto the last character of an escape that means white space.
func (w *walker) spaceEscape() bool {
	rest := w.source[w.line][w.column:]
	if len(rest) == 1 { // an escaped end of line
		return true
	}
	if strings.ContainsRune("tnrv f \t", rest[1]) {
		w.column++
		return true
	}
	return false
}

// next takes one character that is no white space.
func (w *walker) next() {
	w.skipSpace()
	switch r := w.peek(); {
	case r == '\'' && w.quote == '\'':
		w.column += 2
	case r == '\\' && w.quote == '"':
		w.column += w.escapeLength()
	default:
		w.column++
	}
	w.after = w.column
}

func (w *walker) escapeLength() int {
	rest := w.source[w.line][w.column:]
	if len(rest) < 2 {
		return 1
	}
	switch rest[1] {
	case 'x':
		return min(4, len(rest))
	case 'u':
		return min(6, len(rest))
	case 'U':
		return min(10, len(rest))
	}
	return 2
}
