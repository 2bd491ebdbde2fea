package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/harness"
)

func newSelfTest() *cobra.Command {
	var config string
	var reports []string
	var all bool
	opts := harness.SelfTestOptions{Places: harness.DefaultPlaces}
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Put faults into what was recorded, and count those that the comparison finds",
		Long: `Put one fault at a time into what was recorded of legacy, and ask the comparison
whether it finds it under the configured rules. What a rule hides is named with
the rule. No process is started.`,
		Example: `  replay selftest -c examples/classroom
  replay selftest --case 'renameAssignment/**' --all --report json=selftest.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if all {
				opts.Places = 0
			}
			return runSelfTest(cmd, config, reports, opts)
		},
	}
	configFlag(cmd, &config)
	flags := cmd.Flags()
	flags.StringArrayVar(&opts.Cases, "case", nil, "use the cases whose name matches this `glob` (repeatable)")
	flags.Float64Var(&opts.Min, "min", 0.99, "fail under this `share` of faults found, from 0 to 1")
	flags.BoolVar(&all, "all", false, fmt.Sprintf("try every place, not only %d per case, fault and channel", harness.DefaultPlaces))
	flags.StringArrayVar(&reports, "report", nil, "write a report as `FORMAT=FILE`: text, json; \"-\" is stdout (repeatable)")
	return cmd
}

func runSelfTest(cmd *cobra.Command, config string, reports []string, opts harness.SelfTestOptions) error {
	if opts.Min < 0 || opts.Min > 1 {
		return usage(fmt.Errorf("--min %v: want a share from 0 to 1, for example 0.99", opts.Min))
	}
	targets, err := plainReports[*harness.SelfTestReport](reports)
	if err != nil {
		return usage(err)
	}
	c, cases, err := load(config)
	if err != nil {
		return err
	}
	report, err := harness.SelfTest(cmd.Context(), c, cases, opts)
	if err != nil {
		if cmd.Context().Err() != nil {
			return incomplete(errors.New("interrupted"))
		}
		return usage(err)
	}
	if err := targets.write(report, cmd.OutOrStdout()); err != nil {
		return incomplete(err)
	}
	if report.Fails() {
		return &exitError{code: exitFailing}
	}
	return nil
}
