package ledger

import (
	"fmt"
	"sync"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/sidebyside/replay/corpus"
)

// Observed is an observation for expressions, converted when the first one asks
// for it.
type Observed struct {
	value func() ref.Val
	vars  map[string]any // of a witness
}

// Observe wraps an observation; it is for one goroutine at a time.
func (l *Ledger) Observe(o *corpus.Observation) *Observed {
	value := lazily(func() (map[string]any, error) { return observationValue(o, l.stores) })
	return &Observed{value: value, vars: map[string]any{"observation": value}}
}

// Facts is what is known before the candidate is asked: the case, and what
// legacy did.
type Facts struct{ vars map[string]any }

// Facts wraps a case with what legacy did.
func (l *Ledger) Facts(cs *corpus.Case, legacy *Observed) *Facts {
	return &Facts{map[string]any{
		"request": lazily(func() (map[string]any, error) { return requestValue(&cs.Request) }),
		"fixture": lazily(func() (map[string]any, error) { return fixtureValue(cs, l.stores), nil }),
		"legacy":  legacy.value,
	}}
}

// lazily converts once, in the form in which CEL takes a variable.
func lazily(convert func() (map[string]any, error)) func() ref.Val {
	return sync.OnceValue(func() ref.Val {
		m, err := convert()
		if err != nil {
			return types.WrapErr(err)
		}
		return types.DefaultTypeAdapter.NativeToValue(m)
	})
}

// Triggered reports whether a case triggers the bug. A case that lacks what the
// expression asks for does not. The error says that the expression went wrong
// otherwise.
func (b *Bug) Triggered(f *Facts) (bool, error) {
	t, err := b.when.eval(f.vars)
	if err != nil {
		return false, fmt.Errorf("when: %w", err)
	}
	return t == yes, nil
}

// Sight is whether an observation shows a bug.
type Sight int

// An observation that lacks what the witness asks for neither shows the bug nor
// shows that it is gone.
const (
	Unclear Sight = iota
	Hidden
	Shown
)

// Shown says whether an observation shows the bug. The error says that the
// witness went wrong otherwise than by asking for what is not there.
func (b *Bug) Shown(o *Observed) (Sight, error) {
	t, err := b.witness.eval(o.vars)
	if err != nil {
		return Unclear, fmt.Errorf("witness: %w", err)
	}
	return [...]Sight{undecided: Unclear, no: Hidden, yes: Shown}[t], nil
}
