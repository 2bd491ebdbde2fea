package datastoreproxy_test

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"

	ds "cloud.google.com/go/datastore"
	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc"

	"github.com/sidebyside/replay/harness/store"
)

// noting is a target that keeps the names of the calls that reach it.
type noting struct {
	pb.UnimplementedDatastoreServer
	target pb.DatastoreClient
	mute   bool // it does not tell when it commits

	mu    sync.Mutex
	calls []string
}

func (n *noting) note(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.calls = append(n.calls, name)
}

// taken are the calls since the last time.
func (n *noting) taken() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	calls := n.calls
	n.calls = nil
	return calls
}

func (n *noting) Lookup(ctx context.Context, r *pb.LookupRequest) (*pb.LookupResponse, error) {
	n.note("Lookup")
	return n.target.Lookup(ctx, r)
}

func (n *noting) Commit(ctx context.Context, r *pb.CommitRequest) (*pb.CommitResponse, error) {
	n.note("Commit")
	resp, err := n.target.Commit(ctx, r)
	if n.mute && err == nil {
		resp.CommitTime = nil
		for _, m := range resp.GetMutationResults() {
			m.UpdateTime, m.CreateTime = nil, nil
		}
	}
	return resp, err
}

// startNoting serves one before a store.
func startNoting(t *testing.T, target string, mute bool) (n *noting, address string) {
	t.Helper()
	n = &noting{target: rawClient(t, target), mute: mute}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	pb.RegisterDatastoreServer(s, n)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	return n, l.Addr().String()
}

// Legacy does not wait for reads of the recorder's own before a single write, where the
// target tells its times. What is recorded is what the journal of an embedded emulator
// yields.
func TestBlindWrites(t *testing.T) {
	put := func(k *ds.Key, title string) func(context.Context, *ds.Client) error {
		return func(ctx context.Context, c *ds.Client) error {
			_, err := c.Put(ctx, k, &ds.PropertyList{{Name: "Title", Value: title}})
			return err
		}
	}
	mutate := func(m ...*ds.Mutation) func(context.Context, *ds.Client) error {
		return func(ctx context.Context, c *ds.Client) error {
			_, err := c.Mutate(ctx, m...)
			return err
		}
	}
	there, nowhere := clientKey(1, 1), clientKey(1, 70)
	props := &ds.PropertyList{{Name: "Title", Value: "new"}}
	tests := []struct {
		reason string
		do     func(context.Context, *ds.Client) error
		before int // lookups before the commit
	}{
		{"a key that was there", put(there, "other"), 0},
		{"the same again changes nothing", put(there, "other"), 0},
		{"a key that was not there", put(nowhere, "first"), 0},
		{"an insert", mutate(ds.NewInsert(clientKey(1, 71), props)), 0},
		{"an insert of what is there is refused", mutate(ds.NewInsert(there, props)), 0},
		{"an update", mutate(ds.NewUpdate(there, props)), 0},
		{"an update of what is not there is refused", mutate(ds.NewUpdate(clientKey(1, 72), props)), 0},
		{"a delete, of which no time is told", mutate(ds.NewDelete(nowhere)), 1},
		{"a delete of what is not there", mutate(ds.NewDelete(nowhere)), 1},
		{"two writes of one key", func(ctx context.Context, c *ds.Client) error {
			if err := put(there, "one")(ctx, c); err != nil {
				return err
			}
			return put(there, "two")(ctx, c)
		}, 0},
		{"two keys at a time, of which one may be written and the other not", func(ctx context.Context, c *ds.Client) error {
			_, err := c.PutMulti(ctx, []*ds.Key{there, nowhere}, []ds.PropertyList{*props, *props})
			return err
		}, 1},
	}
	direct, behind := openStore(t, school()), openStore(t, school())
	target, address := startNoting(t, behind.URL(), false)
	proxy := startProxy(t, address)
	clients := [2]*ds.Client{newClient(t, direct.URL()), newClient(t, proxy.URL())}
	observe := func(s store.Recordable, c *ds.Client, do func(context.Context, *ds.Client) error) (out outcome) {
		t.Helper()
		if err := s.Continue(t.Context()); err != nil {
			t.Fatal(err)
		}
		out.told = append(out.told, told("", do(t.Context(), c)))
		var err error
		if out.seen, err = s.Observe(t.Context()); err == nil {
			out.fixture, err = s.Fixture(t.Context(), store.FixtureOptions{Follow: 1})
		}
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	// The first commit is looked behind after it was looked before.
	first := put(clientKey(2, 1), "first of all")
	observe(direct, clients[0], first)
	observe(proxy, clients[1], first)
	target.taken()
	for _, test := range tests {
		want := observe(direct, clients[0], test.do)
		got := observe(proxy, clients[1], test.do)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(outcome{}), cmpopts.EquateEmpty(), equalValues); diff != "" {
			t.Errorf("%s: by the journal (-), through the proxy (+):\n%s", test.reason, diff)
		}
		calls := target.taken()
		if before := slices.Index(calls, "Commit"); before != test.before {
			t.Errorf("%s: %d calls before the commit, want %d: %v", test.reason, before, test.before, calls)
		}
	}
}

// A target that does not tell when it commits is always asked before.
func TestWritesOfATargetWithoutTimes(t *testing.T) {
	target, address := startNoting(t, openStore(t, school()).URL(), true)
	proxy := startProxy(t, address)
	c := newClient(t, proxy.URL())
	for i := range 3 {
		if err := proxy.Continue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Put(t.Context(), clientKey(1, int64(i+1)), &ds.PropertyList{{Name: "Title", Value: "x"}}); err != nil {
			t.Fatal(err)
		}
		seen, err := proxy.Observe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if calls := target.taken(); calls[0] != "Lookup" || len(seen.Approximate) != 1 {
			t.Errorf("write %d: %v, approximate %v", i+1, calls, seen.Approximate)
		}
	}
}
