package datastore

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/sidebyside/replay/corpus"
	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
	"github.com/sidebyside/replay/harness/store"
)

// Remote is an emulator that runs elsewhere, in a container or as the installed
// one: a private one, reached through a server of ours that notes what is asked.
type Remote struct {
	partition Partition
	machine   machine
	target    string // host:port of the emulator
	conn      *grpc.ClientConn
	client    pb.DatastoreClient
	listener  net.Listener
	grpc      *grpc.Server
	http      *http.Server
	flight    atomic.Int64
	closed    atomic.Bool

	mu         sync.Mutex
	journal    []emulator.Event
	namespaces map[string]bool // that may hold something
	before     *emulator.State
}

var _ store.Recordable = (*Remote)(nil)

// machine is what an emulator runs in.
type machine interface {
	// Exited is closed when it has ended.
	Exited() <-chan struct{}
	// Blame adds the last lines of its log to an error.
	Blame(err error) error
	Close() error
}

// newRemote serves what a running emulator answers. It owns the machine.
func newRemote(o Options, m machine, target string) (_ *Remote, err error) {
	r := &Remote{
		partition: Partition{Project: o.Project, Database: o.Database}, machine: m, target: target,
		namespaces: map[string]bool{"": true}, before: emulator.NewState(),
	}
	defer func() {
		if err != nil {
			_ = r.Close()
		}
	}()
	unlimited := grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32), grpc.MaxCallSendMsgSize(math.MaxInt32))
	if r.conn, err = grpc.NewClient("passthrough:///"+target, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy(), unlimited); err != nil {
		return nil, err
	}
	r.client = pb.NewDatastoreClient(r.conn)
	listen := o.Listen
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	if r.listener, err = net.Listen("tcp", listen); err != nil {
		return nil, err
	}
	r.serve()
	return r, nil
}

// URL is the host:port at which implementations reach the emulator.
func (r *Remote) URL() string { return r.listener.Addr().String() }

// Env holds the variables by which the official clients find the emulator.
func (r *Remote) Env() map[string]string { return Env(r.URL(), r.partition.Project) }

// Seed replaces the whole content by the state, reads it back, and compares.
func (r *Remote) Seed(ctx context.Context, state corpus.State) error {
	if err := r.seed(ctx, state); err != nil {
		return r.blame(fmt.Errorf("seed datastore: %w", err))
	}
	return nil
}

func (r *Remote) seed(ctx context.Context, state corpus.State) error {
	want, err := r.partition.State(state)
	if err != nil {
		return err
	}
	if err := r.idle(ctx); err != nil {
		return err
	}
	if err := r.reset(ctx); err != nil {
		return err
	}
	if err := r.put(ctx, state.Entities); err != nil {
		return err
	}
	r.forget(state)
	have, err := r.content(ctx)
	if err != nil {
		return err
	}
	if left := emulator.Diff(want, have); len(left) > 0 {
		return fmt.Errorf("%d entities differ from the fixture: is another client writing to %s?", len(left), r.target)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.before = have
	return nil
}

// forget begins anew, with the namespaces of a state.
func (r *Remote) forget(state corpus.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.journal, r.namespaces = nil, map[string]bool{"": true}
	for _, e := range state.Entities {
		r.namespaces[e.Key.Namespace] = true
	}
}

// maxMutations is how many mutations a commit may have (the service's limits).
const maxMutations = 500

func (r *Remote) put(ctx context.Context, entities []corpus.Entity) error {
	for len(entities) > 0 {
		n := min(len(entities), maxMutations)
		req := &pb.CommitRequest{ProjectId: r.partition.Project, DatabaseId: r.partition.Database, Mode: pb.CommitRequest_NON_TRANSACTIONAL}
		for _, e := range entities[:n] {
			to, err := r.partition.Entity(e)
			if err != nil {
				return err
			}
			req.Mutations = append(req.Mutations, &pb.Mutation{Operation: &pb.Mutation_Upsert{Upsert: to}})
		}
		if _, err := r.client.Commit(ctx, req); err != nil {
			return err
		}
		entities = entities[n:]
	}
	return nil
}

// reset empties the emulator, all projects of it.
func (r *Remote) reset(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+r.target+"/reset", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := direct.Do(req)
	if err != nil {
		return fmt.Errorf("empty the emulator: %w", err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("empty the emulator: it answers %s", resp.Status)
	}
	return nil
}

// direct asks without the proxy of the environment, which is for the user's own
// traffic.
var direct = &http.Client{Transport: &http.Transport{Proxy: nil}}

// Observe tells what happened since the last Seed or Continue.
func (r *Remote) Observe(ctx context.Context) (store.Observed, error) {
	seen, err := r.recording(ctx)
	if err != nil {
		return store.Observed{}, r.blame(fmt.Errorf("observe datastore: %w", err))
	}
	out, err := seen.Observed()
	if err != nil {
		return store.Observed{}, fmt.Errorf("observe datastore: %w", err)
	}
	return out, nil
}

// recording is what happened, with the content as it is now.
func (r *Remote) recording(ctx context.Context) (Recording, error) {
	if err := r.idle(ctx); err != nil {
		return Recording{}, err
	}
	after, err := r.content(ctx)
	if err != nil {
		return Recording{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return Recording{Partition: r.partition, Before: r.before, After: after, Journal: r.journal}, nil
}

// Continue starts a new observation on the content as it is.
func (r *Remote) Continue(ctx context.Context) error {
	now, err := r.recording(ctx)
	if err != nil {
		return r.blame(fmt.Errorf("continue datastore: %w", err))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.journal, r.before = nil, now.After
	return nil
}

// Fixture is the part of the content before that the requests depended on.
func (r *Remote) Fixture(ctx context.Context, opts store.FixtureOptions) (corpus.State, error) {
	seen, err := r.recording(ctx)
	if err != nil {
		return corpus.State{}, r.blame(fmt.Errorf("take fixture: %w", err))
	}
	return seen.Fixture(opts)
}

// idle waits until no request is in flight.
func (r *Remote) idle(ctx context.Context) error {
	for {
		if r.closed.Load() {
			return errClosed
		}
		if r.flight.Load() == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for requests in flight: %w", ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
}

func (r *Remote) blame(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || r.closed.Load() {
		return err
	}
	select {
	case <-r.machine.Exited():
		return r.machine.Blame(err)
	case <-time.After(deathNotice):
		return err
	}
}

// deathNotice is how long the end of an emulator may lag behind its connections.
const deathNotice = 300 * time.Millisecond

// Exited is closed when the emulator has ended.
func (r *Remote) Exited() <-chan struct{} { return r.machine.Exited() }

// Blame adds to an error that the emulator is gone, and the end of its log.
func (r *Remote) Blame(err error) error { return r.machine.Blame(err) }

// Close stops the server and the emulator.
func (r *Remote) Close() error {
	if r.closed.Swap(true) {
		return nil
	}
	var errs []error
	if r.listener != nil {
		_ = r.listener.Close() // both servers close it too
	}
	if r.grpc != nil {
		r.grpc.Stop()
		errs = append(errs, r.http.Close())
	}
	if r.conn != nil {
		errs = append(errs, r.conn.Close())
	}
	return errors.Join(append(errs, r.machine.Close())...)
}
