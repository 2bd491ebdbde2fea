package datastore

import (
	"fmt"
	"slices"
	"strings"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// Index is a composite index as index.yaml declares it:
// https://cloud.google.com/datastore/docs/tools/indexconfig.
type Index struct {
	Kind       string
	Ancestor   bool
	Properties []IndexProperty
}

// IndexProperty is one column of an Index.
type IndexProperty struct {
	Name string
	Desc bool
}

// String is the index as an item of index.yaml.
func (i Index) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "- kind: %s\n", yamlText(i.Kind))
	if i.Ancestor {
		b.WriteString("  ancestor: yes\n")
	}
	b.WriteString("  properties:\n")
	for _, p := range i.Properties {
		fmt.Fprintf(&b, "  - name: %s\n", yamlText(p.Name))
		if p.Desc {
			b.WriteString("    direction: desc\n")
		}
	}
	return b.String()
}

// yamlText quotes a name unless it is plain.
func yamlText(s string) string {
	for i := range len(s) {
		if c := s[i]; !isNameStart(c) && (i == 0 || !isDigit(c) && c != '.') {
			return fmt.Sprintf("%q", s)
		}
	}
	switch strings.ToLower(s) {
	case "", "yes", "no", "on", "off", "true", "false", "null", "y", "n":
		return fmt.Sprintf("%q", s)
	}
	return s
}

// FormatIndexes writes an index.yaml.
func FormatIndexes(indexes []Index) string {
	var b strings.Builder
	b.WriteString("indexes:\n")
	for _, i := range indexes {
		b.WriteString("\n" + i.String())
	}
	return b.String()
}

// ParseIndexes reads an index.yaml; the file name is for messages. All problems
// come at once, each with its position.
func ParseIndexes(file string, data []byte) ([]Index, error) {
	doc, root := strictyaml.Parse(file, data)
	indexes := []Index{}
	if root.Present() && !root.IsNull() {
		root.Object(strictyaml.Fields{"indexes": func(n strictyaml.Node) {
			if n.IsNull() {
				return
			}
			n.Items(func(_ int, item strictyaml.Node) { indexes = append(indexes, readIndex(item)) })
		}})
	}
	if err := doc.Problems().Err(); err != nil {
		return nil, err
	}
	return indexes, nil
}

func readIndex(n strictyaml.Node) Index {
	var i Index
	n.Object(strictyaml.Fields{
		"kind":     func(v strictyaml.Node) { i.Kind = readName(v) },
		"ancestor": func(v strictyaml.Node) { i.Ancestor = readYes(v) },
		"properties": func(v strictyaml.Node) {
			v.Items(func(_ int, item strictyaml.Node) { i.Properties = append(i.Properties, readIndexProperty(item)) })
		},
	}, "kind")
	return i
}

func readIndexProperty(n strictyaml.Node) IndexProperty {
	var p IndexProperty
	n.Object(strictyaml.Fields{
		"name": func(v strictyaml.Node) { p.Name = readName(v) },
		"direction": func(v strictyaml.Node) {
			switch {
			case v.Scalar() && v.Value == "desc":
				p.Desc = true
			case !v.Scalar() || v.Value != "asc":
				v.Problemf("want asc or desc, have %s", v.Describe())
			}
		},
	}, "name")
	return p
}

func readName(n strictyaml.Node) string {
	if !n.Scalar() || n.Value == "" {
		n.Problemf("want a name, have %s", n.Describe())
		return ""
	}
	return n.Value
}

// readYes reads a boolean the way of YAML 1.1, which index.yaml is written in.
func readYes(n strictyaml.Node) bool {
	if n.Scalar() {
		switch strings.ToLower(n.Value) {
		case "yes", "true", "on":
			return true
		case "no", "false", "off":
			return false
		}
	}
	n.Problemf("want yes or no, have %s", n.Describe())
	return false
}

// need is what a disjunct asks of composite indexes: equal properties in any
// order, then sorted ones in order, then others in any order and direction.
type need struct {
	kind     string
	ancestor bool
	equal    []string
	sorted   []IndexProperty
	extra    []string
}

// needs lists what each disjunct asks for, false for what the built-in indexes
// serve.
func (p *plan) needs(c conjunction) (need, bool) {
	n := need{kind: p.kind, ancestor: c.ancestor != ""}
	if p.kind == "" || reserved(p.kind) {
		return n, false
	}
	for _, x := range c.preds {
		if x.op == pb.PropertyFilter_EQUAL && x.property != keyProperty && !slices.Contains(n.equal, x.property) {
			n.equal = append(n.equal, x.property)
		}
	}
	slices.Sort(n.equal)
	unequal := p.unequal()
	keyDesc := false
	for i, o := range p.orders {
		switch {
		case o.property == keyProperty:
			keyDesc = o.desc
		case slices.Contains(n.equal, o.property):
		case i < p.explicit || slices.Contains(unequal, o.property):
			n.sorted = append(n.sorted, IndexProperty{o.property, o.desc})
		default:
			n.extra = append(n.extra, o.property)
		}
	}
	columns := len(n.sorted) + len(n.extra)
	switch {
	case columns == 0:
		return n, keyDesc && p.explicit > 0
	case columns == 1 && len(n.equal) == 0 && !n.ancestor:
		return n, len(n.sorted) == 1 && n.sorted[0].Desc != keyDesc
	}
	return n, true
}

// index is the composite index that serves the need alone.
func (n need) index() Index {
	i := Index{Kind: n.kind, Ancestor: n.ancestor}
	for _, name := range n.equal {
		i.Properties = append(i.Properties, IndexProperty{Name: name})
	}
	i.Properties = append(i.Properties, n.sorted...)
	for _, name := range n.extra {
		i.Properties = append(i.Properties, IndexProperty{Name: name})
	}
	return i
}

// servedBy tells whether indexes serve the need: each of those used has some of
// the equal properties and then all the others, and together they have every
// equal property.
func (n need) servedBy(indexes []Index) bool {
	missing := map[string]bool{}
	for _, name := range n.equal {
		missing[name] = true
	}
	used := false
	for _, i := range indexes {
		prefix, ok := n.fits(i)
		if !ok {
			continue
		}
		used = true
		for _, p := range prefix {
			delete(missing, p.Name)
		}
	}
	return used && len(missing) == 0
}

// fits splits an index into its equal properties and the rest, which must be
// the sorted and extra ones.
func (n need) fits(i Index) (prefix []IndexProperty, ok bool) {
	split := len(i.Properties) - len(n.sorted) - len(n.extra)
	if i.Kind != n.kind || i.Ancestor != n.ancestor || split < 0 {
		return nil, false
	}
	prefix, rest := i.Properties[:split], i.Properties[split:]
	for _, p := range prefix {
		if !slices.Contains(n.equal, p.Name) {
			return nil, false
		}
	}
	if !slices.Equal(rest[:len(n.sorted)], n.sorted) {
		return nil, false
	}
	for _, p := range rest[len(n.sorted):] {
		if !slices.Contains(n.extra, p.Name) {
			return nil, false
		}
	}
	return prefix, true
}

// checkIndexes notes the composite indexes that the plan needs and refuses it
// when the index file lacks one.
func (e *Emulator) checkIndexes(p *plan) error {
	for _, c := range p.disjuncts {
		n, composite := p.needs(c)
		if !composite {
			continue
		}
		e.needed.note(n.index())
		if e.opts.Indexes != nil && !n.servedBy(e.opts.Indexes) {
			return status.Errorf(codes.FailedPrecondition, "no matching index found. recommended index is:\n%s", n.index())
		}
	}
	return nil
}
