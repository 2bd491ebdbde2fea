package strictyaml

import "gopkg.in/yaml.v3"

// maxAliased bounds how many values the aliases of a file may stand for when
// they are written out, so that ten lines of aliases to aliases do not fill the
// memory.
const maxAliased = 1_000_000

// bounded reports, with a problem if not, whether the aliases of a file end
// somewhere and the file does not explode.
func (d *Doc) bounded(root *yaml.Node) bool {
	b := &bound{doc: d, sizes: map[*yaml.Node]int{}}
	total := b.size(root)
	if total-b.written > maxAliased {
		d.Problemf(1, 1, "aliases blow the file up by more than %d values", maxAliased)
		return false
	}
	return !b.cyclic
}

type bound struct {
	doc *Doc
	// sizes of anchored nodes with aliases written out; 0 while being counted.
	sizes map[*yaml.Node]int
	// written counts the values as they stand in the file.
	written int
	cyclic  bool
}

func (b *bound) size(n *yaml.Node) int {
	if n.Kind == yaml.AliasNode {
		return b.alias(n)
	}
	if n.Anchor != "" {
		b.sizes[n] = 0
	}
	b.written++
	total := 1
	for _, c := range n.Content {
		total = min(total+b.size(c), 1<<40)
	}
	if n.Anchor != "" {
		b.sizes[n] = total
	}
	return total
}

// alias counts what an alias stands for. Its target begins before it in the
// file: not counted yet means that the alias is within it.
func (b *bound) alias(n *yaml.Node) int {
	total := b.sizes[n.Alias]
	if total == 0 {
		b.cyclic = true
		b.doc.Problemf(n.Line, n.Column, "alias *%s is within what it stands for", n.Value)
	}
	return total
}
