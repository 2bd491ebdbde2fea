package normalizers

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// EnumSiblings are the other values of the enums that have this value, sorted.
func (s *Schema) EnumSiblings(value string) []string {
	if s == nil {
		return nil
	}
	var out []string
	for name, def := range s.types {
		if def.Kind != ast.Enum || strings.HasPrefix(name, "__") || def.EnumValues.ForName(value) == nil {
			continue
		}
		for _, v := range def.EnumValues {
			if v.Name != value {
				out = append(out, v.Name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
