package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sidebyside/replay/harness/store/internal/server"
)

// Drivers of the store.
const (
	Local     = "local"     // a private server of installed programs
	Container = "container" // a private server of an image
	External  = "external"  // what runs at a URL
)

// DefaultImage is that of the driver Container.
const DefaultImage = "postgres:17"

// Options say which server is used, and what the database looks like.
type Options struct {
	Driver string
	// Image is that of the driver Container, DefaultImage when empty. It starts as
	// the official ones do. Pull says when it is fetched: "missing" (when empty),
	// "always" or "never".
	Image, Pull string
	// URL is that of an external server's database, postgres://user@host/name. It
	// is refused unless the name ends in _test or _replay or Disposable is set,
	// and unless the host is the loopback or Disposable is set. The database
	// itself is not changed: stores are databases beside it.
	URL        string
	Disposable bool
	// Schema are SQL files that make the schema, in their order.
	Schema []string
	// Migrate is a command that makes the schema of the database in its
	// environment's DATABASE_URL, in Dir. It runs after Schema.
	Migrate []string
	Dir     string
}

// ErrRefused is the reason why an address is refused before anything is sent.
var ErrRefused = server.ErrRefused

// Pool opens the stores of one run. They share a server: the first one starts it,
// and the last one that is closed stops it. The zero value is empty. It is safe
// for concurrent use.
type Pool struct {
	mu     sync.Mutex
	shared map[string]*shared
}

// shared is a server with a template for one schema.
type shared struct {
	pool     *Pool
	name     string
	server   machine // nil for an external one
	url      string  // of a database to give orders in
	template string
	own      bool // the template is ours
	users    int
}

// machine is what runs a private server.
type machine interface {
	// Exited is closed when it has ended.
	Exited() <-chan struct{}
	// Blame adds the last lines of its log to an error.
	Blame(err error) error
	Close() error
}

// Open makes a database of its own with the schema.
func (p *Pool) Open(ctx context.Context, o Options) (_ *Store, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() {
		if err != nil {
			err = fmt.Errorf("open postgres: %w", err)
		}
	}()
	name := strings.Join([]string{o.Driver, o.Image, o.Pull, o.URL, o.Dir, strings.Join(o.Schema, "\n"), strings.Join(o.Migrate, "\n")}, "\x00")
	sh := p.shared[name]
	if sh == nil || sh.gone() {
		if sh, err = p.start(ctx, o); err != nil {
			return nil, err
		}
		sh.name = name
		if p.shared == nil {
			p.shared = map[string]*shared{}
		}
		p.shared[name] = sh
	}
	sh.users++
	s, err := sh.open(ctx, p.database())
	if err != nil {
		return nil, errors.Join(err, sh.release())
	}
	return s, nil
}

// database is a name that nobody else uses: an external server may have several
// pools, and several processes with the same id.
func (p *Pool) database() string {
	return fmt.Sprintf("replay_%d_%016x_replay", os.Getpid(), rand.Uint64()) //nolint:gosec // it need not be hard to guess
}

func (p *Pool) start(ctx context.Context, o Options) (sh *shared, err error) {
	sh = &shared{pool: p}
	switch o.Driver {
	case Local:
		sh.server, sh.url, err = startServer(ctx)
	case Container:
		sh.server, sh.url, err = startContainer(ctx, o)
	case External:
		sh.url, err = o.URL, refuse(o)
	default:
		err = fmt.Errorf("unknown driver %q; use %q, %q or %q", o.Driver, Local, Container, External)
	}
	if err != nil {
		return nil, err
	}
	if err := sh.makeTemplate(ctx, o, p.database()); err != nil {
		return nil, errors.Join(err, sh.stop())
	}
	return sh, nil
}

// refuse is nil for a database that a replay may be near.
func refuse(o Options) error {
	c, err := pgconn.ParseConfig(o.URL)
	if err != nil || o.URL == "" {
		return fmt.Errorf("url %q is none of a database; write postgres://user@host:port/name", redacted(o.URL))
	}
	address := fmt.Sprintf("%s:%d/%s", c.Host, c.Port, c.Database)
	hosts := []string{c.Host}
	for _, f := range c.Fallbacks {
		hosts = append(hosts, f.Host)
	}
	for _, host := range hosts {
		if !server.Loopback(host) && !o.Disposable {
			return server.Refuse("postgres", address, "the host is not this machine")
		}
	}
	if !strings.HasSuffix(c.Database, "_test") && !strings.HasSuffix(c.Database, "_replay") && !o.Disposable {
		return server.Refuse("postgres", address, "the database's name ends neither in _test nor in _replay")
	}
	return nil
}

func redacted(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "…"
	}
	return u.Redacted()
}

// makeTemplate makes the database that all stores are copies of. An external one
// without a schema of ours is its own template.
func (sh *shared) makeTemplate(ctx context.Context, o Options, name string) error {
	if sh.server == nil && len(o.Schema) == 0 && len(o.Migrate) == 0 {
		c, err := pgconn.ParseConfig(o.URL)
		if err != nil {
			return err
		}
		sh.template = c.Database
		return nil
	}
	if err := sh.order(ctx, "CREATE DATABASE "+quoteName(name)+" TEMPLATE template0"); err != nil {
		return err
	}
	sh.template, sh.own = name, true
	at := withDatabase(sh.url, name)
	for _, file := range o.Schema {
		sql, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read schema: %w", err)
		}
		if err := execute(ctx, at, string(sql)); err != nil {
			return fmt.Errorf("apply schema %s: %w", file, position(err, string(sql)))
		}
	}
	return migrate(ctx, o, at)
}

// position adds the line to an error of the server.
func position(err error, sql string) error {
	if p, ok := errors.AsType[*pgconn.PgError](err); ok && p.Position > 0 {
		text := []rune(sql)
		line := 1 + strings.Count(string(text[:min(int(p.Position)-1, len(text))]), "\n")
		return fmt.Errorf("line %d: %w", line, err)
	}
	return err
}

func migrate(ctx context.Context, o Options, at string) error {
	if len(o.Migrate) == 0 {
		return nil
	}
	cmd := exec.CommandContext(ctx, o.Migrate[0], o.Migrate[1:]...) //nolint:gosec // the user's own command
	cmd.Dir = o.Dir
	cmd.Env = append(os.Environ(), "DATABASE_URL="+at)
	cmd.WaitDelay = time.Second // a child that keeps the pipe open must not hold us up
	out, err := cmd.CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("migrate with %q: %w\n    %s", o.Migrate, err, strings.Join(lines[max(0, len(lines)-10):], "\n    "))
	}
	return nil
}

// order runs a statement on the server, outside any store.
func (sh *shared) order(ctx context.Context, sql string) error {
	if err := execute(ctx, sh.url, sql); err != nil {
		if p, ok := errors.AsType[*pgconn.PgError](err); ok && p.Code == "42501" {
			return fmt.Errorf("%w; the user of the URL must be allowed to create databases and to set session_replication_role", err)
		}
		return err
	}
	return nil
}

func execute(ctx context.Context, at, sql string) error {
	c, err := pgconn.Connect(ctx, at)
	if err != nil {
		return err
	}
	defer c.Close(ctx) //nolint:errcheck // the statement counts
	_, err = c.Exec(ctx, sql).ReadAll()
	return err
}

func (sh *shared) open(ctx context.Context, name string) (*Store, error) {
	if err := sh.order(ctx, "CREATE DATABASE "+quoteName(name)+" TEMPLATE "+quoteName(sh.template)); err != nil {
		return nil, err
	}
	s := &Store{shared: sh, name: name, url: withDatabase(sh.url, name)}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, s.drop(ctx))
	}
	return s, nil
}

// release ends the server with its last user. The pool is locked.
func (sh *shared) release() error {
	if sh.users--; sh.users > 0 {
		return nil
	}
	if sh.pool.shared[sh.name] == sh {
		delete(sh.pool.shared, sh.name)
	}
	return sh.stop()
}

// gone reports whether a server of ours has ended.
func (sh *shared) gone() bool {
	if sh.server == nil {
		return false
	}
	select {
	case <-sh.server.Exited():
		return true
	default:
		return false
	}
}

func (sh *shared) stop() error {
	if sh.server != nil {
		return sh.server.Close()
	}
	if !sh.own {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return sh.order(ctx, "DROP DATABASE IF EXISTS "+quoteName(sh.template)+" WITH (FORCE)")
}

func withDatabase(text, name string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	u.Path = "/" + name
	return u.String()
}

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
