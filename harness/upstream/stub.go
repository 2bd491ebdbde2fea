package upstream

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/sidebyside/replay/corpus"
)

// Missing is a request that the recording does not answer.
type Missing struct {
	What string // the request, in one line
	Why  string
	// Changing says that the request changes something, so that it shows in the
	// comparison, too.
	Changing bool
}

func (m *Missing) Error() string { return m.What + " (" + m.Why + ")" }

// Stub answers from the calls of one case, for one side. It is safe for use by
// several requests at once.
type Stub struct {
	mu    sync.Mutex
	calls map[string][]*recording // by upstream
	done  map[string]int          // changing calls answered, by upstream
	names renaming
}

// recording is one recorded call.
type recording struct {
	*corpus.Call
	operation                 // of GraphQL
	tree      any             // the answer
	types     map[string]bool // of its objects; nil: not looked for yet
	changing  bool
	epoch     int    // changing calls of the upstream before it
	used      int    // how often a read was given
	spent     []bool // of a mutation, root fields that were answered
}

// NewStub makes a stub of the calls of a case.
func NewStub(cs *corpus.Case) *Stub {
	s := &Stub{calls: map[string][]*recording{}, done: map[string]int{}, names: newRenaming(generated(cs))}
	epochs := map[string]int{}
	for i := range cs.Expect.Calls {
		c := &cs.Expect.Calls[i]
		r := &recording{Call: c, changing: Changes(&c.Request), epoch: epochs[c.Upstream], spent: []bool{false}}
		if c.Request.Document != "" {
			if op, err := parse(&c.Request); err == nil {
				r.operation, r.spent = op, make([]bool, len(op.fields))
			}
		}
		if c.Response.Body != nil {
			r.tree, _ = c.Response.Body.Decode() // the corpus holds JSON only
		}
		if r.changing {
			epochs[c.Upstream]++
		}
		s.calls[c.Upstream] = append(s.calls[c.Upstream], r)
	}
	return s
}

// Answer is the recorded answer to a request. The error is a *Missing.
func (s *Stub) Answer(upstream string, req *corpus.CallRequest) (corpus.CallResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var response corpus.CallResponse
	var err error
	switch changing := Changes(req); {
	case req.Document != "" && changing:
		response, err = s.mutation(upstream, req)
	case req.Document != "":
		response, err = s.query(upstream, req)
	default:
		response, err = s.plain(upstream, req, changing)
	}
	if err != nil {
		return response, &Missing{What: Describe(upstream, req), Why: err.Error(), Changing: Changes(req)}
	}
	return response, nil
}

// reads are the recorded reads in the order in which they are to be tried: those
// from between the same changes first, then those from before, then later ones;
// of one such span each is given once before the last is given again.
func (s *Stub) reads(upstream string) []*recording {
	now := s.done[upstream]
	var out []*recording
	for _, r := range s.calls[upstream] {
		if !r.changing {
			out = append(out, r)
		}
	}
	distance := func(r *recording) int {
		if r.epoch > now {
			return 1<<20 + r.epoch
		}
		return now - r.epoch
	}
	slices.SortStableFunc(out, func(a, b *recording) int {
		return cmp.Or(
			cmp.Compare(distance(a), distance(b)),
			cmp.Compare(min(a.used, 1), min(b.used, 1)),
			s.lastFirst(a, b),
		)
	})
	return out
}

// lastFirst orders reads that were given already: the latest stays in force.
func (s *Stub) lastFirst(a, b *recording) int {
	if a.used == 0 {
		return 0
	}
	calls := s.calls[a.Upstream]
	return cmp.Compare(slices.Index(calls, b), slices.Index(calls, a))
}

// plain answers what is no GraphQL. A changing request takes the first answer
// that is left for exactly this, else for its method and path: what it sends
// otherwise is for the comparison to judge.
func (s *Stub) plain(upstream string, req *corpus.CallRequest, changing bool) (corpus.CallResponse, error) {
	candidates := s.reads(upstream)
	if changing {
		candidates = s.unspent(upstream)
	}
	for _, names := range []renaming{strict(), s.names} {
		for _, r := range candidates {
			if names := names.clone(); r.Request.Document == "" && samePlain(names, &r.Request, req) {
				if names.generated != nil {
					s.names = names
				}
				return s.give(r), nil
			}
		}
	}
	if !changing {
		return corpus.CallResponse{}, errors.New("not recorded with this method, path, query and body")
	}
	for _, r := range candidates {
		names := s.names.clone()
		if r.Request.Document == "" && r.Request.Method == req.Method && samePath(names, r.Request.Path, req.Path) {
			s.names = names
			return s.give(r), nil
		}
	}
	return corpus.CallResponse{}, errors.New("not recorded, or not as often")
}

// unspent are the changing calls that were not answered yet, at least in part.
func (s *Stub) unspent(upstream string) []*recording {
	var out []*recording
	for _, r := range s.calls[upstream] {
		if r.changing && slices.Contains(r.spent, false) {
			out = append(out, r)
		}
	}
	return out
}

// give uses a recorded answer as a whole.
func (s *Stub) give(r *recording) corpus.CallResponse {
	s.use(r)
	for i := range r.spent {
		r.spent[i] = true
	}
	out := r.Response
	if out.Body != nil {
		if b, err := corpus.EncodeJSON(s.names.apply(r.tree)); err == nil {
			out.Body = b
		}
	}
	return out
}

// use counts that an answer, or the first part of it, was given.
func (s *Stub) use(r *recording) {
	if r.changing && !slices.Contains(r.spent, true) {
		s.done[r.Upstream]++
	}
	r.used++
}

func samePlain(names renaming, a, b *corpus.CallRequest) bool {
	return a.Method == b.Method && samePath(names, a.Path, b.Path) && sameBody(names, a.Body, b.Body)
}

func sameBody(names renaming, a, b corpus.JSON) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	x, errX := a.Decode()
	y, errY := b.Decode()
	return errX == nil && errY == nil && names.equal(x, y)
}

// samePath compares path and query; the order of parameters of different names
// does not count.
func samePath(names renaming, a, b string) bool {
	pathA, queryA, _ := strings.Cut(a, "?")
	pathB, queryB, _ := strings.Cut(b, "?")
	if !names.text(trimmed(pathA), trimmed(pathB)) {
		return false
	}
	x, errX := url.ParseQuery(queryA)
	y, errY := url.ParseQuery(queryB)
	if errX != nil || errY != nil {
		return queryA == queryB
	}
	return names.equal(queryTree(x), queryTree(y))
}

func trimmed(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

func queryTree(q url.Values) corpus.Object {
	var o corpus.Object
	for _, name := range slices.Sorted(maps.Keys(q)) {
		var list []any
		for _, v := range q[name] {
			list = append(list, v)
		}
		o = append(o, corpus.Member{Name: name, Value: list})
	}
	return o
}

// statusOf is the status of an answer that is put together.
func statusOf(parts []*recording) int {
	status := http.StatusOK
	for _, r := range parts {
		status = max(status, r.Response.Status)
	}
	return status
}
