// Package features holds the promises of replay as scenarios in the domain's
// words, run by go test against the classroom's two servers.
package features
