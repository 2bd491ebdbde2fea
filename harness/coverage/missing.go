package coverage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Missing is a shape that no case exercises.
type Missing struct {
	Field string `json:"field"`
	// Part is "" where the field has no case at all.
	Part  Part   `json:"part,omitempty"`
	Path  string `json:"path,omitempty"`
	Shape string `json:"shape,omitempty"`
	// Worth orders what to record next: docs/coverage.md has the figures.
	Worth int `json:"worth"`
	// Opens is how many further shapes can only be exercised after this one.
	Opens int `json:"opens,omitempty"`
	// Say is the case to record, in words.
	Say string `json:"say"`
	// Like is a case that the new one can be made from; "" where there is none.
	Like string `json:"like,omitempty"`
}

// The worths of what is missing: where ports go wrong most comes first. A
// mutation's count double.
const firstCase = 100

var worths = []struct {
	part  Part
	shape string
	worth int
}{
	{Input, Null, 90},
	{Input, Absent, 80},
	{Outcome, executionError, 75},
	{Outcome, success, 75},
	{Store, Absent, 70},
	{Input, emptyText, 60}, // of texts and lists
	{Answer, "", 60},       // a branch, or a representation that is not found
	{Input, no, 50},
	{Input, yes, 50},
	{Input, zero, 45},
	{Input, negative, 40},
	{Input, fraction, 40},
	{Input, manyItems, 40},
	{Input, nonASCII, 35},
	{Input, oneItem, 30},
	{Input, longText, 25},
	{Input, large, 20},
	{Input, maxInt, 15},
	{Input, minInt, 15},
	{Store, present, 20},
	{Outcome, requestError, 20},
	{Input, "", 55}, // a value, or one of an enum
}

func worthOf(part Part, shape string) int {
	for _, w := range worths {
		if w.part == part && (w.shape == shape || w.shape == "") {
			return w.worth
		}
	}
	return 0
}

// missing lists what no case exercises, most valuable first, then in the order of
// the fields.
func (c *Coverage) missing() []Missing {
	list := []Missing{}
	for _, f := range c.Fields {
		list = append(list, f.missing()...)
	}
	slices.SortStableFunc(list, func(a, b Missing) int { return cmp.Compare(b.Worth, a.Worth) })
	return list
}

func (f *Field) missing() []Missing {
	if f.Cases == 0 {
		first := Missing{Field: f.Coordinate, Worth: f.weigh(firstCase), Opens: f.Possible, Say: "record " + f.Coordinate + " for the first time"}
		return []Missing{first}
	}
	var list []Missing
	closed := map[string]int{} // where the way to a position ends, in list
	for _, p := range f.Positions {
		if outer, ok := closedBy(closed, p); ok {
			list[outer].Opens += p.Possible
			continue
		}
		for _, s := range p.Shapes {
			if s.Cases > 0 {
				continue
			}
			list = append(list, f.lack(p, s.Name))
		}
		if p.Part == Input && !p.entered() {
			if i := slices.IndexFunc(list, func(m Missing) bool { return m.Part == Input && m.Path == p.Path && m.enters() }); i >= 0 {
				closed[p.Path] = i
			}
		}
	}
	return list
}

func (f *Field) lack(p *Position, shape string) Missing {
	return Missing{
		Field: f.Coordinate, Part: p.Part, Path: p.Path, Shape: shape,
		Worth: f.weigh(worthOf(p.Part, shape)), Say: f.say(p, shape), Like: f.likeFor(p),
	}
}

func (f *Field) weigh(worth int) int {
	if f.Kind == Mutation {
		return 2 * worth
	}
	return worth
}

// closedBy finds the position above that has no value yet.
func closedBy(closed map[string]int, p *Position) (int, bool) {
	if p.Part != Input {
		return 0, false
	}
	for path, i := range closed {
		if rest, ok := strings.CutPrefix(p.Path, path); ok && strings.HasPrefix(rest, ".") || ok && strings.HasPrefix(rest, "[") {
			return i, true
		}
	}
	return 0, false
}

// entered reports whether a case has a value at the position that others lie in.
func (p *Position) entered() bool {
	for _, s := range p.Shapes {
		if s.Cases > 0 && enters(s.Name) {
			return true
		}
	}
	return false
}

func (m Missing) enters() bool { return enters(m.Shape) }

func enters(shape string) bool { return shape == value || shape == oneItem || shape == manyItems }

// likeFor is a case whose request has what the position lies in.
func (f *Field) likeFor(p *Position) string {
	outer := p.Path[:max(0, strings.LastIndexAny(p.Path, ".["))]
	if above := f.Position(Input, outer); p.Part == Input && above != nil {
		for _, s := range above.Shapes {
			if s.Cases > 0 && enters(s.Name) {
				return s.Example
			}
		}
	}
	return f.like
}

// say is the case to record, in words.
func (f *Field) say(p *Position, shape string) string {
	what := ""
	switch {
	case p.Part == Outcome && shape == success:
		what = "that succeeds"
	case p.Part == Outcome && shape == executionError:
		what = "that fails with an error of its own"
	case p.Part == Outcome:
		what = "that is refused before it is executed"
	case p.Part == Store && shape == present:
		what = fmt.Sprintf("that finds %s", p.Path)
	case p.Part == Store:
		what = fmt.Sprintf("that looks up %s in vain", p.Path)
	case p.Part == Answer && f.Kind == Entity && p.Path == "":
		what = "that is " + shape
	case p.Part == Answer && p.Path == "":
		what = "that answers " + shape
	case p.Part == Answer:
		what = fmt.Sprintf("that answers %s at %s", shape, p.Path)
	case shape == Absent:
		what = "without " + p.Path
	default:
		what = fmt.Sprintf("with %s %s", p.Path, saidShape(shape))
	}
	return f.Coordinate + " " + what
}

func saidShape(shape string) string {
	switch shape {
	case value:
		return "given"
	case emptyText, Null, zero, negative, yes, no:
		return shape
	case oneItem:
		return "of one item"
	case manyItems:
		return "of many items"
	case longText:
		return fmt.Sprintf("of %d characters or more", longFrom)
	case nonASCII:
		return "beyond ASCII"
	case fraction:
		return "a fraction"
	case large:
		return "of 2^53 or more"
	case minInt:
		return "the least Int"
	case maxInt:
		return "the greatest Int"
	}
	return shape
}
