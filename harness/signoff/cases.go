package signoff

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/normalizers"
)

// Cases are those that select a field, by coordinate: of the query or mutation
// type by the case's root fields, of another type (or of an interface that it
// implements) by the document.
func Cases(schema *normalizers.Schema, all []*corpus.Case, coordinate string) []*corpus.Case {
	typeName, field, _ := strings.Cut(coordinate, ".")
	var list []*corpus.Case
	for _, cs := range all {
		root := schema.Root(string(cs.Request.Operation))
		if typeName == root && slices.Contains(cs.Request.Fields, field) || typeName != root && selects(schema, cs, typeName, field) {
			list = append(list, cs)
		}
	}
	return list
}

// selects reports whether the case's operation selects a field below the root.
func selects(schema *normalizers.Schema, cs *corpus.Case, typeName, field string) bool {
	if !strings.Contains(cs.Request.Document, field) {
		return false
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: cs.Request.Document})
	if err != nil {
		return false
	}
	op := doc.Operations.ForName(cs.Request.OperationName)
	if op == nil {
		return false
	}
	w := walker{schema: schema, doc: doc, typeName: typeName, field: field, seen: map[string]bool{}}
	return w.find(schema.Root(string(op.Operation)), op.SelectionSet)
}

// walker looks for a field of a type in a document.
type walker struct {
	schema          *normalizers.Schema
	doc             *ast.QueryDocument
	typeName, field string
	seen            map[string]bool // fragments
}

func (w *walker) find(parent string, set ast.SelectionSet) bool {
	return slices.ContainsFunc(set, func(s ast.Selection) bool {
		switch s := s.(type) {
		case *ast.Field:
			def := w.schema.Type(parent)
			if def == nil {
				return false
			}
			f := def.Fields.ForName(s.Name)
			return f != nil && (s.Name == w.field && w.meets(parent) || w.find(f.Type.Name(), s.SelectionSet))
		case *ast.InlineFragment:
			if s.TypeCondition != "" {
				return w.find(s.TypeCondition, s.SelectionSet)
			}
			return w.find(parent, s.SelectionSet)
		case *ast.FragmentSpread:
			fragment := w.doc.Fragments.ForName(s.Name)
			if fragment == nil || w.seen[s.Name] {
				return false
			}
			w.seen[s.Name] = true
			return w.find(fragment.TypeCondition, fragment.SelectionSet)
		}
		return false
	})
}

// meets reports whether an object of one type can be one of the other.
func (w *walker) meets(parent string) bool {
	return slices.ContainsFunc(w.schema.Possible(parent), func(name string) bool {
		return slices.Contains(w.schema.Possible(w.typeName), name)
	})
}
