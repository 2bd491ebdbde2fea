package datastoreproxy

import (
	"fmt"
	"strings"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
	"github.com/sidebyside/replay/recorder"
)

// mismatch says which call would be answered otherwise in a replay.
type mismatch struct{ call, detail string }

func (m *mismatch) unrecorded() *recorder.Unrecorded {
	return &recorder.Unrecorded{
		Reason: "store would not answer the same on the fixture",
		Detail: m.call + ": " + m.detail,
	}
}

// again makes the calls of an operation on a content, and returns the content
// after them, or the first call that is answered otherwise.
func again(before *emulator.State, entries []*entry) (*emulator.State, *mismatch) {
	r := rerun{state: before, begun: map[string]*emulator.State{}}
	for _, e := range entries {
		if detail := r.call(e); detail != "" {
			return nil, &mismatch{e.Method, detail}
		}
	}
	return r.state, nil
}

type rerun struct {
	state *emulator.State
	begun map[string]*emulator.State // the content that transactions read
}

// call makes one call again, and says what is different.
func (r *rerun) call(e *entry) string {
	view := r.view(e)
	switch {
	case e.commit != nil:
		return r.commit(e)
	case e.Query != nil:
		return queryAgain(view, e)
	case e.Err != nil:
		return "" // refused for what it says
	}
	return lookupAgain(view, e)
}

// view is the content that a call reads.
func (r *rerun) view(e *entry) *emulator.State {
	if e.tx == "" {
		return r.state
	}
	if r.begun[e.tx] == nil {
		r.begun[e.tx] = r.state
	}
	return r.begun[e.tx]
}

func lookupAgain(view *emulator.State, e *entry) string {
	for i, k := range e.Found {
		if d := different(view.Get(k), e.found[i], e.whole); d != "" {
			return d
		}
	}
	for _, k := range e.Missing {
		if view.Get(k) != nil {
			return keyText(k) + " is there"
		}
	}
	return ""
}

// different compares what is at a key with what was answered, of which only some
// properties may be known.
func different(is, was *pb.Entity, whole bool) string {
	same := proto.Equal
	switch {
	case is == nil:
		return keyText(was.GetKey()) + " is not there"
	case !whole:
		same = sameParts
	}
	if !same(is, was) {
		return keyText(was.GetKey()) + " is another one"
	}
	return ""
}

// sameParts compares the properties that were answered, but for what only marks
// them as rows of an index.
func sameParts(is, was proto.Message) bool {
	all := is.(*pb.Entity).GetProperties()
	for name, v := range was.(*pb.Entity).GetProperties() {
		v, now := proto.CloneOf(v), proto.CloneOf(all[name])
		if now == nil {
			return false
		}
		v.Meaning, v.ExcludeFromIndexes, now.Meaning, now.ExcludeFromIndexes = 0, false, 0, false
		if !proto.Equal(v, now) {
			return false
		}
	}
	return true
}

func queryAgain(view *emulator.State, e *entry) string {
	req := proto.CloneOf(e.Query)
	req.ReadOptions, req.ExplainOptions = nil, nil
	batch, err := view.Run(req)
	switch {
	case (err != nil) != (e.Err != nil):
		return fmt.Sprintf("%v instead of %v", err, e.Err)
	case err != nil:
		return ""
	}
	got := batch.GetEntityResults()
	if len(got) < len(e.Found) || e.ended && len(got) > len(e.Found) {
		return fmt.Sprintf("%d results instead of %d", len(got), len(e.Found))
	}
	for i, k := range e.Found {
		if !samePath(got[i].GetEntity().GetKey(), k) {
			return fmt.Sprintf("result %d is %s instead of %s", i, keyText(got[i].GetEntity().GetKey()), keyText(k))
		}
		if e.found == nil {
			continue // of an aggregation
		}
		if d := different(got[i].GetEntity(), e.found[i], e.whole); d != "" {
			return d
		}
	}
	return ""
}

func (r *rerun) commit(e *entry) string {
	after, resp, err := r.state.Commit(e.commit, committedAt(e))
	r.state = after
	if status.Code(err) != status.Code(e.Err) {
		return fmt.Sprintf("%v instead of %v", err, e.Err)
	}
	for i, now := range resp.GetMutationResults() {
		if e.results == nil || i >= len(e.results.GetMutationResults()) {
			break
		}
		m := e.results.GetMutationResults()[i]
		if now.GetConflictDetected() != m.GetConflictDetected() {
			return fmt.Sprintf("mutation %d: conflict %v instead of %v", i, now.GetConflictDetected(), m.GetConflictDetected())
		}
		for n, v := range m.GetTransformResults() {
			if n >= len(now.GetTransformResults()) || !proto.Equal(v, now.GetTransformResults()[n]) {
				return fmt.Sprintf("mutation %d: transform %d gives another value", i, n)
			}
		}
	}
	return ""
}

// committedAt is the time that a commit's transforms gave as that of the request,
// else when it came.
func committedAt(e *entry) time.Time {
	for i, m := range e.results.GetMutationResults() {
		if i >= len(e.commit.GetMutations()) {
			break
		}
		for n, t := range e.commit.GetMutations()[i].GetPropertyTransforms() {
			if t.GetSetToServerValue() == pb.PropertyTransform_REQUEST_TIME && n < len(m.GetTransformResults()) {
				return m.GetTransformResults()[n].GetTimestampValue().AsTime()
			}
		}
	}
	return e.Time
}

// samePath compares two keys of one partition.
func samePath(a, b *pb.Key) bool {
	return proto.Equal(&pb.Key{Path: a.GetPath()}, &pb.Key{Path: b.GetPath()})
}

// keyText is a key for people.
func keyText(k *pb.Key) string {
	var b strings.Builder
	for i, e := range k.GetPath() {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(e.GetKind() + "/")
		if e.GetName() != "" {
			b.WriteString(e.GetName())
		} else {
			fmt.Fprint(&b, e.GetId())
		}
	}
	return b.String()
}
