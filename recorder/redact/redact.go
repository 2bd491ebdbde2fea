package redact

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// Options say what is replaced. Key is needed.
type Options struct {
	// Key makes the pseudonyms: at least 16 bytes. Whoever has it can turn them
	// round; with another one they are others.
	Key []byte
	// Rules and Detectors say what is replaced; nil and zero: every detector, and
	// no names.
	Rules     *Rules
	Detectors Detectors
	// Strict refuses a case that holds a text which no rule classifies.
	Strict bool
	// Identity names the header that keeps who asks; nil for none.
	Identity *Identity
	// Schema tells which coordinates values have; nil for none.
	Schema Schema
}

// shortestKey is how many bytes a key must have.
const shortestKey = 16

// ErrUnclassified is in the error for a case that strict mode refuses.
var ErrUnclassified = errors.New("no rule classifies")

// ErrResidue is in the error for a case in which a value that was replaced still
// stands at a place that cannot be changed.
var ErrResidue = errors.New("a replaced value still stands")

// Redactor replaces values in cases. It may be used from several goroutines.
type Redactor struct {
	options   Options
	keyed     *keyed
	detectors *detectors
	mark      string
	drops     bool
}

// New checks the options.
func New(o Options) (*Redactor, error) {
	if len(o.Key) < shortestKey {
		return nil, fmt.Errorf("new redactor: the key has %d bytes; it needs at least %d", len(o.Key), shortestKey)
	}
	r := &Redactor{options: o, keyed: newKeyed(o.Key), detectors: newDetectors(o.Detectors), drops: o.Rules.drops()}
	r.mark = MarkPrefix + hex.EncodeToString(r.keyed.sum(nil, r.configuration()...)[:4])
	return r, nil
}

// MarkPrefix begins the tag that a redacted case has. What follows depends on the
// key and the rules, and so tells that a case is redacted already.
const MarkPrefix = "redacted-"

// Marked reports whether a case says that it is redacted.
func Marked(c *corpus.Case) bool {
	return slices.ContainsFunc(c.Tags, func(tag string) bool { return strings.HasPrefix(tag, MarkPrefix) })
}

// configuration is what pseudonyms depend on beside the key.
func (r *Redactor) configuration() []string {
	out := []string{"mark 1", fmt.Sprint(r.options.Schema != nil)}
	for _, rule := range r.options.Rules.All() {
		out = append(out, fmt.Sprint(rule.match.by, rule.match.text, rule.As, rule.Order, rule.Blind))
	}
	if i := r.options.Identity; i != nil {
		out = append(out, fmt.Sprint(i.Keep, i.As, i.Claims))
	}
	for _, as := range r.options.Detectors.Off {
		out = append(out, "off "+string(as))
	}
	return append(out, r.options.Detectors.Names...)
}

// Finding is a place at which something was replaced, or would be. It never
// holds the value.
type Finding struct {
	// Place is the place in the case's file, "request.variables.input.email".
	Place string
	As    As
	// Rule is where the rule stands that named the place; "" for a detector.
	Rule string

	steps []step
}

// Findings are in the order of the case's file.
type Findings []Finding

// Case returns a redacted copy. What was redacted with the same key and rules
// comes back as it is. The error says in words without values why a case must
// not be written: [ErrUnclassified], [ErrResidue], or what makes it no case any
// more.
func (r *Redactor) Case(c *corpus.Case) (*corpus.Case, Findings, error) {
	if c.Fixture.Base != "" {
		return nil, nil, fmt.Errorf("redact case: its fixture stands on %q, which would stay as it is; write out what the base holds", c.Fixture.Base)
	}
	if slices.Contains(c.Tags, r.mark) {
		out := *c
		return &out, nil, nil
	}
	s := newSession(r)
	s.collecting = true
	if _, err := s.walk(c); err != nil {
		return nil, nil, err
	}
	if err := s.unclassifiedError(); err != nil {
		return nil, nil, err
	}
	s.learn()
	out, err := s.walk(c)
	if err != nil {
		return nil, nil, err
	}
	out.Tags = append(slices.DeleteFunc(slices.Clone(out.Tags), func(tag string) bool { return strings.HasPrefix(tag, MarkPrefix) }), r.mark)
	if err := s.check(out); err != nil {
		return nil, nil, err
	}
	return out, s.findings, nil
}

// check makes sure that the copy is a case, and that what was replaced is gone.
func (s *session) check(c *corpus.Case) error {
	text, err := corpus.Format(c)
	if err != nil {
		return fmt.Errorf("redact case: the copy would not be readable: %w", err)
	}
	written := string(text)
	for v, at := range s.replaced {
		if strings.Contains(written, v) && !s.keeps(v) {
			return fmt.Errorf("redact case: %w: what stands at %s is also in a place that cannot be changed, such as an alias or a name", ErrResidue, at)
		}
	}
	return nil
}

// keeps reports whether a rule lets a value stand, and no detector look at it.
func (s *session) keeps(v string) bool {
	for kept := range s.kept {
		if strings.Contains(kept, v) {
			return true
		}
	}
	return false
}

// unclassifiedError names what strict mode misses rules for.
func (s *session) unclassifiedError() error {
	if len(s.unclassified) == 0 {
		return nil
	}
	const most = 10
	var lines []string
	for _, u := range s.unclassified[:min(len(s.unclassified), most)] {
		lines = append(lines, u.target+" (at "+u.place+")")
	}
	more := ""
	if n := len(s.unclassified) - most; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Errorf("redact case: %w %s%s; add a rule for each to record.redact", ErrUnclassified, strings.Join(lines, ", "), more)
}
