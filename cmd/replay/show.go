package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
)

func newShow() *cobra.Command {
	var config string
	cmd := &cobra.Command{
		Use:   "show CASE",
		Short: "Print a case for a person",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, cases, err := load(config)
			if err != nil {
				return err
			}
			cs, err := findCase(cases, args[0])
			if err == nil {
				return showCase(cmd.OutOrStdout(), cs)
			}
			if aside := findAside(c.Corpus, args[0]); aside != nil {
				return showAside(cmd.OutOrStdout(), c.Corpus, aside)
			}
			return usage(err)
		},
	}
	configFlag(cmd, &config)
	return cmd
}

// findCase finds a case by its name, or by an end of it that only one case has.
func findCase(cases *corpus.Corpus, name string) (*corpus.Case, error) {
	name = strings.TrimSuffix(name, ".yaml")
	var names []string
	var found []*corpus.Case
	for _, cs := range cases.Cases {
		if cs.Name == name {
			return cs, nil
		}
		if strings.Contains(cs.Name, name) {
			found = append(found, cs)
		}
		names = append(names, cs.Name)
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("no case %q%s", name, strictyaml.Suggest(name, names))
	}
	return nil, fmt.Errorf("%q means %d cases, %s and %s among them; give more of the name", name, len(found), found[0].Name, found[1].Name)
}

// findAside finds a case among those that were set aside; nil if it is not there.
func findAside(dir, name string) *corpus.Case {
	cases, err := corpus.OpenUnfaithful(dir)
	if err != nil {
		return nil
	}
	cs, err := findCase(cases, strings.TrimPrefix(name, corpus.Unfaithful+"/"))
	if err != nil {
		return nil
	}
	return cs
}

// showAside prints a case that was set aside, the reason first.
func showAside(w io.Writer, dir string, cs *corpus.Case) error {
	p := printer{w: w}
	p.line("set aside in %s because", corpus.Unfaithful)
	p.block(strings.TrimRight(corpus.Reason(dir, cs.Name), "\n"))
	if p.line(""); p.err != nil {
		return p.err
	}
	return showCase(w, cs)
}

// showCase prints what happens in a case, in the order in which it happens.
func showCase(w io.Writer, cs *corpus.Case) error {
	p := printer{w: w}
	p.line("%s", cs.Name)
	if cs.Description != "" {
		p.line("  %s", cs.Description)
	}
	p.line("  recorded %s from %s %s", cs.Recorded.At.Format("2006-01-02 15:04:05 MST"), cs.Recorded.Implementation, cs.Recorded.Revision)
	for _, name := range slices.Sorted(maps.Keys(cs.Fixture.Stores)) {
		p.state(name, cs.State(name))
	}
	p.line("\nrequest: %s %s", cs.Request.Operation, strings.Join(cs.Request.Fields, ", "))
	p.block(strings.TrimRight(cs.Request.Document, "\n"))
	if cs.Request.Variables != nil {
		p.line("  variables  %s", cs.Request.Variables)
	}
	for _, h := range slices.Sorted(maps.Keys(cs.Request.Headers)) {
		p.line("  header     %s: %s", h, cs.Request.Headers[h])
	}
	p.line("\nlegacy answered %d:", cs.Expect.HTTP.Status)
	p.block(string(cs.Expect.Response))
	for _, name := range slices.Sorted(maps.Keys(cs.Expect.Effects)) {
		p.effects(name, cs.Expect.Effects[name])
	}
	if len(cs.Expect.Effects) == 0 {
		p.line("\nand changed nothing")
	}
	return p.err
}

// printer writes lines and keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, strings.TrimRight(format, " ")+"\n", args...)
	}
}

func (p *printer) block(s string) {
	for line := range strings.SplitSeq(s, "\n") {
		p.line("    %s", line)
	}
}

func (p *printer) state(name string, s corpus.State) {
	p.line("\nfixture of %s: %d entities, %d absent keys", name, len(s.Entities), len(s.Absent))
	for _, e := range s.Entities {
		p.line("  %s", e.Key)
		p.properties(e.Properties, e.Unindexed)
	}
	for _, k := range s.Absent {
		p.line("  %s is absent", k)
	}
}

func (p *printer) properties(props map[string]corpus.Value, unindexed []string) {
	for _, name := range slices.Sorted(maps.Keys(props)) {
		flag := ""
		if slices.Contains(unindexed, name) {
			flag = "  (unindexed)"
		}
		p.line("    %-14s %s%s", name, corpus.ValueText(props[name]), flag)
	}
}

func (p *printer) effects(name string, effects []corpus.Effect) {
	p.line("\nand changed in %s:", name)
	for _, e := range effects {
		p.line("  %s %s", e.Op, e.Key)
		p.properties(e.Properties, e.Unindexed)
		for _, prop := range slices.Sorted(maps.Keys(e.Set)) {
			p.line("    %-14s %s -> %s", prop, changeText(e.Set[prop].From), changeText(e.Set[prop].To))
		}
	}
}

func changeText(v *corpus.Value) string {
	if v == nil {
		return "(absent)"
	}
	return corpus.ValueText(*v)
}
