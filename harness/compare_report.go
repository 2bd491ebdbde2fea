package harness

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/normalizers"
)

// collector is go-cmp's reporter: each place that differs becomes a Difference.
type collector struct {
	viewer *viewer
	path   cmp.Path
	found  []Difference
	more   int // beyond maxCompared
}

// PushStep, Report and PopStep are called by go-cmp on its walk.
func (c *collector) PushStep(s cmp.PathStep) { c.path = append(c.path, s) }

// PopStep goes back up.
func (c *collector) PopStep() { c.path = c.path[:len(c.path)-1] }

// Report takes note of a place that differs.
func (c *collector) Report(r cmp.Result) {
	if r.Equal() {
		return
	}
	if len(c.found) == maxCompared {
		c.more++
		return
	}
	d := c.place()
	x, y := c.path.Last().Values()
	var left, right any
	if x.IsValid() {
		left = x.Interface()
	}
	if y.IsValid() {
		right = y.Interface()
	}
	c.describe(&d, left, right)
	c.found = append(c.found, d)
}

// place reads channel, store and path off go-cmp's path.
func (c *collector) place() Difference {
	var d Difference
	var path strings.Builder
	depth := 0
	for _, s := range c.path {
		index, ok := s.(cmp.MapIndex)
		if !ok {
			continue
		}
		at := index.Key().Interface().(step)
		switch {
		case depth == 0:
			d.Channel = Channel(at.text)
		case depth == 1 && d.Channel == EffectsChannel:
			d.Store = at.text
		case path.Len() == 0:
			path.WriteString(strings.TrimLeft(at.text, "./"))
		default:
			path.WriteString(at.text)
		}
		depth++
	}
	d.Path = path.String()
	return d
}

// describe sets the kind and the texts.
func (c *collector) describe(d *Difference, left, right any) {
	switch l := left.(type) {
	case remark:
		r := right.(remark)
		d.Kind, d.Coordinate, d.Legacy, d.Candidate = l.kind, l.coordinate, l.text, r.text
	case leaf:
		d.Coordinate = l.coordinate
		if r, ok := right.(leaf); ok {
			c.values(d, l.tree, r.tree)
			return
		}
		d.Kind, d.Legacy, d.Candidate = Missing, textOf(l.tree), without(l.tree)
	default:
		if r, ok := right.(leaf); ok {
			d.Coordinate = r.coordinate
			d.Kind, d.Legacy, d.Candidate = Extra, without(r.tree), textOf(r.tree)
		}
	}
}

func (c *collector) values(d *Difference, l, r *normalizers.Tree) {
	d.Kind = kindOf(l, r)
	d.Legacy, d.Candidate = textOf(l), textOf(r)
	d.Message = c.viewer.joint.Explain(string(d.Channel), l, r, c.viewer.left, c.viewer.right)
	if d.Kind == DifferentValue && (l.Generated() || r.Generated()) && l.Kind == r.Kind {
		d.Class = WrongID
	}
	if d.Legacy == d.Candidate && d.Kind == DifferentType {
		d.Legacy, d.Candidate = l.Was.String()+" "+d.Legacy, r.Was.String()+" "+d.Candidate
	}
}

// kindOf tells a value of another type from another value. Null is a value of
// every type; a property that an update removes is missing.
func kindOf(l, r *normalizers.Tree) Kind {
	switch {
	case r.Absent() && !l.Absent():
		return Missing
	case l.Absent() && !r.Absent():
		return Extra
	case l.Was != r.Was && l.Was != normalizers.Null && r.Was != normalizers.Null:
		return DifferentType
	}
	return DifferentValue
}

// textOf is a value for a person; of an effect what happened.
func textOf(t *normalizers.Tree) string {
	if t.Get("key") != nil && t.Get("indexes") != nil {
		return effectText(t)
	}
	return t.Display()
}

// without is what the side has that has not got the value: nothing, or of an
// update the property as it was.
func without(t *normalizers.Tree) string {
	if t.From != nil && !t.From.Absent() {
		return t.From.Display() + unchanged
	}
	return absent
}

// shorten cuts the texts of differences once nothing needs them whole.
func shorten(all []Difference) {
	for i := range all {
		d := &all[i]
		d.Legacy, d.Candidate = excerpts(unquote(d.Legacy, d.Candidate))
	}
}

// unquote takes the quotation marks from two texts where that leaves no doubt: a
// string that reads like a number, a word of JSON or nothing keeps them, and so
// does the other text.
func unquote(a, b string) (string, string) {
	x, xQuoted, xPlain := plainString(a)
	y, yQuoted, yPlain := plainString(b)
	if xQuoted && !xPlain || yQuoted && !yPlain {
		return a, b
	}
	return x, y
}

// plainString is the content of a quoted string, and whether it can stand
// without the quotation marks.
func plainString(text string) (content string, quoted, plain bool) {
	if !strings.HasPrefix(text, `"`) {
		return text, false, false
	}
	content, err := strconv.Unquote(text)
	if err != nil {
		return text, false, false
	}
	first, _ := utf8.DecodeRuneInString(content)
	switch content {
	case "true", "false", "null", absent, unindexed, indexed:
		return content, true, false
	}
	return content, true, unicode.IsLetter(first) && strings.TrimSpace(content) == content &&
		!strings.ContainsFunc(content, func(r rune) bool { return !unicode.IsPrint(r) })
}

// excerptLength bounds a text of a difference, in characters.
const excerptLength = 120

// excerpts cuts two texts to a readable length around the first place where they
// differ.
func excerpts(a, b string) (string, string) {
	x, y := []rune(a), []rune(b)
	if len(x) <= excerptLength && len(y) <= excerptLength {
		return a, b
	}
	same := 0
	for same < len(x) && same < len(y) && x[same] == y[same] {
		same++
	}
	start := max(0, same-excerptLength/3)
	return cutText(x, start), cutText(y, start)
}

func cutText(text []rune, start int) string {
	out := ""
	if start > 0 {
		out = "…"
	}
	start = min(start, len(text))
	end := min(len(text), start+excerptLength)
	out += string(text[start:end])
	if end < len(text) {
		out += "…"
	}
	return out
}
