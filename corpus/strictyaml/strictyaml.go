// Package strictyaml reads YAML the way every file of replay is read: each
// problem has a position, unknown and repeated keys are problems with the
// nearest known name, and all problems of a file come in one go.
//
// It wraps yaml.v3 nodes. A reader walks a [Node], calls [Node.Object] with the
// keys it knows, and asks [Doc.Problems] once at the end.
package strictyaml

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
	"gopkg.in/yaml.v3"
)

// A Problem is one thing wrong with a file, and where. Line and Column count
// from 1; both are 0 when the file as a whole is meant.
type Problem struct {
	File         string
	Line, Column int
	Message      string
}

func (p Problem) Error() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Problems is every problem found, in the order of files and positions.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Err is nil when there is no problem.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// Doc is one YAML file being read; it collects the problems of its nodes.
type Doc struct {
	File     string
	problems Problems
}

// Parse reads the single YAML document in data. A syntax error becomes a
// problem of the Doc, and the Node is then zero.
func Parse(file string, data []byte) (*Doc, Node) {
	d := &Doc{File: file}
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	var root yaml.Node
	if err := dec.Decode(&root); err != nil {
		d.syntax(err)
		return d, Node{doc: d}
	}
	var more yaml.Node
	if err := dec.Decode(&more); err == nil {
		d.add(more.Line, more.Column, "a second YAML document; one file holds one")
	}
	if root.Kind != yaml.DocumentNode || len(root.Content) != 1 {
		d.add(1, 1, "the file is empty")
		return d, Node{doc: d}
	}
	return d, Node{doc: d, Node: root.Content[0]}
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

func (d *Doc) add(line, column int, message string) {
	d.problems = append(d.problems, Problem{File: d.File, Line: line, Column: column, Message: message})
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func (d *Doc) syntax(err error) {
	text := err.Error()
	line := 1
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
		text = text[len(m[0]):]
	}
	if text == "EOF" {
		text = "the file is empty"
	}
	d.add(line, 1, text)
}

// Node is a YAML value with its file. The zero Node stands for an absent value.
type Node struct {
	doc *Doc
	*yaml.Node
}

// Present reports whether there is a value (an explicit null is one).
func (n Node) Present() bool { return n.Node != nil }

// IsNull reports whether the value is an explicit YAML null.
func (n Node) IsNull() bool {
	return n.Node != nil && n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

// Position is file:line:column of the value.
func (n Node) Position() string {
	if n.Node == nil {
		return n.doc.File
	}
	return fmt.Sprintf("%s:%d:%d", n.doc.File, n.Line, n.Column)
}

// Problemf records a problem at the value's position.
func (n Node) Problemf(format string, args ...any) {
	line, column := 0, 0
	if n.Node != nil {
		line, column = n.Line, n.Column
	}
	n.doc.add(line, column, fmt.Sprintf(format, args...))
}

// Of wraps a child node of n.
func (n Node) Of(child *yaml.Node) Node { return Node{doc: n.doc, Node: child} }

// Resolve follows an alias to what it stands for.
func (n Node) Resolve() Node {
	if n.Node != nil && n.Kind == yaml.AliasNode {
		return Node{doc: n.doc, Node: n.Alias}
	}
	return n
}

// Fields maps the known keys of an object to their readers.
type Fields map[string]func(Node)

// Object reads a mapping: each key goes to its reader, an unknown or repeated
// key is a problem, and so is the absence of a required one.
func (n Node) Object(fields Fields, required ...string) {
	seen := map[string]bool{}
	ok := n.Entries(func(key, value Node) {
		seen[key.Value] = true
		read := fields[key.Value]
		if read == nil {
			known := make([]string, 0, len(fields))
			for k := range fields {
				known = append(known, k)
			}
			key.Problemf("unknown key %q%s", key.Value, Suggest(key.Value, known))
			return
		}
		read(value)
	})
	if !ok {
		return
	}
	for _, k := range required {
		if !seen[k] {
			n.Problemf("missing key %q", k)
		}
	}
}

// Entries walks a mapping in file order, reporting repeated and non-string
// keys. It reports false, with a problem, when the value is no mapping.
func (n Node) Entries(visit func(key, value Node)) bool {
	n = n.Resolve()
	if n.Node == nil || n.Kind != yaml.MappingNode {
		n.Problemf("want a mapping, have %s", n.describe())
		return false
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Of(n.Content[i]), n.Of(n.Content[i+1]).Resolve()
		if key.Kind != yaml.ScalarNode {
			key.Problemf("a key must be plain text")
			continue
		}
		if seen[key.Value] {
			key.Problemf("repeated key %q", key.Value)
			continue
		}
		seen[key.Value] = true
		visit(key, value)
	}
	return true
}

// Items walks a sequence. It reports false, with a problem, when the value is
// none.
func (n Node) Items(visit func(i int, item Node)) bool {
	n = n.Resolve()
	if n.Node == nil || n.Kind != yaml.SequenceNode {
		n.Problemf("want a list, have %s", n.describe())
		return false
	}
	for i, c := range n.Content {
		visit(i, n.Of(c).Resolve())
	}
	return true
}

// String reads a string. A number, boolean or null in its place is a problem.
func (n Node) String(into *string) bool {
	if n.Node == nil || n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
		n.Problemf("want a string, have %s", n.describe())
		return false
	}
	*into = n.Value
	return true
}

// Text reads a scalar of any type as the text it is written with, for values
// where 1 and "1" mean the same (environment variables, say). Null is a problem.
func (n Node) Text(into *string) bool {
	if n.Node == nil || n.Kind != yaml.ScalarNode || n.IsNull() {
		n.Problemf("want a scalar, have %s", n.describe())
		return false
	}
	*into = n.Value
	return true
}

// Strings reads a list of strings.
func (n Node) Strings(into *[]string) bool {
	return n.Items(func(_ int, item Node) {
		var s string
		if item.String(&s) {
			*into = append(*into, s)
		}
	})
}

// Int reads an integer.
func (n Node) Int(into *int) bool {
	if n.Node != nil && n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int" {
		if err := n.Decode(into); err == nil {
			return true
		}
	}
	n.Problemf("want an integer, have %s", n.describe())
	return false
}

// Bool reads a boolean.
func (n Node) Bool(into *bool) bool {
	if n.Node != nil && n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" {
		if err := n.Decode(into); err == nil {
			return true
		}
	}
	n.Problemf("want true or false, have %s", n.describe())
	return false
}

// OneOf reads a string that must be one of the given words.
func (n Node) OneOf(into *string, words ...string) bool {
	var s string
	if !n.String(&s) {
		return false
	}
	if !slices.Contains(words, s) {
		n.Problemf("unknown value %q%s", s, Suggest(s, words))
		return false
	}
	*into = s
	return true
}

func (n Node) describe() string {
	if n.Node == nil {
		return "nothing"
	}
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		switch n.ShortTag() {
		case "!!null":
			return "null"
		case "!!int", "!!float":
			return "the number " + n.Value
		case "!!bool":
			return "the boolean " + n.Value
		}
		return strconv.Quote(n.Value)
	}
	return "something else"
}

// Suggest is the end of a message about an unknown name: the nearest known one,
// or the list of all known ones.
func Suggest(name string, known []string) string {
	known = slices.Sorted(slices.Values(known))
	best, distance := "", 1+max(1, len(name)/3)
	for _, k := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	if len(known) == 0 || len(known) > 30 {
		return ""
	}
	return "; known: " + strings.Join(known, ", ")
}

// AsProblems unpacks an error that is, or wraps, Problems or one Problem.
func AsProblems(err error) (Problems, bool) {
	var all Problems
	if errors.As(err, &all) {
		return all, true
	}
	var one Problem
	if errors.As(err, &one) {
		return Problems{one}, true
	}
	return nil, false
}
