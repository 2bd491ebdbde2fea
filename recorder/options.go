package recorder

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/recorder/shape"
)

// Options say what is recorded, and where to. Out is needed, and for New a Target.
type Options struct {
	// Target is legacy's GraphQL endpoint. Requests for its path are operations;
	// those for other paths are passed on to its host. For Handler only its path
	// counts, and nil stands for every path.
	Target *url.URL
	// Stores are those that legacy uses, by the names of the configuration.
	Stores map[string]store.Recordable
	// Upstreams are the services that legacy reaches through it; nil for none.
	Upstreams *Upstreams
	// Out is the corpus directory; it is made when the first case is written.
	Out string
	// KeepHeaders names the request headers that become part of a case. All
	// others are passed on, but never written.
	KeepHeaders []string
	// Identify makes of a request's headers the one in which the case keeps who
	// asks, in place of credentials; nil for none. An empty name adds nothing.
	Identify func(http.Header) (name, value string, err error)
	// Redact makes the case that is written of the one that was recorded, before
	// it has a name; nil to write it as it is. An error costs the recording, never
	// the answer, and stands in the Summary: it must hold no values.
	Redact func(*corpus.Case) (*corpus.Case, error)
	// Base is what fixtures stand on ([NewBase]); nil where each is whole.
	Base *Base
	// Exclusive says which operations run alone. ExclusiveMutations and ExclusiveNone
	// need stores that are Attributors; ExclusiveAuto, the default, makes use of them.
	Exclusive Exclusive
	// Select says which operations are recorded, all by default.
	Select Selection
	// PerShape drops cases that show nothing new; nil keeps all. What it drops is
	// counted as left out by shape.
	PerShape *shape.Limit
	// Guards and Follow say how far a fixture reaches (store.FixtureOptions).
	Guards, Follow int
	// Implementation and Revision say in each case what was recorded.
	Implementation, Revision string
	// Now is the clock, time.Now when nil.
	Now func() time.Time
	// NowHeader names the request header from which legacy takes the time, in RFC
	// 3339; "" for none. A request that has it is recorded at that time.
	NowHeader string
	// Timeout is how long an operation may keep others waiting, 1 minute when 0.
	// One that lasts longer is answered all the same, but neither it nor what ran
	// beside it is recorded.
	Timeout time.Duration
	// MaxBody is the largest request or answer that is recorded, in bytes; 32 MiB
	// when 0. Larger ones are passed on.
	MaxBody int64
	// Queue and QueueBytes bound the recordings that have been answered but not
	// written, by number and by the bytes of their requests, answers and fixtures:
	// 1024 and 256 MiB when 0. What finds the queue full is not recorded.
	Queue      int
	QueueBytes int64
	// Scribe, where it is not nil, starts another process that runs [Scribe], and returns
	// the pipe to it. It makes and writes the cases, so that nothing of that takes
	// processors or memory from the one that answers. Where it ends before the pipe is
	// closed, what it had not written is counted as not recorded, and another is started.
	Scribe func() (io.ReadWriteCloser, error)
	// Drain bounds how long Summary waits for the queue, 1 minute when 0.
	Drain time.Duration
	// Transport reaches legacy; a plain one of net/http, without proxies, when
	// nil.
	Transport http.RoundTripper
}

// check says what is wrong with the options.
func (o *Options) check() error {
	if o.Out == "" {
		return errors.New("new recorder: no directory to write cases to")
	}
	if o.Guards < 0 || o.Follow < 0 {
		return fmt.Errorf("new recorder: guards %d and follow %d must not be negative", o.Guards, o.Follow)
	}
	if o.MaxBody < 0 || o.Queue < 0 || o.QueueBytes < 0 {
		return fmt.Errorf("new recorder: limits of %d bytes, %d recordings and %d bytes must not be negative", o.MaxBody, o.Queue, o.QueueBytes)
	}
	for name, s := range o.Stores {
		if _, ok := s.(Attributor); !ok && (o.Exclusive == ExclusiveMutations || o.Exclusive == ExclusiveNone) {
			return fmt.Errorf("new recorder: store %q cannot tell operations apart: record one at a time (exclusive: all)", name)
		}
	}
	return o.Select.check()
}

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Timeout = orElse(o.Timeout, time.Minute)
	o.MaxBody = orElse(o.MaxBody, 32<<20)
	o.Queue = orElse(o.Queue, 1024)
	o.QueueBytes = orElse(o.QueueBytes, 256<<20)
	o.Drain = orElse(o.Drain, time.Minute)
	return o
}

func orElse[T comparable](value, other T) T {
	var zero T
	if value == zero {
		return other
	}
	return value
}

// tellsApart says whether all stores can tell operations apart.
func (o *Options) tellsApart() bool {
	for _, s := range o.Stores {
		if _, ok := s.(Attributor); !ok {
			return false
		}
	}
	return true
}

// attributed says whether calls are told apart by the trace of their operation.
func (o *Options) attributed() bool {
	for _, s := range o.Stores {
		if _, ok := s.(Attributor); ok {
			return true
		}
	}
	return o.Upstreams != nil && o.Exclusive != ExclusiveAll
}

// endpointQuery is the query of legacy's endpoint.
func (o *Options) endpointQuery() string {
	if o.Target == nil {
		return ""
	}
	return o.Target.RawQuery
}
