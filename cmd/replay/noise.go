package main

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/harness"
)

func newNoise() *cobra.Command {
	var config string
	var reports []string
	opts := harness.NoiseOptions{Runs: harness.DefaultNoiseRuns}
	cmd := &cobra.Command{
		Use:   "noise",
		Short: "Run legacy against itself while what may not matter varies, and suggest rules",
		Long: `Run legacy against itself while what may not matter varies: the clock's second,
the ids that stores give out, the lane, the order of the cases, what else runs,
fresh and used processes. Each place that differs is named, with rules that would
explain it.`,
		Example: `  replay noise -c examples/classroom
  replay noise --runs 50 --case 'renameAssignment/**' --report json=noise.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("seed") {
				opts.Seed = rand.Uint64N(1_000_000)
			}
			return runNoise(cmd, config, reports, opts)
		},
	}
	configFlag(cmd, &config)
	flags := cmd.Flags()
	flags.StringArrayVar(&opts.Cases, "case", nil, "run the cases whose name matches this `glob` (repeatable)")
	flags.IntVar(&opts.Runs, "runs", harness.DefaultNoiseRuns, "repeat the cases so often after the first run")
	flags.IntVar(&opts.Lanes, "lanes", 0, "run this many lanes side by side (default: the configuration's, or the number of CPUs up to 4)")
	flags.Uint64Var(&opts.Seed, "seed", 0, "repeat the orders and ids of the run that said so (default: another one each time)")
	flags.StringArrayVar(&reports, "report", nil, "write a report as `FORMAT=FILE`: text, json; \"-\" is stdout (repeatable)")
	return cmd
}

func runNoise(cmd *cobra.Command, config string, reports []string, opts harness.NoiseOptions) error {
	switch {
	case opts.Runs < 1:
		return usage(fmt.Errorf("--runs %d: want a number from 1 up", opts.Runs))
	case opts.Lanes < 0:
		return usage(fmt.Errorf("--lanes %d: want a number from 1 up", opts.Lanes))
	}
	targets, err := plainReports[*harness.NoiseReport](reports)
	if err != nil {
		return usage(err)
	}
	c, cases, err := load(config)
	if err != nil {
		return err
	}
	bar := newProgress(cmd.ErrOrStderr())
	opts.Log = bar.log
	report, runErr := harness.Noise(cmd.Context(), c, cases, opts)
	bar.close()
	if report == nil {
		return usage(runErr)
	}
	if err := targets.write(report, cmd.OutOrStdout()); err != nil {
		return incomplete(errors.Join(runErr, err))
	}
	switch {
	case runErr != nil:
		return incomplete(runErr)
	case !report.Settled():
		return &exitError{code: exitFailing}
	}
	return nil
}
