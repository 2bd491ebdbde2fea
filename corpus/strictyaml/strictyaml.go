// Package strictyaml reads YAML the way every file of replay is read: each
// problem has a position, unknown and repeated keys are problems with the
// nearest known name, and all problems of a file come in one go.
//
// It wraps yaml.v3 nodes. A reader walks a [Node], calls [Node.Object] with the
// keys it knows, and asks [Doc.Problems] once at the end.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Doc is one YAML file being read; it collects the problems of its nodes.
type Doc struct {
	File     string
	problems Problems
}

// Parse reads the single YAML document in data. A syntax error becomes a
// problem of the Doc, and the Node is then zero.
func Parse(file string, data []byte) (*Doc, Node) {
	d := &Doc{File: file}
	root := d.parse(data)
	if root == nil {
		return d, Node{doc: d}
	}
	if !d.bounded(root) {
		return d, Node{doc: d}
	}
	return d, Node{doc: d, Node: root}
}

// parse is the root node, nil with a problem when there is none.
func (d *Doc) parse(data []byte) (root *yaml.Node) {
	if !d.isUTF8(data) {
		return nil
	}
	defer d.gaveUp()
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		d.syntax(err)
		return nil
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		d.Problemf(1, 1, "the file is empty")
		return nil
	}
	var more yaml.Node
	switch err := dec.Decode(&more); {
	case err == nil:
		d.Problemf(more.Line, more.Column, "a second YAML document; one file holds one")
	case !errors.Is(err, io.EOF):
		d.syntax(err)
	}
	return doc.Content[0]
}

// ParseAll reads every YAML document in data, for who looks for something and not
// whether the file is as it should be. Empty ones are left out. What cannot be read
// becomes a problem, and ends the list.
func ParseAll(file string, data []byte) (d *Doc, roots []Node) {
	d = &Doc{File: file}
	if !d.isUTF8(data) {
		return d, nil
	}
	defer d.gaveUp()
	// yaml.v3 wants "---" after "...", which YAML does not.
	data = documentEnd.ReplaceAll(data, []byte("---"))
	for dec := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var doc yaml.Node
		switch err := dec.Decode(&doc); {
		case errors.Is(err, io.EOF):
			return d, roots
		case err != nil:
			d.syntax(err)
			return d, roots
		}
		for _, root := range doc.Content {
			if n := (Node{doc: d, Node: root}); !n.IsNull() || n.Value != "" {
				roots = append(roots, n)
			}
		}
	}
}

var documentEnd = regexp.MustCompile(`(?m)^\.{3}$`)

// gaveUp makes a problem of a panic: yaml.v3 panics on some malformed input
// ("please report") instead of returning an error.
func (d *Doc) gaveUp() {
	if r := recover(); r != nil {
		d.Problemf(1, 1, "the YAML reader gave up: %v", r)
	}
}

func (d *Doc) isUTF8(data []byte) bool {
	if utf8.Valid(data) || bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return true
	}
	line, column := 1, 1
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			break
		}
		if column++; r == '\n' {
			line, column = line+1, 1
		}
		data = data[size:]
	}
	d.Problemf(line, column, "the text is not UTF-8")
	return false
}

// Problems are those found so far, by position.
func (d *Doc) Problems() Problems {
	slices.SortStableFunc(d.problems, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return d.problems
}

// Problemf records a problem at a position, counted from 1; line 0 means the
// file as a whole.
func (d *Doc) Problemf(line, column int, format string, args ...any) {
	d.problems = append(d.problems, Problem{File: d.File, Line: line, Column: column, Message: fmt.Sprintf(format, args...)})
}

// Errors of yaml.v3's parser count lines from 0, those of its scanner from 1, and
// none has a column. These are the parser's.
var countsFromZero = regexp.MustCompile(`^did not find expected (<|node content|key|'-' indicator|',' or)`)

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func (d *Doc) syntax(err error) {
	text := err.Error()
	line := 1
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
		text = text[len(m[0]):]
		if m[1] != "" && countsFromZero.MatchString(text) {
			line++
		}
	}
	if text == "EOF" {
		text = "the file is empty"
	}
	d.Problemf(line, 1, "%s", text)
}
