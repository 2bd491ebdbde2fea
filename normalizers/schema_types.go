package normalizers

import (
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Type is the definition of a type with its extensions, nil for an unknown one.
func (s *Schema) Type(name string) *ast.Definition { return s.types[name] }

// Types are the names of all types, sorted.
func (s *Schema) Types() []string { return slices.Sorted(maps.Keys(s.types)) }

// Possible are the object types that satisfy a type condition, sorted; of an
// object type itself.
func (s *Schema) Possible(name string) []string { return s.possible[name] }
