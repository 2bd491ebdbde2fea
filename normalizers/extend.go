package normalizers

import (
	"slices"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// Extend adds a list of rules to those that there are, as if they stood behind
// them in one configuration: the problems of [Parse], overlaps with the rules
// before included, are recorded with the node's file.
func (r *Rules) Extend(node strictyaml.Node, schema *Schema, opts ...Option) *Rules {
	reader := &reader{schema: schema, uses: uses()}
	for _, opt := range opts {
		opt(reader)
	}
	list := slices.Clone(r.All())
	node.Items(func(_ int, item strictyaml.Node) {
		if rule := reader.rule(item); rule != nil {
			reader.overlap(item, list, rule)
			list = append(list, rule)
		}
	})
	return newRules(list)
}
