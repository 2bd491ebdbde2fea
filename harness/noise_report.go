package harness

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// NoiseReport says where legacy differs from itself (docs/noise.md).
type NoiseReport struct {
	Version int     `json:"version"`
	Tool    string  `json:"tool"`
	Config  string  `json:"config"`
	Seconds float64 `json:"seconds"`
	// Seed repeats the orders and ids; Runs is how many were finished.
	Seed        uint64 `json:"seed"`
	Cases       int    `json:"cases"`
	Runs        int    `json:"runs"`
	Comparisons int    `json:"comparisons"`
	// Places are what differs under the configured rules.
	Places []UnstablePlace `json:"places"`
	// Broken are runs of cases that gave no observation.
	Broken []BrokenCase `json:"broken"`
	// Rules are items for the configuration's normalizers, the least permissive
	// first, after which the same observations do not differ.
	Rules []string `json:"rules"`
	// Unexplained are the places that no rule settles.
	Unexplained []string `json:"unexplained"`
}

// UnstablePlace is a place that differs between runs, with an example.
type UnstablePlace struct {
	Channel     Channel `json:"channel"`
	Match       string  `json:"match"` // as a rule names it: "property: Class.created"
	Cases       int     `json:"cases"`
	Comparisons int     `json:"comparisons"`
	Use         string  `json:"use,omitempty"` // what explains it
	Case        string  `json:"case"`
	Run         int     `json:"run"`
	Store       string  `json:"store,omitempty"`
	Path        string  `json:"path"`
	Kind        Kind    `json:"kind"`
	First       string  `json:"first"`
	Again       string  `json:"again"`
	Message     string  `json:"message,omitempty"`
}

// BrokenCase is a run of a case in which legacy crashed, hung or refused; run 0
// is the first one.
type BrokenCase struct {
	Case    string `json:"case"`
	Run     int    `json:"run"`
	Message string `json:"message"`
}

// Settled reports whether no place differs.
func (r *NoiseReport) Settled() bool { return len(r.Places) == 0 && len(r.Broken) == 0 }

// report explains what was collected.
func (n *noise) report(ctx context.Context) (*NoiseReport, error) {
	r := &NoiseReport{
		Version: 1, Tool: "replay " + Version, Config: n.config.File, Seed: n.opts.Seed,
		Cases: len(n.cases), Runs: n.runs, Comparisons: n.comparisons, Broken: nonNil(n.broken),
		Places: []UnstablePlace{}, Rules: []string{}, Unexplained: []string{},
	}
	slices.SortFunc(r.Broken, func(a, b BrokenCase) int { return cmp.Or(cmp.Compare(a.Run, b.Run), cmp.Compare(a.Case, b.Case)) })
	// Lanes finish in any order; the report does not show it.
	slices.SortStableFunc(n.pairs, func(a, b pair) int { return cmp.Or(cmp.Compare(a.run, b.run), cmp.Compare(a.cs.Name, b.cs.Name)) })
	ctx = context.WithoutCancel(ctx) // an interrupted run has a report, too
	places, err := n.places(ctx, n.config.Rules)
	if err != nil {
		return r, err
	}
	chosen, left, err := n.explain(ctx)
	for _, u := range places {
		p := n.place(u)
		for _, s := range chosen {
			if s.spot == u.spot {
				p.Use = s.use
			}
		}
		r.Places = append(r.Places, p)
	}
	for _, s := range chosen {
		r.Rules = append(r.Rules, s.yaml())
	}
	for _, u := range left {
		r.Unexplained = append(r.Unexplained, string(u.channel)+" "+u.match)
	}
	return r, err
}

func (n *noise) place(u *unstable) UnstablePlace {
	d := u.sample[0]
	first, again := excerpts(d.Legacy, d.Candidate)
	return UnstablePlace{
		Channel: u.channel, Match: u.match, Cases: n.casesOf(u), Comparisons: len(u.pairs),
		Case: n.pairs[d.pair].cs.Name, Run: n.pairs[d.pair].run,
		Store: d.Store, Path: d.Path, Kind: d.Kind, First: first, Again: again, Message: d.Message,
	}
}

// WriteJSON writes the report for a program.
func (r *NoiseReport) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// WriteText writes the report for a person: the unstable places, and the rules to
// paste.
func (r *NoiseReport) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w)
	for _, p := range r.Places {
		p.writeText(b)
	}
	for _, broken := range r.Broken {
		fprintf(b, "BROKEN  %s, run %d\n%s\n\n", broken.Case, broken.Run, indent(broken.Message, "  "))
	}
	if len(r.Rules) > 0 {
		fprintf(b, "Where each difference is right, say why, and put its rule under normalizers:\n\n")
		for _, rule := range r.Rules {
			fprintf(b, "  %s\n", rule)
		}
		fprintf(b, "\n")
	}
	if len(r.Rules) > 0 && len(r.Unexplained) == 0 {
		fprintf(b, "With these rules the same observations do not differ.\n")
	}
	for _, place := range r.Unexplained {
		fprintf(b, "no rule explains %s\n", place)
	}
	fprintf(b, "%s, %s of legacy against its first one in %.1f s (--seed %d): %s\n",
		count(r.Cases, "case"), count(r.Runs, "run"), r.Seconds, r.Seed, r.outcome())
	return b.Flush()
}

func (r *NoiseReport) outcome() string {
	if r.Settled() {
		return fmt.Sprintf("settled, %d comparisons without a difference", r.Comparisons)
	}
	var parts []string
	if n := len(r.Places); n > 0 {
		parts = append(parts, count(n, "unstable place"))
	}
	if n := len(r.Broken); n > 0 {
		parts = append(parts, fmt.Sprintf("%d broken", n))
	}
	return strings.Join(parts, ", ")
}

func (p UnstablePlace) writeText(w io.Writer) {
	where := string(p.Channel)
	if p.Store != "" {
		where += " " + p.Store
	}
	fprintf(w, "UNSTABLE  %s  %s  (%s, %s)\n", where, p.Match, count(p.Cases, "case"), count(p.Comparisons, "comparison"))
	fprintf(w, "  %s, run %d, at %s: %s\n", p.Case, p.Run, p.Path, p.Kind)
	fprintf(w, "    first  %s\n    again  %s\n", orNothing(p.First), orNothing(p.Again))
	if p.Message != "" {
		fprintf(w, "    %s\n", p.Message)
	}
	if p.Use != "" {
		fprintf(w, "  explained by %s\n", p.Use)
	}
	fprintf(w, "\n")
}
