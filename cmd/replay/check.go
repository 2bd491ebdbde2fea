package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
)

func newCheck() *cobra.Command {
	var config string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Load configuration, schema, ledger and corpus, and run nothing",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, cases, err := load(config)
			if err != nil {
				return err
			}
			entries := ""
			if l := c.Ledger; l != nil {
				entries = fmt.Sprintf(", %d bugs and %d accepted differences", len(l.Bugs), len(l.Accepted))
			}
			if n := cases.Unfaithful; n > 0 {
				entries += fmt.Sprintf("; %d more set aside in %s", n, corpus.Unfaithful)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: ok, %d cases, %d rules%s\n", c.File, len(cases.Cases), len(c.Rules.All()), entries)
			return err
		},
	}
	configFlag(cmd, &config)
	return cmd
}

// load reads everything that a run needs before it starts anything.
func load(config string) (*harness.Config, *corpus.Corpus, error) {
	c, err := harness.LoadConfig(config)
	if err != nil {
		return nil, nil, usage(err)
	}
	cases, err := corpus.Open(c.Corpus)
	if err != nil {
		return nil, nil, usage(err)
	}
	if err := harness.Check(c, cases); err != nil {
		return nil, nil, usage(err)
	}
	return c, cases, nil
}
