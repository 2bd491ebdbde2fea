package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/harness"
)

// annotationsFlag adds --annotations.
func annotationsFlag(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "annotations", "auto", "mark what fails at its line of the corpus: \"github\", \"none\", or \"auto\": in GitHub Actions")
}

func checkAnnotations(kind string) error {
	switch kind {
	case "auto", "github", "none":
		return nil
	}
	return fmt.Errorf("--annotations %q: want github, none or auto", kind)
}

// annotate writes annotations for GitHub, to the standard error so that a report
// on the standard output stays whole: the runner reads both.
func annotate(cmd *cobra.Command, kind string, r *harness.Report) error {
	if kind == "none" || kind == "auto" && os.Getenv("GITHUB_ACTIONS") != "true" {
		return nil
	}
	return r.WriteAnnotations(cmd.ErrOrStderr(), os.Getenv("GITHUB_WORKSPACE"))
}

// maxStepSummary is how many bytes GitHub takes as the summary of one step.
const maxStepSummary = 1 << 20

// appendSummary adds the report to the step's summary, which may hold something
// already, and keeps it within what GitHub takes.
func appendSummary(name string, r *harness.Report) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("write step summary: %w", err)
	}
	defer func() { _ = f.Close() }() // what matters is synced below
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("write step summary: %w", err)
	}
	if err := r.WriteMarkdownWithin(f, maxStepSummary-int(size)); err != nil {
		return fmt.Errorf("write step summary: %w", err)
	}
	return f.Sync()
}

// isStepSummary tells the file that GitHub gives a step for its summary.
func isStepSummary(name string) bool { return name != "" && name == os.Getenv("GITHUB_STEP_SUMMARY") }
