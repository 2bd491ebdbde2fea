package coverage

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// shownNext is how many of the next cases the text report names.
const shownNext = 20

// WriteJSON writes the coverage as JSON, with "<" and "&" as they are.
func (c *Coverage) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(c)
}

// WriteText writes the coverage for a person: every field with its shapes, the
// fields in one table, and what to record next.
func (c *Coverage) WriteText(w io.Writer) error {
	p := &printer{w: w}
	for _, f := range c.Fields {
		if f.Cases > 0 {
			p.field(f)
		}
	}
	p.table(c)
	p.next(c)
	for _, u := range c.Unknown {
		p.line("case %s asks for %s, which the schema does not have", u.Case, u.Field)
	}
	p.line("coverage of %s: %s", counted(c.Cases, "case"), c.Count)
	return p.err
}

// String is "38 of 52 shapes (73 %)"; the share is rounded down, so that 100 % is
// all of them.
func (c Count) String() string {
	return fmt.Sprintf("%d of %s (%d %%)", c.Exercised, counted(c.Possible, "shape"), c.Percent())
}

// Percent is the share in percent, rounded down.
func (c Count) Percent() int {
	if c.Possible == 0 {
		return 100
	}
	return 100 * c.Exercised / c.Possible
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// printer writes lines and keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) field(f *Field) {
	p.line("%s: %s, %s", f.Coordinate, counted(f.Cases, "case"), f.Count)
	width := 0
	for _, pos := range f.Positions {
		width = max(width, len(pos.title()))
	}
	for _, pos := range f.Positions {
		p.line("  %-*s  %s", width, pos.title(), pos.shapes())
	}
	p.line("")
}

// title names a position within its field.
func (p *Position) title() string {
	switch {
	case p.Part == Input:
		return p.Path + ": " + p.Type
	case p.Path == "":
		return string(p.Part)
	case p.Part == Answer:
		return "answer at " + p.Path
	}
	return p.Path
}

// shapes lists what is exercised, with the number of cases, and what is not.
func (p *Position) shapes() string {
	var have, lack []string
	for _, s := range p.Shapes {
		if s.Cases > 0 {
			have = append(have, s.text())
		} else {
			lack = append(lack, s.Name)
		}
	}
	text := strings.Join(have, ", ")
	if len(lack) == 0 {
		return text
	}
	if text != "" {
		text += "; "
	}
	return text + "missing: " + strings.Join(lack, ", ")
}

// text is the shape with its cases. Where all of them fail, it says so.
func (s *Shape) text() string {
	if s.Failed == s.Cases {
		return fmt.Sprintf("%s %d (only errors)", s.Name, s.Cases)
	}
	return fmt.Sprintf("%s %d", s.Name, s.Cases)
}

func (p *printer) table(c *Coverage) {
	if len(c.Fields) == 0 {
		return
	}
	width := len("field")
	for _, f := range c.Fields {
		width = max(width, len(f.Coordinate))
	}
	p.line("%-*s  cases       shapes", width, "field")
	for _, f := range c.Fields {
		p.line("%-*s  %5d  %4d of %4d  %3d %%", width, f.Coordinate, f.Cases, f.Exercised, f.Possible, f.Percent())
	}
	p.line("")
}

func (p *printer) next(c *Coverage) {
	if len(c.Next) == 0 {
		return
	}
	p.line("record next:")
	for i, m := range c.Next {
		if i == shownNext {
			p.line("  and %d more; --report json=FILE has them all", len(c.Next)-shownNext)
			break
		}
		like := ""
		if m.Like != "" {
			like = ", like " + m.Like
		}
		p.line("  %3d  %s%s", m.Worth, m.Say, like)
	}
	p.line("")
}
