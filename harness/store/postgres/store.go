package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// Store is a database of its own under observation.
type Store struct {
	shared *shared
	name   string
	url    string
	conn   *pgconn.PgConn

	order     []*table          // by name
	tables    map[string]*table // by name
	byOID     map[string]*table
	sequences map[string]*sequence // by oid
	// dirty are tables that were touched since they were written by a seed.
	dirty map[*table]bool
	// lost says that what the tables hold is not known.
	lost   bool
	closed bool
}

var _ store.Recordable = (*Store)(nil)

// Time limits.
const (
	closeTimeout = 10 * time.Second
	idleTimeout  = 5 * time.Second
	idleEvery    = 500 * time.Microsecond
)

// prepare connects, makes what notes writes, and reads the schema.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.connect(ctx); err != nil {
		return err
	}
	if _, err := s.exec(ctx, triggersSQL); err != nil {
		return fmt.Errorf("note what is written: %w", err)
	}
	if err := s.describe(ctx); err != nil {
		return err
	}
	return s.readAll(ctx)
}

// readAll takes what is there for the content before, all of it to be replaced.
func (s *Store) readAll(ctx context.Context) error {
	s.dirty = map[*table]bool{}
	for _, t := range s.order {
		s.dirty[t] = true
	}
	rows, err := s.readRows(ctx, s.order)
	if err != nil {
		return err
	}
	for _, t := range s.order {
		t.rows, t.spec = rows[t], ""
	}
	_, err = s.exec(ctx, "DELETE FROM replay.touched")
	s.lost = false
	return err
}

func (s *Store) connect(ctx context.Context) error {
	c, err := pgconn.ParseConfig(s.url)
	if err != nil {
		return err
	}
	maps.Copy(c.RuntimeParams, map[string]string{
		"application_name": ownName, "timezone": "UTC", "datestyle": "ISO, YMD", "intervalstyle": "iso_8601",
		"bytea_output": "hex", "extra_float_digits": "1", "standard_conforming_strings": "on", "client_encoding": "UTF8",
		"lock_timeout": "5s",
	})
	s.conn, err = pgconn.ConnectConfig(ctx, c)
	return err
}

const ownName = "replay store"

// exec runs statements and gives the result of each.
func (s *Store) exec(ctx context.Context, sql string) ([]*pgconn.Result, error) {
	if s.closed {
		return nil, errors.New("the store is closed")
	}
	if s.conn == nil || s.conn.IsClosed() {
		s.lost = true
		if err := s.connect(ctx); err != nil {
			return nil, s.blame(err)
		}
	}
	results, err := s.conn.Exec(ctx, sql).ReadAll()
	if err != nil {
		return nil, s.blame(err)
	}
	return results, nil
}

// blame adds the log where the server is the cause: it is gone, or lacks
// something.
func (s *Store) blame(err error) error {
	if s.shared.server == nil {
		return err
	}
	if p, ok := errors.AsType[*pgconn.PgError](err); ok {
		// Classes of errors: insufficient resources, and system errors.
		if strings.HasPrefix(p.Code, "53") || strings.HasPrefix(p.Code, "58") || strings.HasPrefix(p.Code, "XX") {
			return s.shared.server.Blame(err)
		}
		if !strings.HasPrefix(p.Code, "57P") { // shutdown
			return err
		}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	select {
	case <-s.shared.server.Exited():
		return s.shared.server.Blame(err)
	case <-time.After(deathNotice):
		return err
	}
}

// deathNotice is how long the end of a server may lag behind its connections.
const deathNotice = 300 * time.Millisecond

// Exited is closed when the server has ended; nil for an external one.
func (s *Store) Exited() <-chan struct{} {
	if s.shared.server == nil {
		return nil
	}
	return s.shared.server.Exited()
}

// Blame adds to an error that the server is gone, and the end of its log.
func (s *Store) Blame(err error) error {
	if s.shared.server == nil {
		return err
	}
	return s.shared.server.Blame(err)
}

// URL is that of the store's database.
func (s *Store) URL() string { return s.url }

// Env holds the variables by which implementations find a database.
func (s *Store) Env() map[string]string {
	env := map[string]string{"DATABASE_URL": s.url}
	if c, err := pgconn.ParseConfig(s.url); err == nil {
		env["PGHOST"], env["PGPORT"] = c.Host, fmt.Sprint(c.Port)
		env["PGUSER"], env["PGDATABASE"] = c.User, c.Database
		if c.Password != "" {
			env["PGPASSWORD"] = c.Password
		}
	}
	return env
}

// statusSQL: who is busy, what was touched, where the sequences are.
const statusSQL = `
SELECT pid, state, left(query, 200) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'
UNION ALL SELECT 0, 'prepared', gid FROM pg_prepared_xacts WHERE database = current_database();
SELECT DISTINCT coalesce(pg_partition_root(rel)::oid, rel) FROM replay.touched;
SELECT seqrelid, pg_sequence_last_value(seqrelid) FROM pg_sequence`

// idle waits until no statement and no transaction is under way, and notes what
// was touched. Who is busy for too long is cut off, so that the next case finds
// no lock.
func (s *Store) idle(ctx context.Context) error {
	wait, cancel := context.WithTimeout(ctx, idleTimeout)
	defer cancel()
	for {
		// The end of the wait must not cut off our own connection.
		ask, done := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		results, err := s.exec(ask, statusSQL)
		done()
		if err != nil {
			return err
		}
		busy := results[0].Rows
		if len(busy) == 0 {
			return s.note(results[1], results[2])
		}
		select {
		case <-wait.Done():
			return s.cutOff(busy[0])
		case <-time.After(idleEvery):
		}
	}
}

var errBusy = errors.New("an implementation is still at work on the database after its answer")

func (s *Store) cutOff(busy [][]byte) error {
	err := fmt.Errorf("%w (%s): %s", errBusy, busy[1], busy[2])
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_, cutErr := s.exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'")
	return errors.Join(err, cutErr)
}

func (s *Store) note(touched, sequences *pgconn.Result) error {
	for _, r := range touched.Rows {
		t := s.byOID[string(r[0])]
		if t == nil {
			return fmt.Errorf("a table was written that the schema did not have when the run began")
		}
		s.dirty[t] = true
	}
	for _, r := range sequences.Rows {
		if q := s.sequences[string(r[0])]; q != nil {
			if err := q.note(r[1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// Observe tells what changed since the last Seed or Continue.
func (s *Store) Observe(ctx context.Context) (store.Observed, error) {
	effects, _, err := s.observe(ctx)
	if err != nil {
		return store.Observed{}, fmt.Errorf("observe postgres: %w", err)
	}
	keys, counted := s.allocated()
	return store.Observed{Effects: effects, Allocated: keys, Counted: counted}, nil
}

func (s *Store) observe(ctx context.Context) ([]corpus.Effect, map[*table][]row, error) {
	if err := s.idle(ctx); err != nil {
		return nil, nil, err
	}
	var touched []*table
	for _, t := range s.order {
		if s.dirty[t] {
			touched = append(touched, t)
		}
	}
	after, err := s.readRows(ctx, touched)
	if err != nil {
		return nil, nil, err
	}
	var effects []corpus.Effect
	for _, t := range touched {
		effects = append(effects, t.effects(after[t])...)
	}
	slices.SortStableFunc(effects, func(a, b corpus.Effect) int { return a.Key.Compare(b.Key) })
	return effects, after, nil
}

// readRows reads whole tables.
func (s *Store) readRows(ctx context.Context, tables []*table) (map[*table][]row, error) {
	out := map[*table][]row{}
	if len(tables) == 0 {
		return out, nil
	}
	var sql strings.Builder
	for _, t := range tables {
		sql.WriteString(t.selecting() + ";")
	}
	results, err := s.exec(ctx, sql.String())
	if err != nil {
		return nil, err
	}
	for i, t := range tables {
		out[t] = t.read(results[i])
	}
	return out, nil
}

// Continue starts a new observation on the content as it is.
func (s *Store) Continue(ctx context.Context) error {
	_, after, err := s.observe(ctx)
	if err != nil {
		return fmt.Errorf("continue postgres: %w", err)
	}
	for t, rows := range after {
		t.rows, t.spec = rows, ""
	}
	for _, q := range s.sequences {
		q.seeded = q.last
	}
	return nil
}

// Fixture is the whole content at the last Seed or Continue: nothing tells what
// was read of it. A large one belongs into a base (docs/stores.md).
func (s *Store) Fixture(context.Context, store.FixtureOptions) (corpus.State, error) {
	out := corpus.State{Form: corpus.Tables}
	for _, t := range s.order {
		if len(t.primary) > 0 && len(t.rows) > 0 {
			if out.Primary == nil {
				out.Primary = map[string][]string{}
			}
			out.Primary[t.name] = t.primaryNames()
		}
		for _, r := range t.rows {
			out.Entities = append(out.Entities, corpus.Entity{Key: t.key(r), Properties: t.properties(r)})
		}
	}
	for _, q := range s.sequences {
		if out.Sequences == nil {
			out.Sequences = map[string]int64{}
		}
		out.Sequences[q.name] = q.seeded
	}
	return out, nil
}

// Close drops the database of an external server, and stops a private one with
// the last store on it.
func (s *Store) Close() error {
	p := s.shared.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.closed {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	var err error
	if s.shared.server == nil {
		err = s.drop(ctx)
	} else if s.conn != nil {
		_ = s.conn.Close(ctx) // the database goes with the server
	}
	s.closed = true
	return errors.Join(err, s.shared.release())
}

func (s *Store) drop(ctx context.Context) error {
	if s.conn != nil {
		_ = s.conn.Close(ctx)
	}
	return s.shared.order(ctx, "DROP DATABASE IF EXISTS "+quoteName(s.name)+" WITH (FORCE)")
}
