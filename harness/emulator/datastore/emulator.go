package datastore

import (
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Options configure an Emulator; the zero value is usable.
type Options struct {
	// Listen is the address to serve on, "127.0.0.1:0" when empty.
	Listen string
	// Clock tells the time, of commits, REQUEST_TIME and expiry; time.Now when
	// nil.
	Clock func() time.Time
	// Seed of the scatter of allocated ids: the same seed and content give the
	// same ids.
	Seed uint64
	// IDs says which ids are given out.
	IDs IDPolicy
	// Initial is the first content, empty when nil.
	Initial *State
	// NoJournal is for long-lived emulators that nobody observes: Journal
	// stays empty.
	NoJournal bool
	// Indexes are the composite indexes that exist, as ParseIndexes reads them:
	// a query that needs another one fails with FAILED_PRECONDITION. Nil
	// allows every query.
	Indexes []Index
	// EnforceLimits refuses what the documentation forbids but the official
	// emulators allow: a Lookup of more than 1,000 keys, a commit of more than
	// 500 mutations.
	EnforceLimits bool
}

// Emulator is a running server. All methods are safe for concurrent use.
type Emulator struct {
	opts     Options
	clock    func() time.Time
	ids      allocator
	listener net.Listener
	server   *server

	// state is replaced under mu and read without it.
	state atomic.Pointer[State]
	epoch atomic.Uint64
	txs   txTable

	mu     sync.Mutex
	before *State
	past   history

	journal journal
	watch   atomic.Pointer[Watch]
	flight  flight
	needed  neededIndexes
	closing sync.Once
	done    chan struct{}
}

// Start listens and serves google.datastore.v1. Project ids come from the
// requests; any is accepted.
func Start(opts Options) (*Emulator, error) {
	e := newEmulator(opts)
	addr := opts.Listen
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	e.listener = l
	e.server = serve(e, l)
	return e, nil
}

// newEmulator is an emulator that nobody can reach yet.
func newEmulator(opts Options) *Emulator {
	e := &Emulator{opts: opts, clock: opts.Clock, ids: allocator{opts.IDs, opts.Seed}, done: make(chan struct{})}
	if e.clock == nil {
		e.clock = time.Now
	}
	e.journal.off.Store(opts.NoJournal)
	e.Reset(opts.Initial)
	return e
}

// Addr is the host:port to give to clients.
func (e *Emulator) Addr() string { return e.listener.Addr().String() }

// Close stops serving and cuts requests in flight off. Closing again does
// nothing.
func (e *Emulator) Close() error {
	var err error
	e.closing.Do(func() {
		err = e.server.close()
		close(e.done)
	})
	return err
}

// Done is closed once the emulator has stopped, by Close or by a client's POST
// /shutdown.
func (e *Emulator) Done() <-chan struct{} { return e.done }

// shutdown closes when the requests in flight, that for it included, have got
// their answers, at the latest after a second.
func (e *Emulator) shutdown() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = e.server.http.Shutdown(ctx) // what is left is cut off
	_ = e.Idle(ctx)
	_ = e.Close()
}

// State is the current content. It costs nothing and never changes.
func (e *Emulator) State() *State { return e.state.Load() }

// Reset replaces the whole content, in constant time; nil empties it. The
// journal and the open transactions are forgotten, so that their tokens become
// invalid, and ids are allocated again from where the state stands. A request
// in flight either wrote before, or fails with ABORTED.
func (e *Emulator) Reset(s *State) {
	if s == nil {
		s = NewState()
	}
	s = s.rooted()
	e.mu.Lock()
	defer e.mu.Unlock()
	epoch := e.epoch.Add(1)
	e.state.Store(s)
	e.before = s
	e.past.reset(s)
	e.txs.reset(epoch)
	e.journal.reset(epoch)
}

// Mark forgets the journal and takes the current content as the new Before;
// content and transactions stay.
func (e *Emulator) Mark() {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.state.Load().rooted()
	e.state.Store(s)
	e.before = s
	e.journal.clear()
}

// Before is the content at the last Reset or Mark.
func (e *Emulator) Before() *State {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.before
}

// Journal lists the requests since the last Reset or Mark in the order of their
// completion.
func (e *Emulator) Journal() []Event { return e.journal.copy() }

// Idle waits until no request is in flight, or the context ends.
func (e *Emulator) Idle(ctx context.Context) error { return e.flight.wait(ctx) }

// setState publishes a new state that holds since a time in microseconds. The
// caller holds mu.
func (e *Emulator) setState(s *State, since int64) {
	e.state.Store(s)
	e.past.add(since, s)
}

// journal collects events of the current epoch.
type journal struct {
	off    atomic.Bool
	mu     sync.Mutex
	epoch  uint64
	events []Event
}

func (j *journal) add(epoch uint64, ev *Event) {
	if j.off.Load() {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if epoch == j.epoch {
		j.events = append(j.events, *ev)
	}
}

func (j *journal) reset(epoch uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.epoch = epoch
	j.events = nil
}

func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = nil
}

func (j *journal) copy() []Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.events)
}

// flight counts the requests in flight.
type flight struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // closed when n becomes 0; nil while nobody waits
}

func (f *flight) enter() {
	f.mu.Lock()
	f.n++
	f.mu.Unlock()
}

func (f *flight) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n--
	if f.n == 0 && f.idle != nil {
		close(f.idle)
		f.idle = nil
	}
}

func (f *flight) wait(ctx context.Context) error {
	f.mu.Lock()
	if f.n == 0 {
		f.mu.Unlock()
		return nil
	}
	if f.idle == nil {
		f.idle = make(chan struct{})
	}
	idle := f.idle
	f.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
