package main

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/recorder/redact"
)

// scanReport is the JSON report of "replay scan".
type scanReport struct {
	Version int           `json:"version"`
	Files   int           `json:"files"`
	Leaks   []redact.Leak `json:"leaks"`
}

// WriteText lists the leaks, a line each, and says how many there are.
func (r *scanReport) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, l := range r.Leaks {
		fmt.Fprintf(&b, "%s:%d:%d: %s", l.File, l.Line, l.Column, l.Kind)
		if l.Rule != "" {
			fmt.Fprintf(&b, " (%s)", l.Rule)
		}
		if l.Encoded {
			b.WriteString(", encoded")
		}
		if l.Excerpt != "" {
			fmt.Fprintf(&b, ": %s", l.Excerpt)
		}
		b.WriteByte('\n')
	}
	found := "clean"
	switch len(r.Leaks) {
	case 0:
	case 1:
		found = "1 leak"
	default:
		found = fmt.Sprintf("%d leaks", len(r.Leaks))
	}
	files := "1 file"
	if r.Files != 1 {
		files = fmt.Sprintf("%d files", r.Files)
	}
	fmt.Fprintf(&b, "%s: %s\n", files, found)
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteJSON writes the report for programs.
func (r *scanReport) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

func newScan() *cobra.Command {
	var config string
	var reports []string
	cmd := &cobra.Command{
		Use:   "scan [DIR|ZIP|FILE...]",
		Short: "Look for personal data and secrets in a corpus",
		Long: `Look for personal data and secrets in every file of a corpus (default: the
configuration's), by the detectors of redaction and, in cases that are not marked
as redacted, by the configuration's rules. No value is ever shown. Exit code 1
when something is found.`,
		Example: `  replay scan -c examples/classroom
  replay scan corpus.zip seed.yaml --report json=leaks.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			targets, err := plainReports[*scanReport](reports)
			if err != nil {
				return usage(err)
			}
			report, err := scan(config, cmd.Flags().Changed("config"), args)
			if err != nil {
				return usage(err)
			}
			if err := targets.write(report, cmd.OutOrStdout()); err != nil {
				return incomplete(err)
			}
			if len(report.Leaks) > 0 {
				return &exitError{code: exitFailing}
			}
			return nil
		},
	}
	configFlag(cmd, &config)
	cmd.Flags().StringArrayVar(&reports, "report", nil, "write a report as `FORMAT=FILE`: text, json; \"-\" is stdout (repeatable)")
	return cmd
}

// scan looks into what is named, else into the configuration's corpus. The
// configuration may be absent where files are named and it is not.
func scan(config string, said bool, paths []string) (*scanReport, error) {
	var options redact.ScanOptions
	if _, err := harness.ConfigFile(config); err == nil || said || len(paths) == 0 {
		c, err := harness.LoadRecordConfig(config)
		if err != nil {
			return nil, err
		}
		if c.Schema != nil {
			options.Schema = c.Schema
		}
		if from := c.Record.Redact; from != nil {
			options.Rules, options.Detectors = from.Rules, from.Detectors
		}
		if len(paths) == 0 {
			paths = []string{c.Corpus}
		}
	}
	report := &scanReport{Version: 1, Leaks: []redact.Leak{}}
	scanner := redact.NewScanner(options)
	for _, path := range paths {
		leaks, files, err := scanPath(scanner, path)
		switch {
		case err != nil:
			return nil, err
		case files == 0:
			return nil, fmt.Errorf("scan %s: there is no file in it; name a corpus", path)
		}
		report.Files += files
		report.Leaks = append(report.Leaks, leaks...)
	}
	return report, nil
}

func scanPath(scanner *redact.Scanner, path string) ([]redact.Leak, int, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, 0, fmt.Errorf("scan %s: no such file or directory", path)
	case err != nil:
		return nil, 0, fmt.Errorf("scan: %w", err)
	case info.IsDir():
		return scanner.Files(os.DirFS(path), filepath.ToSlash(path))
	case strings.EqualFold(filepath.Ext(path), ".zip"):
		archive, err := zip.OpenReader(path)
		if err != nil {
			return nil, 0, fmt.Errorf("scan %s: %w", path, err)
		}
		defer func() { _ = archive.Close() }()
		return scanner.Files(archive, filepath.ToSlash(path))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, 0, fmt.Errorf("scan: %w", err)
	}
	return scanner.File(filepath.ToSlash(path), data), 1, nil
}
