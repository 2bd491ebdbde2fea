package normalizers

// Schema is a GraphQL schema, or the part of one that a federation subgraph has.
type Schema struct{}

// LoadSchema reads SDL; file names it in errors.
func LoadSchema(_ string, _ []byte) (*Schema, error) { return &Schema{}, nil }
