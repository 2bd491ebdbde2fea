package harness

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
)

// Selection names the cases of a corpus that are run; the zero value all of them.
type Selection struct {
	// Cases are globs over names, in which "*" stops at a slash and "**" does
	// not; a glob without slash may also match the folder alone. Empty: all.
	Cases []string
	// Tags keeps cases that have one of them. Empty: all.
	Tags []string
	// Operation keeps cases of one type. "": both.
	Operation corpus.OperationType
	// Changed keeps cases that a change touches; nil: all. It may keep none.
	Changed *Changes
	// Shard is the part of what is selected that is run, balanced by Timings (nil:
	// by number).
	Shard   Shard
	Timings *Timings
}

// ErrNothingSelected is a selection that leaves no case: a run without cases
// would be green and prove nothing.
var ErrNothingSelected = errors.New("no case is selected")

// pick returns the selected cases, of all shards, in the order of the corpus.
func (s Selection) pick(all []*corpus.Case) ([]*corpus.Case, error) {
	if len(all) == 0 {
		return nil, errors.New("the corpus holds no case; record some with \"replay record\"")
	}
	for _, g := range s.Cases {
		if !doublestar.ValidatePattern(g) {
			return nil, fmt.Errorf("case glob %q is malformed", g)
		}
	}
	var picked []*corpus.Case
	for _, cs := range all {
		if s.matches(cs) {
			picked = append(picked, cs)
		}
	}
	if len(picked) == 0 {
		return nil, fmt.Errorf("%w of %d%s", ErrNothingSelected, len(all), s.hint(all))
	}
	return slices.DeleteFunc(picked, func(cs *corpus.Case) bool { return !s.Changed.touches(cs) }), nil
}

// flags are those of the command line that make the selection, without the shard.
func (s Selection) flags() string {
	var list []string
	for _, g := range s.Cases {
		list = append(list, "--case "+g)
	}
	for _, t := range s.Tags {
		list = append(list, "--tag "+t)
	}
	if s.Operation != "" {
		list = append(list, "--operation "+string(s.Operation))
	}
	if s.Changed != nil {
		list = append(list, "--changed-since "+s.Changed.Since)
	}
	return strings.Join(list, " ")
}

func (s Selection) matches(cs *corpus.Case) bool {
	if s.Operation != "" && cs.Request.Operation != s.Operation {
		return false
	}
	if len(s.Tags) > 0 && !slices.ContainsFunc(s.Tags, func(t string) bool { return slices.Contains(cs.Tags, t) }) {
		return false
	}
	return len(s.Cases) == 0 || slices.ContainsFunc(s.Cases, func(g string) bool { return globMatches(g, cs.Name) })
}

func globMatches(glob, name string) bool {
	return glob == name || matches(glob, name) || !strings.Contains(glob, "/") && matches(glob, path.Dir(name))
}

// matches is for globs that were found well-formed before.
func matches(glob, name string) bool {
	ok, err := doublestar.Match(glob, name)
	return ok && err == nil
}

func (s Selection) hint(all []*corpus.Case) string {
	if len(s.Cases) == 0 {
		return "; check --tag and --operation"
	}
	names := make([]string, len(all))
	for i, cs := range all {
		names[i] = cs.Name
	}
	if near := strictyaml.Suggest(s.Cases[0], names); strings.Contains(near, "did you mean") {
		return near
	}
	return fmt.Sprintf("; case names look like %q, folders like %q", names[0], path.Dir(names[0]))
}
