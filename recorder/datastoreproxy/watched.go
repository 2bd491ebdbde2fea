package datastoreproxy

import (
	"context"
	"fmt"
	"maps"
	"slices"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/sidebyside/replay/corpus"
	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/datastore"
	"github.com/sidebyside/replay/recorder"
)

// Watched is an embedded Datastore whose calls are told apart as those of a Proxy
// are. Nothing stands before it and nothing has to be asked for: it holds every
// content that an operation saw.
type Watched struct {
	*datastore.Store
	register register[*watched]
}

var (
	_ recorder.Attributor = (*Watched)(nil)
	_ recorder.Recording  = (*watched)(nil)
)

// Watch has the calls of an embedded Datastore told apart from now on. Its own
// Observe, Moment and Fixture tell nothing any more.
func Watch(s *datastore.Store) *Watched {
	w := &Watched{Store: s}
	s.Watch(w.call)
	return w
}

// Begin starts the recording of an operation.
func (w *Watched) Begin(m recorder.Mark) recorder.Recording {
	o := &watched{flight: newFlight(m), of: w}
	w.register.add(o)
	return o
}

// Strays counts the calls that belonged to no operation for certain, by reason.
func (w *Watched) Strays() map[string]int { return w.register.counted() }

// call finds whose a call is, and has it taken down.
func (w *Watched) call(name string, md metadata.MD, message proto.Message) func(*emulator.Event) {
	req, ok := message.(request)
	if !ok {
		return nil
	}
	c := &call{name: name, md: md, req: req}
	c.token, c.previous = tokens(req)
	o, ok := w.register.enter(c)
	if !ok {
		return nil
	}
	return func(e *emulator.Event) {
		defer o.leave()
		o.take(c, e)
	}
}

// watched is the recording of one operation on an embedded Datastore.
type watched struct {
	flight
	of *Watched

	// Guarded by the flight's lock.
	events []watchedCall
}

// watchedCall is one call of the operation.
type watchedCall struct {
	emulator.Event
	commit *pb.CommitRequest // nil for others
}

// End forgets the operation. What it saw stays.
func (o *watched) End() { o.once.Do(func() { o.of.register.remove(o) }) }

// take takes down what came of a call.
func (o *watched) take(c *call, e *emulator.Event) {
	if len(e.Transaction) > 0 && c.token == "" && e.Err == nil {
		o.of.register.began(string(e.Transaction), o)
	}
	if o.mark.Bystander {
		return
	}
	commit, _ := c.req.(*pb.CommitRequest)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.events = append(o.events, watchedCall{*e, commit})
}

// Momentary says whether the operation has all that it needs: nothing that others do
// from now on changes what it saw.
func (o *watched) Momentary() bool {
	select {
	case <-o.idle:
		return true
	default:
		return false
	}
}

// Observe tells what the operation did, once its calls have been answered.
func (o *watched) Observe(ctx context.Context) (store.Observed, error) {
	r, err := o.recording(ctx)
	if err != nil {
		return store.Observed{}, err
	}
	return r.Observed()
}

// Fixture is what the operation depended on.
func (o *watched) Fixture(ctx context.Context, opts store.FixtureOptions) (corpus.State, error) {
	r, err := o.recording(ctx)
	if err != nil {
		return corpus.State{}, err
	}
	return r.Fixture(opts)
}

// recording is what the operation did on the content that it met first. If others
// wrote in between, its calls are made again on that content: it is recorded only if
// it would have been told the same alone.
func (o *watched) recording(ctx context.Context) (datastore.Recording, error) {
	if err := o.ended(ctx); err != nil {
		return datastore.Recording{}, err
	}
	o.mu.Lock()
	events, flaw := o.events, o.flaw
	o.mu.Unlock()
	if flaw != nil {
		return datastore.Recording{}, flaw
	}
	r := datastore.Recording{Partition: o.of.Partition(), Before: first(events)}
	r.After = r.Before
	if inOneGo(events) {
		for _, e := range events {
			if e.After != nil {
				r.After = e.After
			}
		}
	} else {
		var err error
		if events, err = withoutLost(events); err != nil {
			return datastore.Recording{}, err
		}
		var m *mismatch
		if r.After, m = watchedAgain(r.Before, events); m != nil {
			return datastore.Recording{}, m.unrecorded()
		}
	}
	for _, e := range events {
		r.Journal = append(r.Journal, e.Event)
	}
	return r, nil
}

// first is the content that the first of the calls met.
func first(events []watchedCall) *emulator.State {
	for _, e := range events {
		if e.View != nil {
			return e.View
		}
	}
	return emulator.NewState()
}

// inOneGo says whether each call met the content that the one before it left, or its
// transaction began with: then nobody else wrote from the first to the last.
func inOneGo(events []watchedCall) bool {
	now := first(events)
	begun := map[string]*emulator.State{}
	for _, e := range events {
		if e.View == nil {
			continue
		}
		met := now
		if token := string(e.Transaction); token != "" && e.commit == nil {
			if begun[token] == nil {
				begun[token] = now
			}
			met = begun[token]
		}
		if e.View != met {
			return false
		}
		if e.After != nil {
			now = e.After
		}
	}
	return true
}

// withoutLost leaves out the transactions that met others and were tried again. The
// error is for one that was not.
func withoutLost(events []watchedCall) ([]watchedCall, error) {
	lost := map[string][]string{} // what they wrote, by transaction
	for _, e := range events {
		if status.Code(e.Err) != codes.Aborted {
			continue
		}
		if e.commit == nil || len(e.Transaction) == 0 {
			return nil, &recorder.Unrecorded{Reason: contention, Detail: e.Method}
		}
		lost[string(e.Transaction)] = keysOf(e.commit)
	}
	if len(lost) == 0 {
		return events, nil
	}
	for _, e := range events {
		if e.commit != nil && e.Err == nil {
			maps.DeleteFunc(lost, func(_ string, keys []string) bool { return slices.Equal(keys, keysOf(e.commit)) })
		}
	}
	if len(lost) > 0 {
		return nil, &recorder.Unrecorded{Reason: contention, Detail: "no further attempt came through"}
	}
	aborted := map[string]bool{}
	for _, e := range events {
		if status.Code(e.Err) == codes.Aborted {
			aborted[string(e.Transaction)] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(events), func(e watchedCall) bool { return aborted[string(e.Transaction)] }), nil
}

// keysOf are the keys that a commit writes.
func keysOf(c *pb.CommitRequest) []string {
	var out []string
	for _, m := range c.GetMutations() {
		out = append(out, keyText(mutated(m)))
	}
	return out
}

// watchedAgain makes the calls of an operation on another content than they met, and
// returns the content after them, or the first call that is answered otherwise.
func watchedAgain(before *emulator.State, events []watchedCall) (*emulator.State, *mismatch) {
	r := rerun{state: before.Fork(), begun: map[string]*emulator.State{}}
	for _, e := range events {
		if detail := r.watched(e); detail != "" {
			return nil, &mismatch{e.Method, detail}
		}
	}
	return r.state, nil
}

func (r *rerun) watched(e watchedCall) string {
	to := &entry{Event: e.Event, tx: string(e.Transaction)}
	view := r.view(to)
	switch {
	case e.commit != nil:
		to.commit, to.results = e.commit, &pb.CommitResponse{MutationResults: e.Results}
		if e.Err == nil {
			to.commit = completed(e.commit, e.Results)
		}
		return r.commit(to)
	case e.View == nil, e.Err != nil:
		return "" // refused for what it says
	case e.Query != nil:
		return sameResults(view, e.View, e.Query)
	}
	for _, k := range slices.Concat(e.Found, e.Missing) {
		if !sameEntity(view.Get(k), e.View.Get(k)) {
			return keyText(k) + " is another one"
		}
	}
	return ""
}

// sameResults says what is different in the results of a query on two contents. For an
// aggregation it is the query under it.
func sameResults(is, was *emulator.State, req *pb.RunQueryRequest) string {
	now, err := is.Run(req)
	if err != nil {
		return err.Error()
	}
	then, err := was.Run(req)
	if err != nil {
		return err.Error()
	}
	got, want := now.GetEntityResults(), then.GetEntityResults()
	if len(got) != len(want) {
		return fmt.Sprintf("%d results instead of %d", len(got), len(want))
	}
	for i := range got {
		if !sameEntity(got[i].GetEntity(), want[i].GetEntity()) {
			return fmt.Sprintf("result %d is another one than %s", i, keyText(want[i].GetEntity().GetKey()))
		}
	}
	return ""
}

// sameEntity is quick where two contents share an entity.
func sameEntity(a, b *pb.Entity) bool { return a == b || proto.Equal(a, b) }
