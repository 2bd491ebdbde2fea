package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/ports"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/internal/server"
)

// Drivers of the store.
const (
	Embedded  = "embedded"  // in this process; nothing needs to be installed
	Local     = "local"     // redis-server in a temporary folder
	Container = "container" // redis-server of an image
	External  = "external"  // what runs at a URL
)

// DefaultImage is that of the driver Container.
const DefaultImage = "redis:7"

// Options say which server is used.
type Options struct {
	// Driver is Embedded when empty.
	Driver string
	// Image is that of the driver Container, DefaultImage when empty. Pull says when
	// it is fetched: "missing" (when empty), "always" or "never".
	Image, Pull string
	// Listen is the address of an embedded server, 127.0.0.1 and a free port when
	// empty.
	Listen string
	// URL is that of an external server, redis://host:port/database. It is refused
	// unless the host is the loopback or Disposable is set.
	URL string
	// Disposable says that everything in the databases may be replaced.
	Disposable bool
	// Slot is added to the database of an external server, so that several stores
	// share it: an external store sees that database alone.
	Slot int
}

// ErrRefused is the reason why an address is refused before anything is sent.
var ErrRefused = server.ErrRefused

// Store is a Redis server under observation.
type Store struct {
	url      string
	client   *redis.Client
	conn     *redis.Conn
	embedded *miniredis.Miniredis
	server   machine // nil for one that is not a process or a container of ours
	// only is the one database that an external store may touch, -1 for all.
	only int
	// before is the content at the last Seed or Continue.
	before content
	closed bool
}

var _ store.Recordable = (*Store)(nil)

// machine is what runs a private server.
type machine interface {
	// Exited is closed when it has ended.
	Exited() <-chan struct{}
	// Blame adds the last lines of its log to an error.
	Blame(err error) error
	Close() error
}

// Open starts or reaches a server. The content of an external one stays until the
// first Seed.
func Open(ctx context.Context, o Options) (_ *Store, err error) {
	s := &Store{only: -1}
	defer func() {
		if err != nil {
			_ = s.Close()
			err = fmt.Errorf("open redis: %w", err)
		}
	}()
	switch o.Driver {
	case "", Embedded:
		err = s.embed(o.Listen)
	case Local:
		err = s.local(ctx)
	case Container:
		err = s.container(ctx, o)
	case External:
		err = s.external(o)
	default:
		err = fmt.Errorf("unknown driver %q; use %q, %q, %q or %q", o.Driver, Embedded, Local, Container, External)
	}
	if err != nil {
		return nil, err
	}
	s.conn = s.client.Conn()
	if err := s.conn.Ping(ctx).Err(); err != nil {
		return nil, fmt.Errorf("reach %s: %w", s.url, err)
	}
	s.before, err = s.read(ctx)
	return s, err
}

func (s *Store) embed(listen string) error {
	s.embedded = miniredis.NewMiniRedis()
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	if err := s.embedded.StartAddr(listen); err != nil {
		return err
	}
	s.at(s.embedded.Addr())
	return nil
}

// at makes a client of a server that is ours.
func (s *Store) at(addr string) {
	s.url = "redis://" + addr + "/0"
	s.client = redis.NewClient(clientOptions(&redis.Options{Addr: addr}))
}

// clientOptions keep a client from what servers need not know, and from hiding
// that one is gone.
func clientOptions(o *redis.Options) *redis.Options {
	o.DisableIdentity, o.Protocol, o.PoolSize, o.MaxRetries, o.DialerRetries = true, 2, 1, -1, 1
	return o
}

// Program is the name of the server that the driver Local runs.
const Program = "redis-server"

func (s *Store) local(ctx context.Context) error {
	program, err := exec.LookPath(Program)
	if err != nil {
		return fmt.Errorf("driver %q needs an installed %s: install it (Debian: apt-get install redis-server), or use driver %q", Local, Program, Embedded)
	}
	folder, err := os.MkdirTemp("", "replay-redis-")
	if err != nil {
		return err
	}
	port, err := ports.Free()
	if err != nil {
		return err
	}
	s.at("127.0.0.1:" + strconv.Itoa(port))
	own, err := server.Start(ctx, server.Options{
		Name: Program, Folder: folder,
		Command: []string{
			program, "--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", folder,
			"--save", "", "--appendonly", "no", "--daemonize", "no",
		},
		Ready: s.reach,
	})
	if err != nil {
		return err
	}
	s.server = own
	return nil
}

// reach connects once.
func (s *Store) reach(ctx context.Context) error {
	// The client writes to stderr when nobody listens.
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.client.Options().Addr)
	if err != nil {
		return err
	}
	return errors.Join(c.Close(), s.client.Ping(ctx).Err())
}

func (s *Store) external(o Options) error {
	to, err := redis.ParseURL(o.URL)
	if err != nil {
		return fmt.Errorf("url %q: %w; write redis://host:port/database", o.URL, err)
	}
	host := to.Addr
	if to.Network != "unix" {
		host = hostOf(to.Addr)
	}
	if !server.Loopback(host) && !o.Disposable {
		return server.Refuse("redis", to.Addr, "the host is not this machine")
	}
	to.DB += o.Slot
	s.only = to.DB
	s.url = withDatabase(o.URL, to.DB)
	s.client = redis.NewClient(clientOptions(to))
	return nil
}

// URL is redis://host:port/database.
func (s *Store) URL() string { return s.url }

// Env holds the variable by which implementations find a Redis server.
func (s *Store) Env() map[string]string { return map[string]string{"REDIS_URL": s.url} }

// Seed replaces the content of all databases, of an external server that of its
// own one, by the state.
func (s *Store) Seed(ctx context.Context, state corpus.State) error {
	want, err := contentOf(state)
	if err != nil {
		return fmt.Errorf("seed redis: %w", err)
	}
	if err := s.write(ctx, want); err != nil {
		return s.blame(fmt.Errorf("seed redis: %w", err))
	}
	have, err := s.read(ctx)
	if err != nil {
		return s.blame(fmt.Errorf("seed redis: %w", err))
	}
	if left := changes(want, have); len(left) > 0 {
		return fmt.Errorf("seed redis: %s is not as the fixture says (%s): is another client writing to %s?", left[0].Key, left[0].Op, s.url)
	}
	s.before = have
	return nil
}

// Observe tells what changed since the last Seed or Continue.
func (s *Store) Observe(ctx context.Context) (store.Observed, error) {
	after, err := s.read(ctx)
	if err != nil {
		return store.Observed{}, s.blame(fmt.Errorf("observe redis: %w", err))
	}
	return store.Observed{Effects: changes(s.before, after)}, nil
}

// Continue starts a new observation on the content as it is.
func (s *Store) Continue(ctx context.Context) error {
	now, err := s.read(ctx)
	if err != nil {
		return s.blame(fmt.Errorf("continue redis: %w", err))
	}
	s.before = now
	return nil
}

// Fixture is the whole content at the last Seed or Continue: nothing tells what
// was read of it.
func (s *Store) Fixture(context.Context, store.FixtureOptions) (corpus.State, error) {
	return s.before.state(), nil
}

// blame adds why a server of our own is gone.
func (s *Store) blame(err error) error {
	if s.server == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || s.closed {
		return err
	}
	select {
	case <-s.server.Exited():
		return s.server.Blame(err)
	case <-time.After(deathNotice):
		return err
	}
}

// deathNotice is how long the end of a server may lag behind its connections.
const deathNotice = 300 * time.Millisecond

// Exited is closed when the server has ended; nil for one that is not ours.
func (s *Store) Exited() <-chan struct{} {
	if s.server == nil {
		return nil
	}
	return s.server.Exited()
}

// Blame adds to an error that the server is gone, and the end of its log.
func (s *Store) Blame(err error) error {
	if s.server == nil {
		return err
	}
	return s.server.Blame(err)
}

// Close stops what was started. Of an external server it leaves the content.
func (s *Store) Close() error {
	s.closed = true
	if s.conn != nil {
		_ = s.conn.Close()
	}
	if s.client != nil {
		_ = s.client.Close()
	}
	if s.embedded != nil {
		s.embedded.Close()
	}
	if s.server != nil {
		return s.server.Close()
	}
	return nil
}
