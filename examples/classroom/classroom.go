// Package classroom is an example of a rewrite: a legacy and a candidate GraphQL
// server over one Datastore, and the session from which their corpus is
// recorded. It holds what both servers share: the schema.
package classroom

import _ "embed"

// Schema is the SDL that both servers serve.
//
//go:embed schema.graphql
var Schema string
