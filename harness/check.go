package harness

import (
	"fmt"
	"maps"
	"slices"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
)

// Check reports what configuration and corpus have wrong about each other: cases
// that use a store or an upstream that is not configured, so that its part of
// them would stay unseen, and rules and entries of the ledger that can never apply.
func Check(c *Config, cases *corpus.Corpus) error {
	problems := c.unknownStores(cases)
	problems = append(problems, c.unknownUpstreams(cases)...)
	problems = append(problems, c.Rules.Check(cases.Cases)...)
	return append(problems, c.Ledger.Check(cases.Cases)...).Err()
}

// unknownStores are the stores that cases use and nothing configures.
func (c *Config) unknownStores(cases *corpus.Corpus) strictyaml.Problems {
	var problems strictyaml.Problems
	known := make([]string, len(c.Stores))
	for i, s := range c.Stores {
		known[i] = s.Name
	}
	for _, cs := range cases.Cases {
		for _, name := range slices.Sorted(maps.Keys(storesOf(cs))) {
			if !slices.Contains(known, name) {
				problems = append(problems, strictyaml.Problem{
					File:    cs.File,
					Message: fmt.Sprintf("the case uses store %q, which %s does not configure%s", name, c.File, strictyaml.Suggest(name, known)),
				})
			}
		}
	}
	return problems
}

// unknownUpstreams are the upstreams that cases call and nothing configures.
func (c *Config) unknownUpstreams(cases *corpus.Corpus) strictyaml.Problems {
	var problems strictyaml.Problems
	known := make([]string, len(c.Upstreams))
	for i, u := range c.Upstreams {
		known[i] = u.Name
	}
	for _, cs := range cases.Cases {
		told := map[string]bool{}
		for _, call := range cs.Expect.Calls {
			if name := call.Upstream; !told[name] && !slices.Contains(known, name) {
				told[name] = true
				problems = append(problems, strictyaml.Problem{
					File:    cs.File,
					Message: fmt.Sprintf("the case calls upstream %q, which %s does not configure%s", name, c.File, strictyaml.Suggest(name, known)),
				})
			}
		}
	}
	return problems
}

// storesOf are the stores that a case says something about.
func storesOf(cs *corpus.Case) map[string]bool {
	names := map[string]bool{}
	for name := range cs.Fixture.Stores {
		names[name] = true
	}
	for name := range cs.Fixture.Changes {
		names[name] = true
	}
	for name := range cs.Expect.Effects {
		names[name] = true
	}
	return names
}
