package strictyaml

import (
	"errors"
	"fmt"
	"strings"
)

// A Problem is one thing wrong with a file, and where. Line and Column count
// from 1; both are 0 when the file as a whole is meant.
type Problem struct {
	File         string
	Line, Column int
	Message      string
}

func (p Problem) Error() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Problems is every problem found, in the order of files and positions.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Err is nil when there is no problem.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// AsProblems unpacks an error that is, or wraps, Problems or one Problem.
func AsProblems(err error) (Problems, bool) {
	if all, ok := errors.AsType[Problems](err); ok {
		return all, true
	}
	if one, ok := errors.AsType[Problem](err); ok {
		return Problems{one}, true
	}
	return nil, false
}
