package ledger

import (
	"fmt"
	"sync"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/sidebyside/replay/corpus"
)

// Facts is what expressions see of one case: request, fixture, and what the two
// sides did. Each is converted when the first expression asks for it. It is for
// one goroutine.
type Facts struct{ when, legacy, candidate map[string]any }

// Facts wraps a case and two observations.
func (l *Ledger) Facts(cs *corpus.Case, legacy, candidate *corpus.Observation) *Facts {
	request := lazily(func() (map[string]any, error) { return requestValue(&cs.Request) })
	fixture := lazily(func() (map[string]any, error) { return fixtureValue(cs, l.stores), nil })
	observed := func(o *corpus.Observation) func() ref.Val {
		return lazily(func() (map[string]any, error) { return observationValue(o, l.stores) })
	}
	left := observed(legacy)
	return &Facts{
		when:      map[string]any{"request": request, "fixture": fixture, "legacy": left},
		legacy:    map[string]any{"request": request, "fixture": fixture, "observation": left},
		candidate: map[string]any{"request": request, "fixture": fixture, "observation": observed(candidate)},
	}
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
	t, err := b.when.eval(f.when)
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

// ByLegacy says whether legacy shows the bug. The error says that the witness
// went wrong otherwise than by asking for what is not there.
func (b *Bug) ByLegacy(f *Facts) (Sight, error) { return b.shown(f.legacy) }

// ByCandidate is [Bug.ByLegacy] of the candidate.
func (b *Bug) ByCandidate(f *Facts) (Sight, error) { return b.shown(f.candidate) }

func (b *Bug) shown(vars map[string]any) (Sight, error) {
	t, err := b.witness.eval(vars)
	if err != nil {
		return Unclear, fmt.Errorf("witness: %w", err)
	}
	return [...]Sight{undecided: Unclear, no: Hidden, yes: Shown}[t], nil
}
