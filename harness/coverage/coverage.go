package coverage

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/normalizers"
)

// Coverage is what a corpus exercises, in the form of the JSON report
// (docs/coverage.md).
type Coverage struct {
	Version int `json:"version"`
	// Cases is how many cases were looked at.
	Cases int `json:"cases"`
	Count
	// Fields are the fields of Query and Mutation in the schema's order, then the
	// types that a federation gateway asks for, then other fields with arguments.
	Fields []*Field `json:"fields"`
	// Next are the missing shapes, the most valuable first. What can only be
	// exercised after another one counts with that one.
	Next []Missing `json:"next"`
	// Unknown are root fields of cases that the schema does not have.
	Unknown []Unknown `json:"unknown"`
}

// Count is how many shapes there are, and how many of them a case exercises.
type Count struct {
	Exercised int `json:"exercised"`
	Possible  int `json:"possible"`
}

// Share is the exercised part, from 0 to 1; of nothing it is 1.
func (c Count) Share() float64 {
	if c.Possible == 0 {
		return 1
	}
	return float64(c.Exercised) / float64(c.Possible)
}

func (c *Count) add(o Count) {
	c.Exercised += o.Exercised
	c.Possible += o.Possible
}

// Kind is what a [Field] stands for.
type Kind string

// The kinds of fields. An Entity is a type of a subgraph, asked for through
// _entities; a Nested field is one with arguments below a root field.
const (
	Query    Kind = "query"
	Mutation Kind = "mutation"
	Entity   Kind = "entity"
	Nested   Kind = "field"
)

// Field is the coverage of one field.
type Field struct {
	// Coordinate is "Mutation.renameAssignment"; of an Entity the type's name.
	Coordinate string `json:"coordinate"`
	Kind       Kind   `json:"kind"`
	// Cases is how many cases select the field, refused ones included.
	Cases int `json:"cases"`
	Count
	Positions []*Position `json:"positions"`

	at   map[string]*Position
	last *corpus.Case
	// like is a case with an executed request, for suggestions.
	like string
}

// Part is the part of a case that a position belongs to.
type Part string

// The parts, in the order of a field's positions.
const (
	Input   Part = "input"
	Answer  Part = "answer"
	Outcome Part = "outcome"
	Store   Part = "store"
)

var parts = []Part{Input, Answer, Outcome, Store}

// Position is one place of a field that takes shapes.
type Position struct {
	Part Part `json:"part"`
	// Path is "input.rubric[].weight" of an input; of an answer "" or the
	// coordinate of a field below; of a store "datastore: Assignment"; of the
	// outcome "".
	Path string `json:"path"`
	// Type is the position's type as the schema writes it; "" outside of the
	// schema.
	Type string `json:"type,omitempty"`
	Count
	Shapes []*Shape `json:"shapes"`
}

// Shape is one form that a position can have.
type Shape struct {
	Name string `json:"name"`
	// Cases is how many cases exercise it; Example is the first of them by name.
	Cases int `json:"cases"`
	// Failed is how many of them were answered with an error of the field: where
	// it is all of them, the shape may not have got far.
	Failed  int    `json:"failed,omitempty"`
	Example string `json:"example,omitempty"`

	last *corpus.Case
}

// Unknown is a case with a root field that the schema does not have.
type Unknown struct {
	Case  string `json:"case"`
	Field string `json:"field"`
}

// Of counts what the cases exercise of a schema. The cases are in the order of
// their names, as a corpus has them.
func Of(schema *normalizers.Schema, cases []*corpus.Case) *Coverage {
	b := newBoard(schema)
	for _, cs := range cases {
		b.count(cs)
	}
	for _, f := range b.fields {
		f.sort()
	}
	c := &Coverage{Version: 1, Cases: len(cases), Fields: b.fields, Unknown: b.unknown}
	c.sum()
	return c
}

// Field is the coverage of a coordinate, nil where the schema has no such field.
func (c *Coverage) Field(coordinate string) *Field {
	for _, f := range c.Fields {
		if f.Coordinate == coordinate {
			return f
		}
	}
	return nil
}

// Only is the coverage of the fields that keep says.
func (c *Coverage) Only(keep func(*Field) bool) *Coverage {
	out := &Coverage{Version: c.Version, Cases: c.Cases, Unknown: c.Unknown, Fields: []*Field{}}
	for _, f := range c.Fields {
		if keep(f) {
			out.Fields = append(out.Fields, f)
		}
	}
	out.sum()
	return out
}

// sum counts from the shapes up, and finds what is missing.
func (c *Coverage) sum() {
	c.Count = Count{}
	for _, f := range c.Fields {
		f.Count = Count{}
		for _, p := range f.Positions {
			p.Count = Count{Possible: len(p.Shapes)}
			for _, s := range p.Shapes {
				if s.Cases > 0 {
					p.Exercised++
				}
			}
			f.add(p.Count)
		}
		c.add(f.Count)
	}
	c.Next = c.missing()
}

// position is a position of the field, made if need be.
func (f *Field) position(part Part, path, typ string, shapes ...string) *Position {
	key := string(part) + " " + path
	if p := f.at[key]; p != nil {
		return p
	}
	p := &Position{Part: part, Path: path, Type: typ}
	for _, name := range shapes {
		p.Shapes = append(p.Shapes, &Shape{Name: name})
	}
	f.at[key] = p
	f.Positions = append(f.Positions, p)
	return p
}

// sort puts the parts in order. What was found while counting goes by its path.
func (f *Field) sort() {
	slices.SortStableFunc(f.Positions, func(a, b *Position) int {
		part := cmp.Compare(slices.Index(parts, a.Part), slices.Index(parts, b.Part))
		if part != 0 || a.Part == Input {
			return part
		}
		return strings.Compare(a.Path, b.Path)
	})
}

// Shape is the shape of that name, nil where the position cannot have it.
func (p *Position) Shape(name string) *Shape {
	for _, s := range p.Shapes {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Position is the position of a part at a path, nil when there is none.
func (f *Field) Position(part Part, path string) *Position {
	return f.at[string(part)+" "+path]
}
