package normalizers

import "github.com/sidebyside/replay/corpus/strictyaml"

// Rules says what may differ, and why.
type Rules struct{}

// Option adds to what a configuration's rules may use or name.
type Option func(*options)

type options struct{}

// Parse reads the configuration's list of normalizers. Problems are recorded
// with the node's file; an absent list has no rules. schema may be nil.
func Parse(_ strictyaml.Node, _ *Schema, _ ...Option) *Rules { return &Rules{} }
