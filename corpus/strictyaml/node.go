package strictyaml

import (
	"fmt"
	"strconv"

	"gopkg.in/yaml.v3"
)

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
	n.doc.Problemf(line, column, format, args...)
}

// Plain reports whether the value is a scalar that is neither quoted, nor in a
// block, nor tagged, so that its type comes from how it looks.
func (n Node) Plain() bool {
	return n.Node != nil && n.Kind == yaml.ScalarNode && n.Style&^yaml.FlowStyle == 0
}

// Literal reports whether the value is a literal block ("|").
func (n Node) Literal() bool {
	return n.Node != nil && n.Kind == yaml.ScalarNode && n.Style&yaml.LiteralStyle != 0
}

// Mapping reports whether the value is a mapping.
func (n Node) Mapping() bool { return n.Node != nil && n.Kind == yaml.MappingNode }

// List reports whether the value is a sequence.
func (n Node) List() bool { return n.Node != nil && n.Kind == yaml.SequenceNode }

// Scalar reports whether the value is neither mapping nor list.
func (n Node) Scalar() bool { return n.Node != nil && n.Kind == yaml.ScalarNode }

// ExplicitTag is the tag written before the value ("!key"), "" for none.
func (n Node) ExplicitTag() string {
	if n.Node == nil || n.Style&yaml.TaggedStyle == 0 {
		return ""
	}
	return n.Tag
}

// Doc is the file that the value is in.
func (n Node) Doc() *Doc { return n.doc }

// Child is the value of a key of a mapping, absent if there is none. It records
// no problem; it is for a first look at a file.
func (n Node) Child(key string) Node {
	if n.Mapping() {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if k := n.Content[i]; k.Kind == yaml.ScalarNode && k.Value == key {
				return n.Of(n.Content[i+1]).Resolve()
			}
		}
	}
	return Node{doc: n.doc}
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
		n.Problemf("want a mapping, have %s", n.Describe())
		return false
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Of(n.Content[i]), n.Of(n.Content[i+1]).Resolve()
		if !key.isName() {
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

// isName reports whether a key is text, and what is wrong with it if not.
func (n Node) isName() bool {
	switch {
	case n.Kind != yaml.ScalarNode || n.Style&yaml.TaggedStyle != 0:
		n.Problemf("a key must be plain text")
	case n.Plain() && n.Value == "":
		n.Problemf(`the key is empty; write "" if it is meant to be`)
	case n.Plain() && n.Value == "<<":
		n.Problemf(`merge keys are not read; write the members out, or quote the key`)
	default:
		return true
	}
	return false
}

// Items walks a sequence. It reports false, with a problem, when the value is
// none.
func (n Node) Items(visit func(i int, item Node)) bool {
	n = n.Resolve()
	if n.Node == nil || n.Kind != yaml.SequenceNode {
		n.Problemf("want a list, have %s", n.Describe())
		return false
	}
	for i, c := range n.Content {
		visit(i, n.Of(c).Resolve())
	}
	return true
}

// Describe is what the value is, for messages: "a mapping", "the number 4".
func (n Node) Describe() string {
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
