// Package gradebook is an example of a rewrite into another language: a legacy
// GraphQL server in Python and a candidate in Go over PostgreSQL and Redis, and the
// session from which their corpus is recorded. It holds what both servers share:
// the schema.
package gradebook

import _ "embed"

// Schema is the SDL that both servers serve.
//
//go:embed schema.graphql
var Schema string
