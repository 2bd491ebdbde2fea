package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/harness"
)

// suggestedDays is how long suggested entries hold.
const suggestedDays = 90

func newLedger() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "Work on the ledger of known differences",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newLedgerSuggest())
	return cmd
}

func newLedgerSuggest() *cobra.Command {
	var config string
	var opts harness.Options
	cmd := &cobra.Command{
		Use:   "suggest",
		Short: "Replay, and print today's differences as entries of a ledger to edit",
		Long: `Replays the corpus and prints the differences that the ledger does not know as
entries for it, like ones together. What only a person can say is marked TODO;
the ledger does not load before it is said. The exit code is 0 whatever differs.`,
		Example: `  replay ledger suggest -c examples/classroom
  replay ledger suggest --case 'gradeSubmission/**' >> ledger.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, cases, err := load(config)
			if err != nil {
				return err
			}
			bar := newProgress(cmd.ErrOrStderr())
			opts.Log, opts.Done = bar.log, bar.done
			report, err := harness.Run(cmd.Context(), c, cases, opts)
			bar.close()
			switch {
			case report == nil:
				return usage(err)
			case err != nil:
				return incomplete(err)
			}
			return report.WriteSuggestions(cmd.OutOrStdout(), c.Ledger, time.Now().UTC().AddDate(0, 0, suggestedDays))
		},
	}
	configFlag(cmd, &config)
	cmd.Flags().StringArrayVar(&opts.Cases, "case", nil, "replay the cases whose name matches this `glob` (repeatable)")
	return cmd
}
