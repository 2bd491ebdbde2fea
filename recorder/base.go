package recorder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// Base is the content that the fixtures of a recording stand on. A store that cannot
// tell what a request read has its whole content for a fixture; with a base a case
// says only what is other than there.
type Base struct {
	name   string // of the file, below the corpus, slashes forward
	states map[string]corpus.State
	mark   string // the comment that says that it is redacted; "" if it is not
	text   []byte
	write  func() error
}

// ErrOtherBase is the error of a corpus whose cases stand on another base of the same
// name: they would mean something else on a new one.
var ErrOtherBase = errors.New("the corpus has another fixture of that name, on which its cases stand")

// NewBase takes the present content of the stores for the base of a recording into
// the corpus directory out: those that have tables or keys, not those that can tell
// what was read. redact is what a case is passed through before it is written, nil
// for nothing. file names the base, its directory does not count: it is written as
// fixtures/FILE with the first case that stands on it. nil without such a store.
func NewBase(ctx context.Context, stores map[string]store.Recordable, out, file string, redact func(*corpus.Case) (*corpus.Case, error)) (*Base, error) {
	b := &Base{name: path.Join("fixtures", filepath.Base(file)), states: map[string]corpus.State{}}
	for name, s := range stores {
		state, err := s.Fixture(ctx, store.FixtureOptions{})
		if err != nil {
			return nil, fmt.Errorf("take the base: %w", err)
		}
		if state.Form != corpus.Entities {
			b.states[name] = state
		}
	}
	if len(b.states) == 0 {
		return nil, nil
	}
	if err := b.redact(redact); err != nil {
		return nil, err
	}
	var err error
	if b.text, err = corpus.FormatState(b.states); err != nil {
		return nil, fmt.Errorf("take the base: %w", err)
	}
	b.text = append([]byte(b.mark), b.text...)
	return openBase(out, b.name, b.text)
}

// openBase is the base of a text, as a reader finds it.
func openBase(out, name string, text []byte) (*Base, error) {
	b := &Base{name: name, text: text}
	var err error
	if b.states, err = corpus.ParseState(b.name, b.text); err != nil {
		return nil, fmt.Errorf("take the base: %w", err)
	}
	target := filepath.Join(out, filepath.FromSlash(b.name))
	b.write = sync.OnceValue(func() error { return corpus.SaveFile(target, b.text) })
	there, err := os.ReadFile(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return b, nil
	case err != nil:
		return nil, fmt.Errorf("take the base: %w", err)
	case !bytes.Equal(withoutMark(there), withoutMark(b.text)):
		return nil, fmt.Errorf("take the base %s: %w; give the seed another name, or record into another directory", target, ErrOtherBase)
	}
	if bytes.Equal(there, b.text) { // else it has another mark, or none
		b.write = func() error { return nil }
	}
	return b, nil
}

// withoutMark is a base without the comment that says that it is redacted, which depends
// on all rules and the key.
func withoutMark(text []byte) []byte {
	if mark, rest, ok := bytes.Cut(text, []byte("\n")); ok && bytes.HasPrefix(mark, []byte("# ")) {
		return rest
	}
	return text
}

// redact makes of the base what may be written of it, as of the fixtures of cases.
func (b *Base) redact(redact func(*corpus.Case) (*corpus.Case, error)) error {
	if redact == nil {
		return nil
	}
	carrier := &corpus.Case{
		Name:     "base",
		Recorded: corpus.Recorded{At: time.Unix(0, 0).UTC()},
		Request:  corpus.Request{Operation: corpus.Query, Fields: []string{"__typename"}, Document: "{ __typename }"},
		Fixture:  corpus.Fixture{Stores: b.states},
		Expect:   corpus.Observation{HTTP: corpus.HTTP{Status: 200}, Response: corpus.JSON("{}")},
	}
	clean, err := redact(carrier)
	if err != nil {
		return fmt.Errorf("redact the base: %w", err)
	}
	b.states = clean.Fixture.Stores
	if len(clean.Tags) > 0 { // a fixture file has none
		b.mark = "# " + strings.Join(clean.Tags, " ") + "\n"
	}
	return nil
}

// carry puts a fixture on the base. One that the base cannot carry exactly stays
// whole.
func (b *Base) carry(whole corpus.Fixture) corpus.Fixture {
	if b == nil {
		return whole
	}
	// A case lies in the directory of its root field.
	out := corpus.Fixture{
		Base: "../" + b.name, Shared: b.states,
		Changes: map[string][]corpus.Effect{}, Stores: map[string]corpus.State{},
	}
	for _, name := range storeNames(whole.Stores, b.states) {
		state := whole.Stores[name]
		base, based := b.states[name]
		if !based {
			out.Stores[name] = state
			continue
		}
		state.Form = base.Form
		changes, own := state.Over(base)
		if len(changes) > 0 {
			out.Changes[name] = changes
		}
		if !own.IsEmpty() {
			out.Stores[name] = own
		}
	}
	if !out.Same(whole) {
		return whole
	}
	return out
}

func storeNames(a, b map[string]corpus.State) []string {
	var names []string
	for _, states := range [...]map[string]corpus.State{a, b} {
		for name := range states {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// place lays the fixture of a case over the base, and writes the base where the
// case stands on it.
func (b *Base) place(c *corpus.Case) error {
	c.Fixture = b.carry(c.Fixture)
	if c.Fixture.Base == "" {
		return nil
	}
	return b.write()
}
