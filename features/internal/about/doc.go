// Package about holds the promises of replay itself as scenarios in the domain's
// words: what it records, finds and refuses. They are run by go test against the
// classroom's two servers.
package about
