package harness

import "github.com/sidebyside/replay/corpus"

// Changes are the cases that a change of files touches.
type Changes struct {
	// Since names what the files are compared with.
	Since string
	// Because says in a sentence each what changed and what that touches.
	Because []string

	all   bool
	cases map[string]bool
}

// touches reports whether a case has to be run.
func (c *Changes) touches(cs *corpus.Case) bool { return c == nil || c.all || c.cases[cs.Name] }
