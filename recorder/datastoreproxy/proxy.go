package datastoreproxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"

	"github.com/sidebyside/replay/corpus"
	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/datastore"
	"github.com/sidebyside/replay/recorder"
)

// Options say what stands behind the proxy. Project is needed.
type Options struct {
	// Project and Database ("" for the default one) are those whose entities a
	// recording knows. An operation that uses others is not recorded.
	Project, Database string
	// Target is the host:port of an emulator. Where it is empty, the target is the
	// service, reached over TLS with application-default credentials.
	Target string
	// Listen is the address to serve, 127.0.0.1 and a free port when empty.
	Listen string
	// Widen is how many entities one query for guards fetches at most, 300 when 0.
	// There is one per query of an operation where the recorder asks for guards.
	Widen int
	// MaxEntities is how many entities an operation may read and be recorded,
	// 10,000 when 0.
	MaxEntities int
	// Service are further options for the connection to the service.
	Service []option.ClientOption
}

// Proxy is a Datastore that records.
type Proxy struct {
	options   Options
	partition datastore.Partition
	conn      *grpc.ClientConn
	client    pb.DatastoreClient
	listener  net.Listener
	grpc      *grpc.Server
	http      *http.Server
	register  register[*operation]
	hindsight hindsight
	large     sync.Map // kinds with more entities than Widen

	mu      sync.Mutex
	current *operation // of Continue
}

var (
	_ recorder.Attributor = (*Proxy)(nil)
	_ recorder.Recording  = (*operation)(nil)
)

// Start listens, and connects to the target when the first call comes.
func Start(ctx context.Context, o Options) (*Proxy, error) {
	if o.Project == "" {
		return nil, errors.New("start datastore proxy: no project: name that of the target")
	}
	if o.Widen == 0 {
		o.Widen = 300
	}
	if o.MaxEntities == 0 {
		o.MaxEntities = 10_000
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	conn, err := dial(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("start datastore proxy: %w", err)
	}
	l, err := net.Listen("tcp", o.Listen)
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("start datastore proxy: %w", err)
	}
	p := &Proxy{
		options: o, partition: datastore.Partition{Project: o.Project, Database: o.Database},
		conn: conn, client: pb.NewDatastoreClient(conn), listener: l,
	}
	p.serve()
	return p, nil
}

func (p *Proxy) serve() {
	p.grpc = p.grpcServer()
	p.http = &http.Server{
		Handler: p.rest(), ReadHeaderTimeout: 30 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	forGRPC, other := emulator.Split(p.listener)
	go func() { _ = p.grpc.Serve(forGRPC) }() // both end with Close
	go func() { _ = p.http.Serve(other) }()
}

// URL is the proxy's host:port, the form that the official clients expect in
// DATASTORE_EMULATOR_HOST.
func (p *Proxy) URL() string { return p.listener.Addr().String() }

// Env holds the variables by which the official clients find the proxy.
func (p *Proxy) Env() map[string]string { return datastore.Env(p.URL(), p.options.Project) }

// Seed refuses to replace what is not ours; an empty state asks for nothing.
func (p *Proxy) Seed(_ context.Context, state corpus.State) error {
	if len(state.Entities) > 0 {
		return errors.New("seed datastore: it is an external one, whose content is not replaced: fill it by other means")
	}
	return nil
}

// Begin starts the recording of an operation.
func (p *Proxy) Begin(m recorder.Mark) recorder.Recording { return p.begin(m) }

func (p *Proxy) begin(m recorder.Mark) *operation {
	o := newOperation(p, m)
	p.register.add(o)
	return o
}

// Continue starts the recording of what comes next, as one operation.
func (p *Proxy) Continue(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current != nil {
		p.current.End()
	}
	p.current = p.begin(recorder.Mark{Sole: true})
	return nil
}

// Observe tells what happened since Continue.
func (p *Proxy) Observe(ctx context.Context) (store.Observed, error) {
	o, err := p.continued()
	if err != nil {
		return store.Observed{}, err
	}
	o.Answered(ctx)
	return o.Observe(ctx)
}

// Fixture is what the calls since Continue depended on.
func (p *Proxy) Fixture(ctx context.Context, opts store.FixtureOptions) (corpus.State, error) {
	o, err := p.continued()
	if err != nil {
		return corpus.State{}, err
	}
	return o.Fixture(ctx, opts)
}

func (p *Proxy) continued() (*operation, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == nil {
		return nil, errors.New("observe datastore: nothing is recorded: call Continue first")
	}
	return p.current, nil
}

// Strays counts the calls that belonged to no operation for certain, by reason.
func (p *Proxy) Strays() map[string]int { return p.register.counted() }

// Close stops serving and cuts calls in flight off.
func (p *Proxy) Close() error {
	err := p.listener.Close()
	p.grpc.Stop()
	return errors.Join(err, p.http.Close(), p.conn.Close())
}
