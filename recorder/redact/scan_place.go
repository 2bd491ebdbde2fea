package redact

import (
	"bytes"
	"slices"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// resolve follows steps into a file. A step that the file leaves out, such as to
// the properties of an embedded entity, is passed over.
func resolve(n strictyaml.Node, steps []step) strictyaml.Node {
	for _, s := range steps {
		switch {
		case s.index >= 0 && n.List() && s.index < len(n.Content):
			n = n.Of(n.Content[s.index])
		case s.index < 0 && n.Mapping():
			if next := n.Child(s.name); next.Present() {
				n = next
			}
		}
	}
	return n
}

// within is where in the file a part of a scalar stands: where its text is found
// at or after the scalar's beginning, else the beginning.
func (f *fileScan) within(n strictyaml.Node, v string, at int) (line, column int) {
	if at < 0 {
		return n.Line, n.Column
	}
	begin := f.offset(n.Line, n.Column)
	// Indentation, quotes and escapes shift the place to the right.
	from := min(begin+at, len(f.data))
	i := bytes.Index(f.data[from:], []byte(v))
	if i < 0 || i > 64+2*len(n.Value) {
		return n.Line, n.Column
	}
	return f.position(from + i)
}

// comment is where a value in a comment stands: the first place of its text.
func (f *fileScan) comment(n strictyaml.Node, v string) (line, column int) {
	if i := bytes.Index(f.data, []byte(v)); i >= 0 {
		return f.position(i)
	}
	return n.Line, n.Column
}

func (f *fileScan) lineStarts() []int {
	if f.starts == nil {
		f.starts = []int{0}
		for i, b := range f.data {
			if b == '\n' {
				f.starts = append(f.starts, i+1)
			}
		}
	}
	return f.starts
}

// offset is the byte at a line and column; columns count characters.
func (f *fileScan) offset(line, column int) int {
	starts := f.lineStarts()
	i := starts[min(max(line, 1), len(starts))-1]
	for range column - 1 {
		if i >= len(f.data) {
			return len(f.data)
		}
		i += max(1, runeLength(f.data[i:]))
	}
	return i
}

func (f *fileScan) position(offset int) (line, column int) {
	starts := f.lineStarts()
	line, found := slices.BinarySearch(starts, offset)
	if found {
		line++
	}
	column = 1
	for i := starts[line-1]; i < offset; column++ {
		i += max(1, runeLength(f.data[i:]))
	}
	return line, column
}
