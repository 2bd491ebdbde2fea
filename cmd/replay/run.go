package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
)

// runFlags are the flags of "replay run".
type runFlags struct {
	config, operation, reference, shard, timings, at, annotations string
	since                                                         string
	ignored, reports                                              []string
	opts                                                          harness.Options
}

func newRun() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Replay the corpus against both implementations and judge every case",
		Example: `  replay run -c examples/classroom
  replay run --case 'renameAssignment/**' --report json=report.json --report junit=junit.xml
  replay run --reference recorded --operation mutation`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	configFlag(cmd, &f.config)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.opts.Cases, "case", nil, "run the cases whose name matches this `glob` (repeatable)")
	flags.StringArrayVar(&f.opts.Tags, "tag", nil, "run the cases with this `tag` (repeatable)")
	flags.StringVar(&f.operation, "operation", "", "run only \"mutation\" or \"query\" cases")
	flags.StringVar(&f.reference, "reference", "live", "compare the candidate with a \"live\" legacy or with what was \"recorded\"")
	flags.IntVar(&f.opts.Lanes, "lanes", 0, "run this many lanes side by side (default: the configuration's, or the number of CPUs up to 4)")
	flags.StringVar(&f.shard, "shard", "", "run part `I/N` of the cases, to be joined by \"replay merge\"; \"auto\" takes it from the variables of GitLab, Buildkite, CircleCI or a Kubernetes indexed Job")
	flags.StringVar(&f.timings, "timings", "", "balance the parts by the times in this JSON report of an earlier run (`file`; none yet: by number)")
	flags.StringVar(&f.since, "changed-since", "", "run the cases that a change since this `revision` of git touches: cases, fixtures, rules and entries of the ledger; any other file touches all")
	flags.StringArrayVar(&f.ignored, "ignore-changes", nil, "with --changed-since: no implementation is built of files that match this `glob` (repeatable)")
	flags.StringVar(&f.at, "at", "", "replay as if it were this `time`: 2028-02-29, 2028-02-29T12:00:00Z or a distance such as +400d (docs/time.md)")
	reportFlag(cmd, &f.reports)
	annotationsFlag(cmd, &f.annotations)
	flags.BoolVar(&f.opts.FailFast, "fail-fast", false, "stop at the first case that fails the run")
	flags.StringVar(&f.opts.KeepLogs, "keep-logs", "", "keep the implementations' logs in this `directory`")
	return cmd
}

func (f *runFlags) run(cmd *cobra.Command) error {
	if err := f.parse(); err != nil {
		return usage(err)
	}
	reports, err := parseReports(f.reports)
	if err != nil {
		return usage(err)
	}
	c, cases, err := load(f.config)
	if err != nil {
		return err
	}
	if err := f.choose(cmd.Context(), c, cases); err != nil {
		return usage(err)
	}
	f.hintShard(cmd.ErrOrStderr())
	bar := newProgress(cmd.ErrOrStderr())
	f.opts.Log, f.opts.Done = bar.log, bar.done
	if slices.ContainsFunc(reports, func(t reportTarget) bool { return t.format == "html" }) {
		f.opts.Details = &harness.Details{}
	}
	report, runErr := harness.Run(cmd.Context(), c, cases, f.opts)
	bar.close()
	if report == nil {
		return usage(runErr)
	}
	if err := errors.Join(writeReports(report, reports, cmd.OutOrStdout()), annotate(cmd, f.annotations, report)); err != nil {
		return incomplete(errors.Join(runErr, err))
	}
	switch {
	case runErr != nil:
		return incomplete(runErr)
	case report.Fails():
		return &exitError{code: exitFailing}
	}
	return nil
}

// parse checks the flags that cobra cannot.
func (f *runFlags) parse() error {
	switch f.operation {
	case "", "mutation", "query":
		f.opts.Operation = corpus.OperationType(f.operation)
	default:
		return fmt.Errorf("--operation %q: want mutation or query", f.operation)
	}
	switch f.reference {
	case "live":
	case "recorded":
		f.opts.Recorded = true
	default:
		return fmt.Errorf("--reference %q: want live or recorded", f.reference)
	}
	if f.at != "" {
		at, err := harness.ParseAt(f.at, time.Now())
		if err != nil {
			return fmt.Errorf("--at %w", err)
		}
		f.opts.At = at
	}
	if f.opts.Lanes < 0 {
		return fmt.Errorf("--lanes %d: want a number from 1 up", f.opts.Lanes)
	}
	if err := checkAnnotations(f.annotations); err != nil {
		return err
	}
	return f.parseShard()
}

// parseShard reads which part of the cases this run is to take. A job that is one
// of several takes a part only when it is told to: the variables are set in any
// parallel job, and one that nobody joins with the others must not be green with
// a part of the cases.
func (f *runFlags) parseShard() (err error) {
	switch f.shard {
	case "":
	case "auto":
		f.opts.Shard, err = harness.ShardOf(os.Getenv)
	default:
		f.opts.Shard, err = harness.ParseShard(f.shard)
		f.opts.Shard.By = "--shard"
	}
	if err != nil {
		return fmt.Errorf("--shard %s: %w", f.shard, err)
	}
	return nil
}

// choose reads what the choice of cases depends on besides the corpus.
func (f *runFlags) choose(ctx context.Context, c *harness.Config, cases *corpus.Corpus) (err error) {
	if f.shard != "" {
		f.opts.Revision = harness.Revision(ctx, c.Dir)
	}
	if f.timings != "" {
		if f.opts.Timings, err = harness.ReadTimings(f.timings); err != nil {
			return err
		}
	}
	switch {
	case f.since != "":
		if f.opts.Changed, err = harness.ChangedSince(ctx, c, cases, f.since, f.ignored); err != nil {
			return fmt.Errorf("--changed-since: %w", err)
		}
	case len(f.ignored) > 0:
		return errors.New("--ignore-changes goes with --changed-since")
	}
	return nil
}

// hintShard says that a parallel job runs everything.
func (f *runFlags) hintShard(w io.Writer) {
	if by := harness.ParallelJob(os.Getenv); f.shard == "" && by != "" {
		_, _ = fmt.Fprintf(w, "replay: %s is set: this job is one of several, and runs every case; --shard auto would take its part\n", by)
	}
}

// reportFlag adds --report.
func reportFlag(cmd *cobra.Command, into *[]string) {
	cmd.Flags().StringArrayVar(into, "report", nil, "write a report as `FORMAT=FILE`: text, json, junit, markdown, html; \"-\" is stdout (repeatable)")
}

// reportTarget is one --report flag.
type reportTarget struct {
	format string
	write  func(*harness.Report, io.Writer) error
	file   string // "-" for stdout
}

// reportWriters are the formats by name.
func reportWriter(format string) func(*harness.Report, io.Writer) error {
	switch format {
	case "text":
		return (*harness.Report).WriteText
	case "json":
		return (*harness.Report).WriteJSON
	case "junit":
		return (*harness.Report).WriteJUnit
	case "markdown":
		return (*harness.Report).WriteMarkdown
	case "html":
		return (*harness.Report).WriteHTML
	}
	return nil
}

// parseReports reads the flags. The text report goes to stdout unless another
// one does, or text was asked for elsewhere.
func parseReports(flags []string) ([]reportTarget, error) {
	var targets []reportTarget
	text := true
	for _, flag := range flags {
		format, file, ok := strings.Cut(flag, "=")
		if !ok || file == "" {
			file = "-"
		}
		write := reportWriter(format)
		if write == nil {
			return nil, fmt.Errorf("--report %q: unknown format %q; known: text, json, junit, markdown, html", flag, format)
		}
		if format == "text" || file == "-" {
			text = false
		}
		targets = append(targets, reportTarget{format, write, file})
	}
	if text {
		targets = append([]reportTarget{{"text", (*harness.Report).WriteText, "-"}}, targets...)
	}
	return targets, nil
}

func writeReports(r *harness.Report, targets []reportTarget, stdout io.Writer) error {
	var errs []error
	for _, t := range targets {
		if t.file == "-" {
			errs = append(errs, t.write(r, stdout))
			continue
		}
		if t.format == "markdown" && isStepSummary(t.file) {
			errs = append(errs, appendSummary(t.file, r))
			continue
		}
		errs = append(errs, writeFile(t.file, func(w io.Writer) error { return t.write(r, w) }))
	}
	return errors.Join(errs...)
}

// writeFile writes a whole file or leaves the old one.
func writeFile(name string, write func(io.Writer) error) error {
	tmp := name + ".tmp"
	f, err := os.Create(tmp)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		_ = os.Remove(tmp)
		return fmt.Errorf("write report %s: %w", name, err)
	}
	if err := os.Rename(tmp, name); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
