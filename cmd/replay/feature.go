package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/features"
)

func newFeature() *cobra.Command {
	var config, out string
	var reference bool
	cmd := &cobra.Command{
		Use:   "feature CASE",
		Short: "Print a recorded case as a scenario",
		Long: `Print a recorded case as a feature file: its fixture, its request, and what legacy
did as steps. The steps are in docs/steps.md; "replay features" runs them.`,
		Example: `  replay feature -c examples/classroom renameAssignment/rename-assignment-3d5d7d4e
  replay feature -c examples/classroom --reference --out features/rename.feature rename-assignment-3d5d7d4e`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, cases, err := load(config)
			if err != nil {
				return err
			}
			cs, err := findCase(cases, args[0])
			if err != nil {
				return usage(err)
			}
			text, err := features.Scenario(c, cs, features.ScenarioOptions{Reference: reference})
			if err != nil {
				return usage(err)
			}
			if out == "" {
				return say(cmd.OutOrStdout(), "%s", text)
			}
			return writeFile(out, func(w io.Writer) error { return say(w, "%s", text) })
		},
	}
	configFlag(cmd, &config)
	cmd.Flags().StringVar(&out, "out", "", "write to this `file` instead of stdout")
	cmd.Flags().BoolVar(&reference, "reference", false, "name the recorded case instead of writing its fixture and request down")
	return cmd
}
