package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/harness/coverage"
)

func newCoverage() *cobra.Command {
	var config string
	var operations, reports []string
	cmd := &cobra.Command{
		Use:   "coverage",
		Short: "Say which shapes of input, answer and stored data the corpus exercises, and what to record next",
		Long: `Say which shapes of input, answer and stored data the corpus exercises, field by
field, against what the schema allows, and what to record next. Nothing is started.`,
		Example: `  replay coverage -c examples/classroom
  replay coverage --operation mutation
  replay coverage --operation Mutation.renameAssignment --report html=coverage.html`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runCoverage(cmd, config, operations, reports)
		},
	}
	configFlag(cmd, &config)
	flags := cmd.Flags()
	flags.StringArrayVar(&operations, "operation", nil, "only \"mutation\", \"query\" or the `field` of this name, coordinate or glob (repeatable)")
	flags.StringArrayVar(&reports, "report", nil, "write a report as `FORMAT=FILE`: text, json, html; \"-\" is stdout (repeatable)")
	return cmd
}

func runCoverage(cmd *cobra.Command, config string, operations, reports []string) error {
	targets, err := coverageReports(reports)
	if err != nil {
		return usage(err)
	}
	c, cases, err := load(config)
	if err != nil {
		return err
	}
	if c.Schema == nil {
		return usage(fmt.Errorf("%s: coverage is measured against the schema, and none is configured; add schema: FILE", c.File))
	}
	cov := coverage.Of(c.Schema, cases.Cases)
	if len(operations) > 0 {
		if cov, err = selectFields(cov, operations); err != nil {
			return usage(err)
		}
	}
	if err := targets.write(cov, cmd.OutOrStdout()); err != nil {
		return incomplete(err)
	}
	return nil
}

// selectFields keeps the fields that any of the patterns means.
func selectFields(cov *coverage.Coverage, patterns []string) (*coverage.Coverage, error) {
	for _, pattern := range patterns {
		if len(cov.Only(func(f *coverage.Field) bool { return meansField(pattern, f) }).Fields) > 0 {
			continue
		}
		names := []string{string(coverage.Mutation), string(coverage.Query)}
		for _, f := range cov.Fields {
			_, name, _ := strings.Cut(f.Coordinate, ".")
			names = append(names, f.Coordinate, name)
		}
		return nil, fmt.Errorf("--operation %q: the schema has no such field%s", pattern, strictyaml.Suggest(pattern, names))
	}
	return cov.Only(func(f *coverage.Field) bool {
		for _, pattern := range patterns {
			if meansField(pattern, f) {
				return true
			}
		}
		return false
	}), nil
}

func meansField(pattern string, f *coverage.Field) bool {
	if pattern == string(f.Kind) {
		return true
	}
	whole, err := filepath.Match(pattern, f.Coordinate)
	_, name, _ := strings.Cut(f.Coordinate, ".")
	short, _ := filepath.Match(pattern, name)
	return err == nil && (whole || short && f.Kind != coverage.Nested)
}

// coverageTarget is one --report flag.
type coverageTarget struct {
	write func(*coverage.Coverage, io.Writer) error
	file  string
}

type coverageTargets []coverageTarget

// coverageReports reads the flags. The text goes to stdout unless something else
// does, or text was asked for elsewhere.
func coverageReports(flags []string) (coverageTargets, error) {
	writers := map[string]func(*coverage.Coverage, io.Writer) error{
		"text": (*coverage.Coverage).WriteText,
		"json": (*coverage.Coverage).WriteJSON,
		"html": (*coverage.Coverage).WriteHTML,
	}
	var out coverageTargets
	text := true
	for _, flag := range flags {
		format, file, ok := strings.Cut(flag, "=")
		if !ok || file == "" {
			file = "-"
		}
		write := writers[format]
		if write == nil {
			return nil, fmt.Errorf("--report %q: unknown format %q; known: text, json, html", flag, format)
		}
		if format == "text" || file == "-" {
			text = false
		}
		out = append(out, coverageTarget{write, file})
	}
	if text {
		out = append(coverageTargets{{writers["text"], "-"}}, out...)
	}
	return out, nil
}

func (t coverageTargets) write(c *coverage.Coverage, stdout io.Writer) error {
	var errs []error
	for _, one := range t {
		if one.file == "-" {
			errs = append(errs, one.write(c, stdout))
			continue
		}
		errs = append(errs, writeFile(one.file, func(w io.Writer) error { return one.write(c, w) }))
	}
	return errors.Join(errs...)
}
