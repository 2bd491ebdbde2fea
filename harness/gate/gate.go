// Package gate decides whether a change of a schema may move the migration of its
// fields (docs/signoff.md).
//
// [Check] compares two schemas: what brings a mutation to canary, or any field to
// migrated, needs a sign-off that holds now ([signoff.Folder]).
package gate

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/harness/migration"
	"github.com/sidebyside/replay/harness/signoff"
)

// Question is what the gate is asked.
type Question struct {
	Base, Head *migration.Fields
	// HeadFile is the new schema's file.
	HeadFile string
	Folder   *signoff.Folder
	Config   *harness.Config
	Cases    *corpus.Corpus
	// Keys tells whether signatures were checked.
	Keys bool
}

// Answer is what becomes of each move.
type Answer struct{ Moves []Judged }

// Judged is a move with what the gate says about it.
type Judged struct {
	migration.Move
	// By is the sign-off that allows it; nil where none is needed, or none holds.
	By *signoff.SignOff
	// Reasons say why it is refused; none for one that is allowed.
	Reasons []string
	// Run is the command that makes a sign-off; "" where that would not help.
	Run string
}

// Fails reports whether a move is refused.
func (a *Answer) Fails() bool {
	for _, m := range a.Moves {
		if len(m.Reasons) > 0 {
			return true
		}
	}
	return false
}

// Check judges every move. Both implementations are built only if a sign-off has
// to be compared with them. The error says that no answer can be given.
func Check(ctx context.Context, q Question) (*Answer, error) {
	c := checker{Question: q}
	defer c.close()
	answer := &Answer{}
	for _, m := range migration.Compare(q.Base, q.Head) {
		judged, err := c.judge(ctx, m)
		if err != nil {
			return nil, err
		}
		answer.Moves = append(answer.Moves, judged)
	}
	return answer, nil
}

// checker builds the implementations when they are asked for.
type checker struct {
	Question
	builder *signoff.Builder
}

func (c *checker) close() {
	if c.builder != nil {
		c.builder.Close()
	}
}

func (c *checker) judge(ctx context.Context, m migration.Move) (Judged, error) {
	out := Judged{Move: m}
	switch {
	case m.Refused != "":
		out.Reasons = []string{m.Refused}
		return out, nil
	case !m.Needs:
		return out, nil
	}
	coordinate := m.Field.Coordinate
	standing, err := c.Folder.Judge(coordinate, c.Config.SignOff.Policy(coordinate), func() (*signoff.Today, error) {
		return c.today(ctx, coordinate)
	})
	if err != nil {
		return out, err
	}
	if out.By, out.Reasons = standing.Valid, standing.Reasons; out.By == nil {
		out.Run = signoff.Command(c.Config, coordinate, filepath.Join(c.Folder.Dir, coordinate+".json"))
		if c.Keys {
			out.Run += " --key KEY"
		}
	}
	return out, nil
}

func (c *checker) today(ctx context.Context, coordinate string) (*signoff.Today, error) {
	if c.builder == nil {
		var err error
		if c.builder, err = signoff.Build(ctx, c.Config, c.Cases, c.HeadFile); err != nil {
			return nil, err
		}
	}
	return c.builder.Today(coordinate)
}

// WriteText writes the answer for people.
func (a *Answer) WriteText(w io.Writer) error {
	var b strings.Builder
	refused := 0
	for _, m := range a.Moves {
		word := "ok     "
		if len(m.Reasons) > 0 {
			word = "REFUSED"
			refused++
		}
		fmt.Fprintf(&b, "%s  %s: %s -> %s  (%s)\n", word, m.Field.Coordinate, m.From, m.To, m.Field.At)
		if m.Note != "" {
			fmt.Fprintf(&b, "         %s\n", m.Note)
		}
		if m.By != nil {
			fmt.Fprintf(&b, "         %s\n", by(m.By))
		}
		for _, r := range m.Reasons {
			fmt.Fprintf(&b, "         %s\n", r)
		}
		if m.Run != "" {
			fmt.Fprintf(&b, "         run: %s\n", m.Run)
		}
	}
	switch {
	case len(a.Moves) == 0:
		b.WriteString("no field's migration moves\n")
	case refused > 0:
		fmt.Fprintf(&b, "%d of %d moves refused\n", refused, len(a.Moves))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// by says which sign-off allows a move, and how far it is believed.
func by(s *signoff.SignOff) string {
	shown := &s.Predicate.Shown
	text := fmt.Sprintf("signed off in %s: %s", s.File, shown.Summary())
	if shown.Expires != nil {
		text += ", valid until " + shown.Expires.Format("2006-01-02")
	}
	switch {
	case s.SignedBy != "":
		return text + ", signed by key " + s.SignedBy[:12] + "…"
	case s.Signed:
		return text + "; its signature was not checked: no --keys"
	}
	return text + "; not signed"
}
