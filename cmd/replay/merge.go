package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/harness"
)

func newMerge() *cobra.Command {
	var reports []string
	var annotations string
	cmd := &cobra.Command{
		Use:   "merge FILE...",
		Short: "Join the JSON reports of all shards into one verdict",
		Example: `  replay merge shard-*.json
  replay merge shard-1.json shard-2.json --report junit=junit.xml --report markdown=summary.md`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			targets, err := parseReports(reports)
			if err := errors.Join(err, checkAnnotations(annotations)); err != nil {
				return usage(err)
			}
			merged, err := mergeFiles(files)
			if err != nil {
				return usage(err)
			}
			if err := errors.Join(writeReports(merged, targets, cmd.OutOrStdout()), annotate(cmd, annotations, merged)); err != nil {
				return incomplete(err)
			}
			switch {
			case merged.Incomplete != "":
				return incomplete(errors.New(merged.Incomplete))
			case merged.Fails():
				return &exitError{code: exitFailing}
			}
			return nil
		},
	}
	reportFlag(cmd, &reports)
	annotationsFlag(cmd, &annotations)
	return cmd
}

// mergeFiles joins the reports in files.
func mergeFiles(files []string) (*harness.Report, error) {
	var parts []harness.ReportFile
	for _, name := range files {
		r, err := readReport(name)
		if err != nil {
			return nil, err
		}
		parts = append(parts, harness.ReportFile{Name: name, Report: r})
	}
	return harness.Merge(parts)
}

func readReport(name string) (*harness.Report, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	r, err := harness.ReadReport(f)
	if err != nil {
		return nil, fmt.Errorf("read report %s: %w", name, err)
	}
	return r, nil
}
