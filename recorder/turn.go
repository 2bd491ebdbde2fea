package recorder

import (
	"context"
	"slices"
	"sync"

	"github.com/sidebyside/replay/corpus"
)

// claim is what an operation needs of the others in flight.
type claim int

const (
	// passing may run beside all that does not need to be alone.
	passing claim = iota
	// changing is not recorded and may change what a reading one sees.
	changing
	// reading is recorded beside others that do not change what it sees.
	reading
	// alone is recorded with nothing beside it.
	alone
	claims
)

// apart are the claims that must not be in flight together.
var apart = [claims][claims]bool{
	passing:  {alone: true},
	changing: {reading: true, alone: true},
	reading:  {changing: true, alone: true},
	alone:    {passing: true, changing: true, reading: true, alone: true},
}

// claims says what an operation needs. One that does not parse may be a mutation.
func (e Exclusive) claim(op *operation, recorded bool) claim {
	query := op.Operation == corpus.Query
	switch {
	case e == ExclusiveNone, e == ExclusiveMutations && query && !recorded:
		return passing
	case !recorded:
		return changing
	case e == ExclusiveMutations && query:
		return reading
	}
	return alone
}

// turn decides which operations are in flight together. Who waits is admitted in the
// order of arrival.
type turn struct {
	mu      sync.Mutex
	in      [claims]int
	apart   map[*pass]bool // those in flight that are recorded by being apart from others
	waiting []*pass
	overdue int // in flight, but waited for by nobody
}

// pass is the permission of one operation to be in flight.
type pass struct {
	turn     *turn
	claim    claim
	admitted chan struct{}
	left     bool
	overdue  bool
	// beside is set where one that nobody waits for was in flight at the same time.
	beside bool
}

// enter waits until an operation may be passed on. The error is the context's.
func (t *turn) enter(ctx context.Context, c claim) (*pass, error) {
	p := &pass{turn: t, claim: c, admitted: make(chan struct{})}
	t.mu.Lock()
	t.waiting = append(t.waiting, p)
	t.admit()
	t.mu.Unlock()
	select {
	case <-p.admitted:
		return p, nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-p.admitted:
		p.leaving()
	default:
		t.waiting = slices.DeleteFunc(t.waiting, func(other *pass) bool { return other == p })
		t.admit()
	}
	return nil, ctx.Err()
}

// admit lets in who may be. The caller holds mu.
func (t *turn) admit() {
	for len(t.waiting) > 0 {
		p := t.waiting[0]
		if t.overdue > 0 && p.claim >= reading {
			p.claim, p.beside = changing, true
		}
		for other, n := range t.in {
			if n > 0 && apart[p.claim][other] {
				return
			}
		}
		t.in[p.claim]++
		if p.claim >= reading {
			if t.apart == nil {
				t.apart = map[*pass]bool{}
			}
			t.apart[p] = true
		}
		t.waiting = t.waiting[1:]
		close(p.admitted)
	}
}

// leave ends an operation. Leaving again does nothing.
func (p *pass) leave() {
	p.turn.mu.Lock()
	defer p.turn.mu.Unlock()
	p.leaving()
}

// leaving is leave for who holds mu.
func (p *pass) leaving() {
	if p.left {
		return
	}
	p.left = true
	delete(p.turn.apart, p)
	if p.overdue {
		p.turn.overdue--
	} else {
		p.turn.in[p.claim]--
	}
	p.turn.admit()
}

// outlast lets others go on although the operation has not ended. Where stores
// cannot tell it from them, they are not recorded until it has.
func (p *pass) outlast() {
	p.turn.mu.Lock()
	defer p.turn.mu.Unlock()
	if p.left || p.claim == passing {
		return
	}
	p.overdue = true
	p.turn.in[p.claim]--
	delete(p.turn.apart, p)
	p.turn.overdue++
	p.turn.admit()
}

// intrude counts in what waits for nobody and may change what others see. Those in
// flight, and those that come before it has left, are not apart from it.
func (t *turn) intrude() (leave func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for p := range t.apart {
		p.beside = true
	}
	t.overdue++
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.overdue--
	}
}

// disturbed says whether one that nobody waited for was in flight at the same time.
func (p *pass) disturbed() bool {
	p.turn.mu.Lock()
	defer p.turn.mu.Unlock()
	return p.beside
}

// outlasted says whether others did not wait for the end.
func (p *pass) outlasted() bool {
	p.turn.mu.Lock()
	defer p.turn.mu.Unlock()
	return p.overdue
}
