package recorder

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"

	"golang.org/x/time/rate"

	"github.com/sidebyside/replay/corpus"
)

// Selection says which operations are recorded; the zero value says all. The others
// are passed on and answered in the same way, and counted in the Summary.
type Selection struct {
	// Only is the type of the operations that are recorded, "" for both.
	Only corpus.OperationType
	// Sample is the share of requests that is recorded, above 0 and at most 1; 0
	// stands for all. A request with a traceparent is chosen by its trace id, so that
	// all requests of one trace are recorded or none, here and in every recorder with
	// the same share; any other one by chance. It is not chosen by its content: what
	// is asked most often would be recorded always or never.
	Sample float64
	// Rate is the greatest number of cases per second, 0 for no limit. What was not
	// used of a second is not saved up for more than one.
	Rate float64
}

// What was left out, as the Summary names it.
const (
	leftOutOnly   = "only"
	leftOutSample = "sample"
	leftOutRate   = "rate"
	leftOutShape  = "shape"
	leftOutClosed = "recording has ended"
)

func (s Selection) check() error {
	switch {
	case s.Only != "" && s.Only != corpus.Query && s.Only != corpus.Mutation:
		return fmt.Errorf("new recorder: cannot record only %q: choose %s or %s", s.Only, corpus.Query, corpus.Mutation)
	case !(s.Sample >= 0 && s.Sample <= 1):
		return fmt.Errorf("new recorder: a sample of %v is no share: it lies above 0 and is at most 1", s.Sample)
	case !(s.Rate >= 0) || math.IsInf(s.Rate, 0):
		return fmt.Errorf("new recorder: %v cases per second are no rate", s.Rate)
	}
	return nil
}

// selector applies a Selection.
type selector struct {
	Selection
	bucket *rate.Limiter // nil without a rate
	chance func() float64
}

func newSelector(s Selection) selector {
	out := selector{Selection: s, chance: rand.Float64}
	if s.Rate > 0 {
		out.bucket = rate.NewLimiter(rate.Limit(s.Rate), max(1, int(s.Rate)))
	}
	return out
}

// sampled says whether a request belongs to the sample.
func (s *selector) sampled(h http.Header) bool {
	if s.Sample == 0 || s.Sample == 1 {
		return true
	}
	if m := traceparent.FindStringSubmatch(h.Get("Traceparent")); m != nil {
		return shareOf(m[1]) < s.Sample
	}
	return s.chance() < s.Sample
}

// shareOf is where a trace id lies between 0 and 1. Its last 7 bytes are random (W3C
// Trace Context Level 2, section 3.2.2.3.1).
func shareOf(trace string) float64 {
	var id [16]byte
	_, _ = hex.Decode(id[:], []byte(trace)) // the pattern says that it can
	return float64(binary.BigEndian.Uint64(id[8:])&(1<<56-1)) / (1 << 56)
}

// leaves says why an operation of a request is left out, "" if it is recorded. It
// must be asked once for each, because the rate counts.
func (s *selector) leaves(op *operation, sampled bool) (why string) {
	switch {
	case s.Only != "" && op.Operation != s.Only:
		return leftOutOnly
	case !sampled:
		return leftOutSample
	case s.bucket != nil && !s.bucket.Allow():
		return leftOutRate
	}
	return ""
}
