package datastoreproxy

import (
	"context"
	"sync"

	"google.golang.org/grpc/metadata"

	"github.com/sidebyside/replay/recorder"
)

// flight is what every recording of an operation has: from its begin until it is
// answered, and its last call, too.
type flight struct {
	mark recorder.Mark
	once sync.Once // of the end

	mu       sync.Mutex
	running  int // calls in flight
	answered bool
	idle     chan struct{} // closed once answered and no call is in flight
	flaw     *recorder.Unrecorded
	md       metadata.MD // of its first call
	calls    int
	marked   int // calls that carried its trace, or a transaction of it
}

func newFlight(m recorder.Mark) flight { return flight{mark: m, idle: make(chan struct{})} }

// trace is the trace id that the operation's calls may carry, "" for none; sole says
// that calls without a mark are its own while nothing else is in flight.
func (f *flight) trace() string { return f.mark.Trace }
func (f *flight) sole() bool    { return f.mark.Sole }

// unanswered says whether legacy is still at it.
func (f *flight) unanswered() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.answered
}

// enter counts a call in; false once the operation is answered.
func (f *flight) enter(md metadata.MD, marked bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.answered {
		return false
	}
	if f.md == nil {
		f.md = md
	}
	f.running++
	f.calls++
	if marked {
		f.marked++
	}
	return true
}

func (f *flight) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.running--; f.running == 0 && f.answered {
		close(f.idle)
	}
}

// Answered ends what belongs to the operation, but for the calls in flight.
func (f *flight) Answered(context.Context) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.answered {
		return
	}
	if f.answered = true; f.running == 0 {
		close(f.idle)
	}
}

// Marked tells how many calls the operation made, and how many of them said whose
// they are.
func (f *flight) Marked() (calls, marked int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls, f.marked
}

// ended waits for the calls in flight.
func (f *flight) ended(ctx context.Context) error {
	select {
	case <-f.idle:
		return nil
	case <-ctx.Done():
		return &recorder.Unrecorded{Reason: "store call still in flight", Detail: ctx.Err().Error()}
	}
}

// spoil says why the operation cannot be recorded. The first reason counts.
func (f *flight) spoil(reason, detail string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.spoilt(reason, detail)
}

// suspect is spoil for a call that may be the operation's.
func (f *flight) suspect(reason, detail string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	f.spoilt(reason, detail)
}

// spoilt is spoil for who holds the lock.
func (f *flight) spoilt(reason, detail string) {
	if f.flaw == nil {
		f.flaw = &recorder.Unrecorded{Reason: reason, Detail: detail}
	}
}

// Flaw says why the operation cannot be recorded, so far as that is known; nil for no
// reason.
func (f *flight) Flaw() *recorder.Unrecorded {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.flaw
}

// metadata are those with which the proxy asks for the operation.
func (f *flight) metadata() metadata.MD {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.md
}
