package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
)

// verifyFlags are the flags of "replay verify".
type verifyFlags struct {
	config, operation string
	reports           []string
	dryRun, again     bool
	opts              harness.VerifyOptions
}

func newVerify() *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Replay cases on legacy alone, and set aside those that it does not reproduce",
		Long: `Replay cases on legacy alone, each on its own fixture, and compare with what was
recorded. A case that legacy does not reproduce is moved to the folder _unfaithful
of the corpus, with the reason beside it.`,
		Example: `  replay verify -c examples/classroom
  replay verify --case 'renameAssignment/**' --dry-run
  replay verify --again`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	configFlag(cmd, &f.config)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.opts.Cases, "case", nil, "verify the cases whose name matches this `glob` (repeatable)")
	flags.StringArrayVar(&f.opts.Tags, "tag", nil, "verify the cases with this `tag` (repeatable)")
	flags.StringVar(&f.operation, "operation", "", "verify only \"mutation\" or \"query\" cases")
	flags.IntVar(&f.opts.Lanes, "lanes", 0, "run this many lanes side by side (default: the configuration's, or the number of CPUs up to 4)")
	flags.BoolVar(&f.dryRun, "dry-run", false, "only report, move nothing")
	flags.BoolVar(&f.again, "again", false, "verify what was set aside, and take back what legacy reproduces by now")
	flags.StringArrayVar(&f.reports, "report", nil, "write a report as `FORMAT=FILE`: text, json; \"-\" is stdout (repeatable)")
	return cmd
}

func (f *verifyFlags) run(cmd *cobra.Command) error {
	if err := f.parse(); err != nil {
		return usage(err)
	}
	targets, err := plainReports[*harness.VerifyReport](f.reports)
	if err != nil {
		return usage(err)
	}
	c, cases, err := f.load()
	if err != nil {
		return err
	}
	w := cmd.OutOrStdout()
	if f.again && len(cases.Cases) == 0 {
		return say(w, "no case is set aside in %s\n", filepath.Join(c.Corpus, corpus.Unfaithful))
	}
	bar := newProgress(cmd.ErrOrStderr())
	f.opts.Log = bar.log
	report, runErr := harness.Verify(cmd.Context(), c, cases, f.opts)
	bar.close()
	if report == nil {
		return usage(runErr)
	}
	var moved error
	if !f.dryRun {
		moved = f.move(c.Corpus, report)
	}
	if err := errors.Join(runErr, moved, targets.write(report, w)); err != nil {
		return incomplete(err)
	}
	if report.Unfaithful() > 0 {
		return &exitError{code: exitFailing}
	}
	return nil
}

// parse checks the flags that cobra cannot.
func (f *verifyFlags) parse() error {
	switch f.operation {
	case "", "mutation", "query":
		f.opts.Operation = corpus.OperationType(f.operation)
	default:
		return fmt.Errorf("--operation %q: want mutation or query", f.operation)
	}
	if f.opts.Lanes < 0 {
		return fmt.Errorf("--lanes %d: want a number from 1 up", f.opts.Lanes)
	}
	return nil
}

// load reads the configuration and the cases that are to be verified. One that is
// made for a recording from an external Datastore will do.
func (f *verifyFlags) load() (*harness.Config, *corpus.Corpus, error) {
	c, err := harness.LoadRecordConfig(f.config)
	if err != nil {
		return nil, nil, usage(err)
	}
	if err := canMove(c); err != nil && (f.again || !f.dryRun) {
		return nil, nil, err
	}
	open := corpus.Open
	if f.again {
		open = corpus.OpenUnfaithful
	}
	cases, err := open(c.Corpus)
	if err != nil {
		return nil, nil, usage(err)
	}
	if f.again {
		return c, cases, nil // too few cases to tell which rules never apply
	}
	if err := harness.Check(c, cases); err != nil {
		return nil, nil, usage(err)
	}
	return c, cases, nil
}

// canMove wants a corpus that can be changed.
func canMove(c *harness.Config) error {
	if info, err := os.Stat(c.Corpus); err == nil && !info.IsDir() {
		return usage(fmt.Errorf("cannot move cases within %s: it is no directory; unpack it, or use --dry-run", c.Corpus))
	}
	return nil
}

// move sets the unfaithful cases aside; of those that were set aside before, it
// takes the faithful ones back and renews the reasons of the others.
func (f *verifyFlags) move(dir string, r *harness.VerifyReport) error {
	if !f.again {
		return setAside(dir, r)
	}
	var errs []error
	for i := range r.Results {
		res := &r.Results[i]
		if res.Faithful() {
			errs = append(errs, corpus.TakeBack(dir, res.Case))
		} else {
			errs = append(errs, corpus.Explain(dir, res.Case, res.Reason()))
		}
	}
	r.Folder = filepath.Join(dir, corpus.Unfaithful)
	return errors.Join(errs...)
}

// setAside moves what legacy does not reproduce out of the corpus.
func setAside(dir string, r *harness.VerifyReport) error {
	var errs []error
	for i := range r.Results {
		if res := &r.Results[i]; !res.Faithful() {
			errs = append(errs, corpus.SetAside(dir, res.Case, res.Reason()))
		}
	}
	r.Folder = filepath.Join(dir, corpus.Unfaithful)
	return errors.Join(errs...)
}
