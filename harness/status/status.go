// Package status says of every field how far its migration is, and what is known
// of it (docs/signoff.md). [Of] puts it together; [Append] keeps a line a day, so
// that a chart can show what is left.
package status

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/harness/coverage"
	"github.com/sidebyside/replay/harness/migration"
	"github.com/sidebyside/replay/harness/signoff"
)

// Report is the state of a migration, in the form of its JSON.
type Report struct {
	Version int       `json:"version"`
	Tool    string    `json:"tool"`
	Config  string    `json:"config"`
	At      time.Time `json:"at"`
	// Last is the report of the last run; nil without one.
	Last *Last `json:"last,omitempty"`
	// Fields are those of the query and the mutation type, then others with
	// @migrate.
	Fields []Field `json:"fields"`
	// History is what was appended so far; nil where none is kept.
	History []Point `json:"history,omitempty"`
}

// Last says which run the verdicts are of.
type Last struct {
	File    string    `json:"file"`
	Started time.Time `json:"started"`
	// Stale says why it does not tell about today; "" when it does.
	Stale string `json:"stale,omitempty"`
}

// Field is what is known of one field.
type Field struct {
	Coordinate string          `json:"coordinate"`
	State      migration.State `json:"state"`
	From       string          `json:"from,omitempty"`
	Color      string          `json:"color,omitempty"`
	At         string          `json:"at"`
	Cases      int             `json:"cases"`
	// Coverage counts input shapes; nil where none are counted.
	Coverage *signoff.Part `json:"coverage,omitempty"`
	// Verdicts counts the cases of the last run; empty when it ran none.
	Verdicts map[harness.Verdict]int `json:"verdicts"`
	// Failing are the cases that fail it, Open the differences that no entry of the
	// ledger explains.
	Failing []string `json:"failing"`
	Open    int      `json:"open"`
	// Bugs are those that the field's cases exercise.
	Bugs    []Bug   `json:"bugs"`
	SignOff SignOff `json:"signoff"`
}

// Bug is a bug of the ledger in the last run.
type Bug struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

// SignOff says whether a sign-off of the field holds now.
type SignOff struct {
	Valid   bool       `json:"valid"`
	File    string     `json:"file,omitempty"`
	Expires *time.Time `json:"expires,omitempty"`
	// Signed reports whether a trusted key signed it; without keys nobody looks.
	Signed bool `json:"signed,omitempty"`
	// Reasons say why none holds.
	Reasons []string `json:"reasons,omitempty"`
}

// Options say where things lie.
type Options struct {
	// Last is the JSON report of the last run; "" without one.
	Last   string
	Folder *signoff.Folder
}

// Of puts together what is known of every field of the configuration's schema.
// Both implementations are built only if there is a sign-off to compare them
// with; that they cannot be built is said where a sign-off cannot be checked.
func Of(ctx context.Context, c *harness.Config, cases *corpus.Corpus, opts Options) (*Report, error) {
	if c.SchemaFile == "" {
		return nil, fmt.Errorf("%s: without a schema there is no field to tell about; add \"schema\"", c.File)
	}
	sdl, err := os.ReadFile(c.SchemaFile)
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	fields, err := migration.Read(c.SchemaFile, sdl)
	if err != nil {
		return nil, err
	}
	r := &Report{Version: 1, Tool: "replay " + harness.Version, Config: c.File, At: time.Now().UTC().Truncate(time.Second), Fields: []Field{}}
	last, err := r.readLast(opts.Last, cases)
	if err != nil {
		return nil, err
	}
	s := standing{ctx: ctx, config: c, cases: cases, folder: opts.Folder}
	defer s.close()
	covered := coverage.Of(c.Schema, cases.Cases)
	for _, f := range fields.All {
		one := Field{Coordinate: f.Coordinate, State: f.State, From: f.From, Color: f.Color, At: f.At}
		selected := signoff.Cases(c.Schema, cases.Cases, f.Coordinate)
		one.Cases = len(selected)
		if cov := covered.Field(f.Coordinate); cov != nil {
			one.Coverage = &signoff.Part{Count: cov.Exercised, Of: cov.Possible}
		}
		one.ran(last, selected)
		one.SignOff = s.of(f.Coordinate)
		r.Fields = append(r.Fields, one)
	}
	return r, ctx.Err()
}

// readLast reads the report of the last run, nil without one.
func (r *Report) readLast(file string, cases *corpus.Corpus) (*harness.Report, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read report of the last run: %w; write one with \"replay run --report json=%s\"", err, file)
	}
	defer func() { _ = f.Close() }()
	last, err := harness.ReadReport(f)
	if err != nil {
		return nil, fmt.Errorf("read report %s: %w", file, err)
	}
	r.Last = &Last{File: file, Started: last.Started}
	switch {
	case last.Corpus.SHA256 != cases.SHA256:
		r.Last.Stale = "the corpus has changed since"
	case last.Incomplete != "":
		r.Last.Stale = "it is incomplete: " + last.Incomplete
	}
	return last, nil
}

// ran notes what the last run showed of the field's cases.
func (f *Field) ran(last *harness.Report, selected []*corpus.Case) {
	f.Verdicts, f.Failing, f.Bugs = map[harness.Verdict]int{}, []string{}, []Bug{}
	if last == nil {
		return
	}
	mine := map[string]bool{}
	for _, cs := range selected {
		mine[cs.Name] = true
	}
	for _, res := range last.Results {
		if !mine[res.Case] {
			continue
		}
		f.Verdicts[res.Verdict]++
		if !res.Verdict.Fails() {
			continue
		}
		f.Failing = append(f.Failing, res.Case)
		f.Open += res.Omitted
		for _, d := range res.Differences {
			if d.Ledger == "" {
				f.Open++
			}
		}
	}
	for _, b := range last.Bugs {
		if slices.ContainsFunc(b.Cases, func(name string) bool { return mine[name] }) {
			f.Bugs = append(f.Bugs, Bug{b.ID, string(b.Status)})
		}
	}
}

// standing judges sign-offs, and builds the implementations when it has to.
type standing struct {
	ctx     context.Context
	config  *harness.Config
	cases   *corpus.Corpus
	folder  *signoff.Folder
	builder *signoff.Builder
	err     error // why they cannot be built
}

func (s *standing) close() {
	if s.builder != nil {
		s.builder.Close()
	}
}

func (s *standing) of(coordinate string) SignOff {
	judged, err := s.folder.Judge(coordinate, s.config.SignOff.Policy(coordinate), func() (*signoff.Today, error) { return s.today(coordinate) })
	if err != nil {
		return SignOff{Reasons: []string{"it cannot be checked: " + err.Error()}}
	}
	if v := judged.Valid; v != nil {
		return SignOff{Valid: true, File: v.File, Expires: v.Predicate.Shown.Expires, Signed: v.SignedBy != ""}
	}
	return SignOff{Reasons: judged.Reasons}
}

func (s *standing) today(coordinate string) (*signoff.Today, error) {
	if s.builder == nil && s.err == nil {
		s.builder, s.err = signoff.Build(s.ctx, s.config, s.cases, "")
	}
	if s.err != nil {
		return nil, s.err
	}
	return s.builder.Today(coordinate)
}

// ByState counts the fields in a state.
func (r *Report) ByState(state migration.State) int {
	n := 0
	for i := range r.Fields {
		if r.Fields[i].State == state {
			n++
		}
	}
	return n
}
