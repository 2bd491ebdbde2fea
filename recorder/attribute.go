package recorder

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// Exclusive says which operations are passed on while no other one is in
// flight.
type Exclusive int

const (
	// ExclusiveAuto is ExclusiveAll until legacy has shown that its calls carry the
	// trace of their operation, and ExclusiveNone from then on, until one does not.
	ExclusiveAuto Exclusive = iota
	// ExclusiveAll passes on one operation at a time.
	ExclusiveAll
	// ExclusiveMutations passes on queries side by side, and each mutation alone.
	ExclusiveMutations
	// ExclusiveNone passes on all side by side: a store call belongs to an
	// operation only if it carries its trace or a transaction of it.
	ExclusiveNone
)

var exclusiveNames = []string{"auto", "all", "mutations", "none"}

// String is the name that ParseExclusive reads.
func (e Exclusive) String() string { return exclusiveNames[e] }

// ParseExclusive reads "auto", "all", "mutations" or "none".
func ParseExclusive(name string) (Exclusive, error) {
	for i, known := range exclusiveNames {
		if name == known {
			return Exclusive(i), nil
		}
	}
	return 0, fmt.Errorf("unknown mode %q: choose one of %s", name, strings.Join(exclusiveNames, ", "))
}

// An Attributor is a store that can tell which of its calls belong to which
// operation, so that operations can be recorded side by side.
type Attributor interface {
	store.Recordable
	// Begin starts the recording of an operation that is about to be passed on.
	Begin(Mark) Recording
}

// Mark says by what the store calls of an operation can be known.
type Mark struct {
	// Trace is the trace id of the traceparent with which the operation reaches
	// legacy, 32 hexadecimal digits (W3C Trace Context, section 3.2.2.3); ""
	// without one.
	Trace string
	// Sole says that calls without a mark belong to this operation while no other
	// one is in flight.
	Sole bool
	// Bystander says that the operation is not recorded: it is told apart from
	// others, and nothing needs to be kept of it. Of its Recording only Answered and
	// End are called.
	Bystander bool
}

// Recording is what one operation does with a store.
type Recording interface {
	// Answered is called as soon as legacy has answered the operation, before its
	// client has the answer. What comes later is not part of it.
	Answered(context.Context)
	// Observe and Fixture are those of a store.Recordable, for this operation
	// alone. They are called after Answered. An error that is an Unrecorded says
	// why the operation cannot be a case.
	Observe(context.Context) (store.Observed, error)
	Fixture(context.Context, store.FixtureOptions) (corpus.State, error)
	// End forgets the operation. It is called once, whatever became of it.
	End()
	// Marked tells how many calls the operation made, or may have made, and how many of
	// them carried its trace.
	Marked() (calls, marked int)
}

// A Momentary recording may hold all that it needs once it was Answered, so that
// nothing that comes later changes what it tells.
type Momentary interface {
	Recording
	Momentary() bool
}

// A Flawed recording knows early why it cannot be one, so that it takes no place in the
// queue.
type Flawed interface {
	Recording
	Flaw() *Unrecorded
}

// Unrecorded is the error of a store call or an operation that cannot be
// recorded. The Summary counts by Reason.
type Unrecorded struct{ Reason, Detail string }

func (u *Unrecorded) Error() string { return u.Reason + ": " + u.Detail }

// traced is the request with a traceparent, and the trace id of that. A
// traceparent that the client sent stays. Without a store that reads it the
// request stays as it is.
func (r *Recorder) traced(req *http.Request) (out *http.Request, trace string) {
	if !r.attributes {
		return req, ""
	}
	if m := traceparent.FindStringSubmatch(req.Header.Get("Traceparent")); m != nil {
		return req, m[1]
	}
	if req.Header.Get("Traceparent") != "" {
		return req, ""
	}
	var ids [24]byte
	_, _ = rand.Read(ids[:]) // it never fails
	trace = hex.EncodeToString(ids[:16])
	clone := *req
	clone.Header = req.Header.Clone()
	// Flags 00: legacy's tracing is not asked to keep a trace that it would not
	// have kept.
	clone.Header.Set("Traceparent", "00-"+trace+"-"+hex.EncodeToString(ids[16:])+"-00")
	return &clone, trace
}

var traceparent = regexp.MustCompile(`^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$`)
