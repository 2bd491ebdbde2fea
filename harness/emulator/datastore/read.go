package datastore

import (
	"sort"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// view is the content that one request reads.
type view struct {
	*content
	tx       *transaction // nil outside transactions
	token    []byte       // of a transaction that the request began
	readTime int64        // in microseconds
	eventual bool
}

// view finds what a request reads: the current content, that of its
// transaction, or that of its read time.
func (c *call) view(opts *pb.ReadOptions) (*view, error) {
	switch t := opts.GetConsistencyType().(type) {
	case *pb.ReadOptions_Transaction:
		c.event.Transaction = t.Transaction
		tx, err := c.e.txs.find(c.db, t.Transaction, c.now)
		if err != nil {
			return nil, err
		}
		c.event.View = tx.state
		return &view{content: tx.snapshot, tx: tx, readTime: tx.readTime}, nil
	case *pb.ReadOptions_NewTransaction:
		token, tx, err := c.begin(t.NewTransaction)
		if err != nil {
			return nil, err
		}
		c.event.Transaction, c.event.View = token, tx.state
		return &view{content: tx.snapshot, tx: tx, token: token, readTime: tx.readTime}, nil
	case *pb.ReadOptions_ReadTime:
		at, err := c.readTime(t.ReadTime)
		if err != nil {
			return nil, err
		}
		c.event.View = at
		return &view{content: at.db(c.db), readTime: micros(t.ReadTime)}, nil
	}
	eventual := opts.GetReadConsistency() == pb.ReadOptions_EVENTUAL
	c.event.View = c.e.state.Load()
	return &view{content: c.event.View.db(c.db), readTime: c.now, eventual: eventual}, nil
}

// snapshotVersion is zero for eventually consistent reads, as the comment of
// QueryResultBatch.snapshot_version says.
func (v *view) snapshotVersion() int64 {
	if v.eventual {
		return 0
	}
	return max(v.version, 1)
}

// timeOfRead is unset for eventually consistent reads.
func (v *view) timeOfRead() *timestamppb.Timestamp {
	if v.eventual {
		return nil
	}
	return timestamp(v.readTime)
}

// maxAge is how far a read time may lie back, in microseconds: "a microsecond
// precision timestamp within the past one hour".
const maxAge = 3600e6

// past is the state since a moment, in microseconds.
type past struct {
	since int64
	state *State
}

// maxHistory bounds the past states that are kept for read times.
const maxHistory = 500

// history lists past states; the first one holds for all time before, too,
// unless older ones were dropped.
type history struct {
	states  []past
	dropped bool
}

func (h *history) reset(s *State) {
	*h = history{states: append(h.states[:0:0], past{0, s})}
}

func (h *history) add(at int64, s *State) {
	h.states = append(h.states, past{at, s})
	if len(h.states) > 2*maxHistory {
		n := copy(h.states, h.states[len(h.states)-maxHistory:])
		clear(h.states[n:])
		h.states = h.states[:n]
		h.dropped = true
	}
}

func (h *history) at(t int64) *State {
	i := sort.Search(len(h.states), func(i int) bool { return h.states[i].since > t })
	if i == 0 {
		if h.dropped {
			return nil
		}
		i = 1
	}
	return h.states[i-1].state
}

var errTooOld = status.Error(codes.FailedPrecondition, "The requested 'read_time' is too old.")

// readTime finds the state of all databases at a read time.
func (c *call) readTime(t *timestamppb.Timestamp) (*State, error) {
	if err := t.CheckValid(); err != nil {
		return nil, invalid("invalid 'read_time': %v", err)
	}
	if t.Nanos%1000 != 0 {
		return nil, invalid("timestamp cannot have more than microseconds precision")
	}
	at := micros(t)
	switch {
	case at > c.now:
		return nil, invalid("The requested 'read_time' cannot be in the future.")
	case at < c.now-maxAge:
		return nil, errTooOld
	}
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	if s := c.e.past.at(at); s != nil {
		return s, nil
	}
	return nil, errTooOld
}
