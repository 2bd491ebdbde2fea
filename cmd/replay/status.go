package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/harness/signoff"
	"github.com/sidebyside/replay/harness/status"
)

// statusFlags are the flags of "replay status".
type statusFlags struct {
	config, last, signoffs, history string
	reports, keys                   []string
}

func newStatus() *cobra.Command {
	var f statusFlags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say of every field how far its migration is, and what is known of it",
		Long: `Say of every field its state (@migrate of the schema), its cases and their
coverage, what the last run showed of it, which bugs its cases exercise, and whether
a sign-off of it holds.`,
		Example: `  replay run --report json=report.json
  replay status --last report.json --history history.jsonl --report html=status.html`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	configFlag(cmd, &f.config)
	flags := cmd.Flags()
	flags.StringVar(&f.last, "last", "", "the JSON report of the last run (`file`; default: the one that the configuration names)")
	flags.StringVar(&f.signoffs, "signoffs", "", "the `directory` of sign-offs (default: the configuration's)")
	flags.StringArrayVar(&f.keys, "keys", nil, "believe only what is signed by the public key in this PEM `file` (repeatable)")
	flags.StringVar(&f.history, "history", "", "add a line of today and this commit to the `file`, and draw what is left over time")
	flags.StringArrayVar(&f.reports, "report", nil, "write a report as `FORMAT=FILE`: text, json, html, markdown; \"-\" is stdout (repeatable)")
	return cmd
}

func (f *statusFlags) run(cmd *cobra.Command) error {
	targets, err := statusReports(f.reports)
	if err != nil {
		return usage(err)
	}
	keys, err := readKeys(f.keys)
	if err != nil {
		return usage(err)
	}
	c, cases, err := load(f.config)
	if err != nil {
		return err
	}
	opts := status.Options{Last: f.last}
	if opts.Last == "" {
		opts.Last = c.SignOff.Report
	}
	if f.signoffs == "" {
		f.signoffs = c.SignOff.Directory
	}
	if opts.Folder, err = signoff.ReadFolder(f.signoffs, keys); err != nil {
		return usage(err)
	}
	report, err := status.Of(cmd.Context(), c, cases, opts)
	if err != nil {
		return signOffError(err)
	}
	if f.history != "" {
		if report.History, err = status.Append(f.history, report.Point(commit(cmd.Context(), c.Dir))); err != nil {
			return usage(err)
		}
	}
	var errs []error
	for _, t := range targets {
		if t.file == "-" {
			errs = append(errs, t.write(report, cmd.OutOrStdout()))
			continue
		}
		errs = append(errs, writeFile(t.file, func(w io.Writer) error { return t.write(report, w) }))
	}
	if err := errors.Join(errs...); err != nil {
		return incomplete(err)
	}
	return nil
}

// commit is the commit that is checked out in a folder; "" outside of a
// repository.
func commit(ctx context.Context, dir string) string {
	out, err := exec.CommandContext(ctx, "git", "-C", dir, "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// statusTarget is one --report flag.
type statusTarget struct {
	write func(*status.Report, io.Writer) error
	file  string
}

// statusReports reads the flags. The text goes to stdout unless something else
// does, or text was asked for elsewhere.
func statusReports(flags []string) ([]statusTarget, error) {
	known := map[string]func(*status.Report, io.Writer) error{
		"text": (*status.Report).WriteText, "json": (*status.Report).WriteJSON,
		"html": (*status.Report).WriteHTML, "markdown": (*status.Report).WriteMarkdown,
	}
	var targets []statusTarget
	text := true
	for _, flag := range flags {
		format, file, ok := strings.Cut(flag, "=")
		if !ok || file == "" {
			file = "-"
		}
		write := known[format]
		if write == nil {
			return nil, fmt.Errorf("--report %q: unknown format %q; known: text, json, html, markdown", flag, format)
		}
		if format == "text" || file == "-" {
			text = false
		}
		targets = append(targets, statusTarget{write, file})
	}
	if text {
		targets = append(targets, statusTarget{known["text"], "-"})
	}
	return targets, nil
}
