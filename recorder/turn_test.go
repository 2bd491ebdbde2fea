package recorder

import (
	"context"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
)

func TestClaims(t *testing.T) {
	query, mutation := &operation{}, &operation{}
	query.Operation, mutation.Operation = corpus.Query, corpus.Mutation
	tests := []struct {
		mode     Exclusive
		op       *operation
		recorded bool
		want     claim
		reason   string
	}{
		{ExclusiveAll, query, true, alone, "the store cannot tell queries apart"},
		{ExclusiveAll, query, false, changing, "what it reads must not be taken for that of another"},
		{ExclusiveMutations, query, true, reading, "queries do not disturb each other"},
		{ExclusiveMutations, query, false, passing, "one that is not recorded does not, either"},
		{ExclusiveMutations, mutation, true, alone, "what it writes must be its own"},
		{ExclusiveMutations, mutation, false, changing, "recorded queries must not see half of it"},
		{ExclusiveMutations, &operation{}, false, changing, "what does not parse may be a mutation"},
		{ExclusiveNone, mutation, true, passing, "the trace tells"},
		{ExclusiveNone, mutation, false, passing, "the trace tells"},
	}
	for _, tt := range tests {
		if got := tt.mode.claim(tt.op, tt.recorded); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.reason, got, tt.want)
		}
	}
}

func (p *pass) isIn() bool {
	select {
	case <-p.admitted:
		return true
	default:
		return false
	}
}

// At no time are two operations in flight that must be apart, nobody is overtaken by
// one that must be apart from it, and whoever can be let in is.
func TestTurnIsKept(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var tn turn
		var all []*pass
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			if n := len(all); n > 0 && rapid.Bool().Draw(rt, "leaves") {
				if p := all[rapid.IntRange(0, n-1).Draw(rt, "who")]; p.isIn() {
					p.leave()
					p.leave() // again does nothing
					all = slices.DeleteFunc(all, func(other *pass) bool { return other == p })
				}
			} else {
				p := &pass{turn: &tn, claim: claim(rapid.IntRange(0, int(claims)-1).Draw(rt, "claim")), admitted: make(chan struct{})}
				tn.mu.Lock()
				tn.waiting = append(tn.waiting, p)
				tn.admit()
				tn.mu.Unlock()
				all = append(all, p)
			}
			var in []*pass
			waiting := (*pass)(nil)
			for _, p := range all {
				switch {
				case p.isIn() && waiting != nil:
					rt.Fatal("one that came later was let in first")
				case p.isIn():
					in = append(in, p)
				case waiting == nil:
					waiting = p
				}
			}
			for i, p := range in {
				for _, other := range in[:i] {
					if apart[p.claim][other.claim] {
						rt.Fatalf("claims %d and %d are in flight together", p.claim, other.claim)
					}
				}
			}
			if waiting != nil && !slices.ContainsFunc(in, func(p *pass) bool { return apart[waiting.claim][p.claim] }) {
				rt.Fatalf("claim %d waits for nothing", waiting.claim)
			}
		}
	})
}

// Who gives up waiting holds nobody up.
func TestTurnGivenUp(t *testing.T) {
	var tn turn
	first, err := tn.enter(t.Context(), passing)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tn.enter(ctx, alone); err == nil {
		t.Error("it was let in")
	}
	second, err := tn.enter(t.Context(), passing)
	if err != nil {
		t.Fatal(err)
	}
	first.leave()
	second.leave()
	if last, err := tn.enter(t.Context(), alone); err != nil || tn.in[alone] != 1 {
		t.Errorf("%v, %v", last, err)
	}
}
