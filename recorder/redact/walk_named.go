package redact

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sidebyside/replay/corpus"
)

// named copies data of which only the document is known. What was asked for under an
// alias is called by its field's name, too.
func (w *responseWalker) named(p place, sets []ast.SelectionSet, tree any) any {
	switch t := tree.(type) {
	case []any:
		out := make([]any, len(t))
		for i, item := range t {
			out[i] = w.named(p.item(i), sets, item)
		}
		return out
	case corpus.Object:
		if !slices.ContainsFunc(sets, func(s ast.SelectionSet) bool { return len(s) > 0 }) {
			return w.tree(p, tree) // a scalar that is an object
		}
		out := make(corpus.Object, 0, len(t))
		for _, m := range t {
			at := p.at(m.Name)
			var inner []ast.SelectionSet
			for _, f := range w.under(sets, m.Name, nil) {
				at.fixed = at.fixed || f.Name == "__typename"
				at.aka = append(at.aka, f.Name)
				inner = append(inner, f.SelectionSet)
			}
			if !w.drops(&at) {
				out = append(out, corpus.Member{Name: m.Name, Value: w.named(at, inner, m.Value)})
			}
		}
		return out
	}
	return w.tree(p, tree)
}

// under are the fields that were asked for under a response name, of whatever type.
func (w *responseWalker) under(sets []ast.SelectionSet, name string, spread []string) []*ast.Field {
	var found []*ast.Field
	for _, set := range sets {
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				if s.Alias == name {
					found = append(found, s)
				}
			case *ast.InlineFragment:
				found = append(found, w.under([]ast.SelectionSet{s.SelectionSet}, name, spread)...)
			case *ast.FragmentSpread:
				if f := w.doc.Fragments.ForName(s.Name); f != nil && !slices.Contains(spread, s.Name) {
					found = append(found, w.under([]ast.SelectionSet{f.SelectionSet}, name, append(slices.Clip(spread), s.Name))...)
				}
			}
		}
	}
	return found
}
