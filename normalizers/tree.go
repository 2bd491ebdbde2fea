package normalizers

import (
	"slices"
	"strconv"
)

// Kind is the type of a value in a Tree. JSON and the stores have their own
// types, because integer 1 and float 1.0 are different values to a store.
type Kind uint8

// The kinds of value.
const (
	Null Kind = iota
	Bool
	Number // of JSON
	String
	Object // of JSON, and where an observation itself has named parts
	List
	Int   // the following are of a store
	Float //
	Time
	Bytes
	KeyValue
	Geo
	Entity // an embedded entity
	Meant  // a value with a meaning
	Token  // what a rule put in place of a value
	Parsed // a string whose content a rule parsed
)

var kindNames = [...]string{
	"null", "boolean", "number", "string", "object", "list",
	"integer", "float", "timestamp", "bytes", "key", "geo point", "entity", "value with meaning", "value", "string",
}

func (k Kind) String() string { return kindNames[k] }

// composite reports whether values of the kind have children.
func (k Kind) composite() bool {
	return k == Object || k == List || k == Entity || k == Meant || k == Parsed
}

// Tree is one value of a normalised observation.
type Tree struct {
	Kind Kind
	// Was is the kind before rules replaced the value.
	Was Kind
	// Unordered lists are compared as bags.
	Unordered bool

	id    bool // the position says that the value is an id
	named bool // a rule says that the value is generated
	live  bool // atoms somewhere below
	ruled bool // a history or dropped members somewhere below

	// Name is the tree's name in the object it is a member of.
	Name string
	// Text is what is compared: of a scalar its canonical text.
	Text string
	// Shown is the scalar as it came.
	Shown string
	// Children are members sorted by name, or items.
	Children []*Tree
	// From is what a changed property was before; it is not compared.
	From *Tree
	// Coordinate is the schema coordinate, "" where there is none.
	Coordinate string

	atoms   []atom
	decoded *decoded // what atoms stand in, if not Text itself
	history *history
	within  *tolerance
	hash    uint64 // of everything below, in the colouring of the moment
	own     uint64 // of what never changes
}

// atom is an occurrence of a generated value in a text: where, how long, in
// which form, and which value.
type atom struct {
	at, len int
	form    form
	id      int32
}

// history is what rules did at a tree.
type history struct {
	stages  []stage
	dropped []stage // members that rules took away
}

// stage is a value before a rule rewrote it.
type stage struct {
	rule   *Rule
	before *Tree
}

// Get is the member of that name, nil when absent.
func (t *Tree) Get(name string) *Tree {
	if t == nil {
		return nil
	}
	for _, c := range t.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Display is the value as JSON-like text for a person.
func (t *Tree) Display() string {
	if t == nil {
		return ""
	}
	return string(t.display(nil))
}

// maxDisplay bounds the text of one value, in bytes; callers cut it further.
const maxDisplay = 4096

func (t *Tree) display(b []byte) []byte {
	if len(b) > maxDisplay {
		return b
	}
	switch t.Kind {
	case Entity:
		return t.Get("properties").display(append(b, "!entity "...))
	case Parsed:
		if t.Was == Bytes {
			return t.Children[0].display(append(append(b, t.Text...), ' '))
		}
		return strconv.AppendQuote(b, t.Shown)
	case List:
		b = append(b, '[')
		for i, c := range t.Children {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = c.display(b)
		}
		return append(b, ']')
	case Object, Meant:
		b = append(b, '{')
		for i, c := range t.Children {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(b, c.Name...)
			b = append(b, ": "...)
			b = c.display(b)
		}
		return append(b, '}')
	}
	if t.Was == String {
		return strconv.AppendQuote(b, t.Shown)
	}
	return append(b, t.Shown...)
}

// forest hands out trees, and lists of them, in blocks of growing size: an
// observation has few or thousands, all of one life.
type forest struct {
	block []Tree
	next  int
	lists []*Tree
}

// list is a copy of the trees, cut to its length.
func (f *forest) list(trees []*Tree) []*Tree {
	n := len(trees)
	if n > len(f.lists) {
		if n > 256 {
			return slices.Clone(trees)
		}
		f.lists = make([]*Tree, max(16, min(4*f.next, 1024), n))
	}
	out := f.lists[:n:n]
	f.lists = f.lists[n:]
	copy(out, trees)
	return out
}

func (f *forest) tree(kind Kind) *Tree {
	if len(f.block) == 0 {
		f.next = min(max(16, f.next*2), 512)
		f.block = make([]Tree, f.next)
	}
	t := &f.block[0]
	f.block = f.block[1:]
	t.Kind, t.Was = kind, kind
	return t
}

func (f *forest) scalar(kind Kind, text, shown string) *Tree {
	t := f.tree(kind)
	t.Text, t.Shown = text, shown
	return t
}

// Absent reports whether the value stands for a property that an update removes.
func (t *Tree) Absent() bool { return t.Was == Token }

// Generated reports whether generated values occur in the single value.
func (t *Tree) Generated() bool { return len(t.atoms) > 0 }
