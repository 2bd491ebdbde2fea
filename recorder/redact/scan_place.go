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

// within is where in the file a part of a scalar stands that begins at a byte of
// its value; the beginning of the scalar if it is encoded there.
func (f *fileScan) within(n strictyaml.Node, v string, at int) (line, column int) {
	begin := f.offset(n.Line, n.Column)
	if at < 0 || begin == len(f.data) {
		return n.Line, n.Column
	}
	from := begin + written(f.data[begin:], n.Value, at)
	i := bytes.Index(f.data[from:], []byte(v))
	if f.data[begin] == '"' && i != 0 { // it has escapes of its own
		i = 0
	}
	if i < 0 || i > 64+2*len(n.Value) {
		return n.Line, n.Column
	}
	return f.position(from + i)
}

// written is the byte of a scalar as it is written at or before the one where what
// begins at a byte of its value stands. What is in the file alone - indentation,
// quotes, the marks of a block - is passed over.
func written(source []byte, value string, at int) int {
	quoted := source[0] == '"'
	i, j := 0, 0
	if quoted {
		j = 1
	}
	for i < at && j < len(source) {
		switch {
		case quoted && source[j] == '\\':
			if escape := min(j+1, len(source)-1); source[escape] != '\n' {
				i += runeLength([]byte(value[i:]))
				j += map[byte]int{'x': 2, 'u': 4, 'U': 8}[source[escape]]
			}
			j += 2
		case source[j] == value[i], source[j] == '\n' && value[i] == ' ':
			i, j = i+1, j+1
		default:
			j++
		}
	}
	return min(j, len(source))
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
