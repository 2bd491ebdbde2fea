package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sidebyside/replay/features"
	"github.com/sidebyside/replay/harness"
)

// featuresFlags are the flags of "replay features".
type featuresFlags struct {
	config   string
	noRecord bool
	opts     features.RunOptions
}

func newFeatures() *cobra.Command {
	var f featuresFlags
	cmd := &cobra.Command{
		Use:   "features [FILE|DIR|FILE:LINE]...",
		Short: "Run scenarios against both implementations",
		Long: `Run the scenarios of *.feature files, each on freshly seeded stores of its own.
Without arguments, those in the directory "features" beside the configuration.
The steps are in docs/steps.md. A scenario tagged @record becomes a case.`,
		Example: `  replay features -c examples/classroom
  replay features -c examples/classroom --format junit:features.xml examples/classroom/features/rename.feature:12`,
		RunE: f.run,
	}
	configFlag(cmd, &f.config)
	flags := cmd.Flags()
	flags.StringVar(&f.opts.Format, "format", "pretty", "how to tell of scenarios: "+strings.Join(features.Formats(), ", ")+"; FORMAT:FILE writes to a file, several are separated by commas")
	flags.StringVar(&f.opts.Tags, "tags", "", "run the scenarios with these `tags`, for example \"@smoke && ~@slow\"")
	flags.IntVar(&f.opts.Lanes, "lanes", 0, "run this many scenarios side by side (default: the configuration's lanes, or the number of CPUs up to 4)")
	flags.BoolVar(&f.opts.FailFast, "fail-fast", false, "stop at the first scenario that fails")
	flags.StringVar(&f.opts.KeepLogs, "keep-logs", "", "keep the implementations' logs in this `directory`")
	flags.BoolVar(&f.noRecord, "no-record", false, "write no cases for scenarios tagged @record")
	return cmd
}

func (f *featuresFlags) run(cmd *cobra.Command, args []string) error {
	if err := f.parse(); err != nil {
		return usage(err)
	}
	c, cases, err := load(f.config)
	if err != nil {
		return err
	}
	bar := newProgress(cmd.ErrOrStderr())
	defer bar.close()
	f.opts.Paths, f.opts.Output, f.opts.Log, f.opts.Record = args, cmd.OutOrStdout(), bar.log, !f.noRecord
	f.opts.NoColors = !isTerminal(cmd.OutOrStdout())
	saved, err := features.Run(cmd.Context(), c, cases, f.opts)
	for _, file := range saved {
		err = errors.Join(err, say(cmd.OutOrStdout(), "recorded %s\n", file))
	}
	return featuresError(cmd.Context(), err)
}

// parse checks the flags that cobra cannot.
func (f *featuresFlags) parse() error {
	if f.opts.Lanes < 0 {
		return fmt.Errorf("--lanes %d: want a number from 1 up", f.opts.Lanes)
	}
	for format := range strings.SplitSeq(f.opts.Format, ",") {
		name, _, _ := strings.Cut(format, ":")
		if !slices.Contains(features.Formats(), name) {
			return fmt.Errorf("--format %q: unknown format; known: %s", name, strings.Join(features.Formats(), ", "))
		}
	}
	return nil
}

// featuresError gives an error its exit code.
func featuresError(ctx context.Context, err error) error {
	_, cannotStart := errors.AsType[*harness.StartError](err)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, features.ErrFailing) && !cannotStart:
		return &exitError{code: exitFailing}
	case cannotStart, ctx.Err() != nil, errors.Is(err, harness.ErrInterrupted), errors.Is(err, features.ErrIncomplete):
		return incomplete(err)
	}
	return usage(err)
}

// isTerminal reports whether a person looks at what is written.
func isTerminal(w io.Writer) bool {
	f, ok := w.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(f.Fd()))
}
