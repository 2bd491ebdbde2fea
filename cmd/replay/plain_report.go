package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// plain is a report that has a form for persons and one for programs.
type plain interface {
	WriteText(io.Writer) error
	WriteJSON(io.Writer) error
}

// plainTargets are the --report flags of a command that writes text and JSON.
type plainTargets[R plain] []struct{ format, file string }

// plainReports reads the flags. The text goes to stdout unless something else
// does, or text was asked for elsewhere.
func plainReports[R plain](flags []string) (plainTargets[R], error) {
	var out plainTargets[R]
	text := true
	for _, flag := range flags {
		format, file, ok := strings.Cut(flag, "=")
		if !ok || file == "" {
			file = "-"
		}
		if format != "text" && format != "json" {
			return nil, fmt.Errorf("--report %q: unknown format %q; known: text, json", flag, format)
		}
		if format == "text" || file == "-" {
			text = false
		}
		out = append(out, struct{ format, file string }{format, file})
	}
	if text {
		out = append(out, struct{ format, file string }{"text", "-"})
	}
	return out, nil
}

func (t plainTargets[R]) write(report R, stdout io.Writer) error {
	var errs []error
	for _, one := range t {
		write := report.WriteText
		if one.format == "json" {
			write = report.WriteJSON
		}
		if one.file == "-" {
			errs = append(errs, write(stdout))
		} else {
			errs = append(errs, writeFile(one.file, write))
		}
	}
	return errors.Join(errs...)
}
