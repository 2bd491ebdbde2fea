package features

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/agnivade/levenshtein"
	"github.com/cucumber/godog"
)

// argument is what may stand below a step.
type argument int

const (
	nothing argument = iota
	docString
	table
	maybeTable
	maybeDocString
)

// A check is what a step does when its turn comes; nil for one that only says
// what is given.
type check func(ctx context.Context, w *world) error

// A step is one of the library. Its parse reads the step into the draft of the
// scenario and refuses what is wrong with it, without anything being started.
type step struct {
	// part is Given, When or Then.
	part string
	// text is the step as the documentation shows it, with NAMES in quotes.
	text  string
	expr  *regexp.Regexp
	below argument
	about string
	parse func(d *draft, l line) (check, error)
}

// line is one step of a scenario, as it stands in its file.
type line struct {
	place
	text  string
	args  []string
	doc   *godog.DocString
	table *godog.Table
}

// steps are all steps of the library, in the order of the documentation.
var steps = sync.OnceValue(func() []step { return slices.Concat(givens(), whens(), thens()) })

// def makes a step. Quoted capitals in its text stand for any quoted text,
// VALUE at its end for everything that follows, and (a|b) for one of both.
func def(part, text string, below argument, about string, parse func(*draft, line) (check, error)) step {
	return step{part: part, text: text, expr: regexp.MustCompile(expression(text)), below: below, about: about, parse: parse}
}

var blank = regexp.MustCompile(`"[A-Z]+"|\bVALUE$|\bSTATUS$|\([a-z|]+\)| \[in "STORE"\]`)

func expression(text string) string {
	var b strings.Builder
	b.WriteByte('^')
	last := 0
	for _, at := range blank.FindAllStringIndex(text, -1) {
		b.WriteString(regexp.QuoteMeta(text[last:at[0]]))
		switch found := text[at[0]:at[1]]; {
		case found == `"MESSAGE"`:
			b.WriteString(`"(.*)"`)
		case found == ` [in "STORE"]`:
			b.WriteString(`(?: in "([^"]*)")?`)
		case found == "VALUE":
			b.WriteString("(.+)")
		case found == "STATUS":
			b.WriteString(`(\d+)`)
		case found[0] == '(':
			b.WriteString(found)
		default:
			b.WriteString(`"((?:[^"\\]|\\.)*)"`)
		}
		last = at[1]
	}
	return b.String() + regexp.QuoteMeta(text[last:]) + "$"
}

// read finds the step that a line is, and reads it into the draft.
func (d *draft) read(l line) error {
	var found []step
	for _, s := range steps() {
		if m := s.expr.FindStringSubmatch(l.text); m != nil {
			found = append(found, s)
			l.args = m[1:]
		}
	}
	switch len(found) {
	case 0:
		return l.problemf("no step is called: %s; did you mean: %s", l.text, nearest(l.text))
	case 1:
		_, err := d.readAs(found[0], l)
		return err
	}
	return l.problemf("%q is more than one step: %s", l.text, texts(found))
}

func texts(list []step) string {
	var all []string
	for _, s := range list {
		all = append(all, s.text)
	}
	return strings.Join(all, "; ")
}

// readAs reads a line as one step, and checks where it stands and what stands
// below it.
func (d *draft) readAs(s step, l line) (check, error) {
	for i := range l.args {
		l.args[i] = strings.ReplaceAll(l.args[i], `\"`, `"`)
	}
	switch {
	case s.part == "Given" && d.sent:
		return nil, l.problemf("%q says what is given, and must stand before the request is sent", l.text)
	case s.part == "When" && d.sent:
		return nil, l.problemf("a scenario sends one request; write another scenario for the second")
	case s.part == "Then" && !d.sent:
		return nil, l.problemf("%q needs an answer; send a request first: When the mutation is sent", l.text)
	}
	switch s.part {
	case "When":
		d.sent = true // or meant to be
	case "Then":
		d.checks++
	}
	if problem := s.misplaced(l); problem != "" {
		return nil, l.problemf("%s", problem)
	}
	c, err := s.parse(d, l)
	return c, l.located(err)
}

// misplaced says what is wrong with what stands below a step; "" if nothing is.
func (s step) misplaced(l line) string {
	switch {
	case l.doc == nil && s.below == docString:
		return fmt.Sprintf("%q needs a text in \"\"\" below it; docs/steps.md shows one", l.text)
	case l.table == nil && s.below == table:
		return fmt.Sprintf("%q needs a table below it; docs/steps.md shows one", l.text)
	case l.doc != nil && s.below != docString && s.below != maybeDocString:
		return fmt.Sprintf("%q takes no text below it", l.text)
	case l.table != nil && s.below != table && s.below != maybeTable:
		return fmt.Sprintf("%q takes no table below it", l.text)
	}
	return ""
}

var quoted = regexp.MustCompile(`"[^"]*"`)

// nearest is the step whose text is most like the one given, what stands in
// quotes aside.
func nearest(text string) string {
	bare := func(s string) string { return quoted.ReplaceAllString(s, `"_"`) }
	best, distance := "", -1
	for _, s := range steps() {
		for _, form := range []string{s.text, strings.Replace(s.text, ` [in "STORE"]`, "", 1)} {
			if d := levenshtein.ComputeDistance(bare(text), bare(form)); distance < 0 || d < distance {
				best, distance = s.text, d
			}
		}
	}
	return best
}
