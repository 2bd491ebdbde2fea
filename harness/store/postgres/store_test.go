package postgres_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/postgres"
	"github.com/sidebyside/replay/harness/store/storetest"
)

var schema = []string{"testdata/school.sql"}

func need(tb testing.TB) {
	tb.Helper()
	_, err := postgres.Installed()
	storetest.Need(tb, "postgres", err == nil, fmt.Sprint(err))
}

func state(tb testing.TB, text string) corpus.State {
	tb.Helper()
	states, err := corpus.ParseState("state", []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return states["db"]
}

const small = `
db:
  primary: {public.classes: [id], public.students: [id], public.grades: [student, task]}
  tables:
    public.classes:
      - {id: 7, name: 7a, head: 12}
      - {id: 3, name: 7b}
    public.students:
      - {id: 12, class: 7, name: ann, feels: happy, tags: [a, null, "x,y \"z\" \\"], seen: 2026-12-01T10:00:00.123456Z, photo: !!binary aGVsbG8=, data: !jsonb '{"a": 1.50, "b": [null]}', born: !date 2010-02-03, quota: !int4range "[1,5)", code: ab}
      - {id: 11, class: 7, name: "bob's", tags: []}
    public.grades:
      - {student: 12, task: "1", score: !numeric 9.50, weight: 0.1}
      - {student: 12, task: it's, score: !numeric 1.00, weight: .inf}
    audit.log:
      - {message: twice, amount: !numeric 1.0}
      - {message: twice, amount: !numeric 1.00}
    public.events:
      - {at: !date 2026-01-01, what: new}
      - {at: !date 2010-01-01, what: old}
  sequences: {public.students_id_seq: 40}
`

const large = `
db:
  primary: {public.classes: [id]}
  tables:
    public.classes: [{id: 1, name: x}, {id: 2, name: y, head: null}]
    audit.log: [{message: other}]
  sequences: {public.tickets: 500}
`

func subject(t *testing.T, pool *postgres.Pool, o postgres.Options) storetest.Subject {
	t.Helper()
	return storetest.Subject{
		Open: func(t *testing.T) store.Recordable {
			t.Helper()
			s, err := pool.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
		Content: dump,
		Small:   state(t, small), Large: state(t, large),
		Refused: map[string]corpus.State{
			"keys of Redis":           state(t, "db: {keys: {a: {type: string, value: x}}}"),
			"an unknown table":        state(t, "db: {tables: {public.class: [{id: 1}]}}"),
			"an unknown column":       state(t, "db: {tables: {public.classes: [{id: 1, nam: x}]}}"),
			"another key":             state(t, "db: {primary: {public.classes: [name]}, tables: {public.classes: [{id: 1, name: x}]}}"),
			"an unknown seq":          state(t, "db: {sequences: {public.ticket: 1}}"),
			"a key twice":             state(t, "db: {tables: {public.classes: [{id: 1, name: x}, {id: 1, name: y}]}}"),
			"no name":                 state(t, "db: {tables: {public.classes: [{id: 1}]}}"),
			"a value of another type": state(t, "db: {tables: {public.classes: [{id: x, name: x}]}}"),
			"a rounded value":         state(t, "db: {tables: {public.grades: [{student: 1, task: a, score: !numeric 1.555}]}}"),
			"a wrong generated":       state(t, "db: {tables: {public.students: [{id: 1, name: a, twice: aaa}]}}"),
		},
		Writes: writes(),
	}
}

func writes() []storetest.Write {
	v := func(v corpus.Value) *corpus.Value { return &v }
	num := func(s string) corpus.Value { return corpus.Typed{Type: "numeric", Text: s} }
	key := func(table string, values ...corpus.Value) corpus.Key {
		k, _ := corpus.RowKey(table, values...)
		return k
	}
	log := func(op corpus.Op, message string, amount corpus.Value) corpus.Effect {
		return corpus.Effect{Op: op, Key: corpus.AnyRow("audit.log"), Properties: map[string]corpus.Value{"message": message, "amount": amount}}
	}
	set := func(column string, from, to corpus.Value) map[string]corpus.Change {
		return map[string]corpus.Change{column: {From: v(from), To: v(to)}}
	}
	update := func(k corpus.Key, set map[string]corpus.Change) corpus.Effect {
		return corpus.Effect{Op: corpus.Update, Key: k, Set: set}
	}
	class := func(id int64, name string) corpus.Effect {
		return corpus.Effect{Op: corpus.Insert, Key: key("public.classes", id), Properties: map[string]corpus.Value{"id": id, "name": name, "head": nil}}
	}
	return []storetest.Write{
		write("a column", "UPDATE classes SET name = '8a' WHERE id = 7", update(key("public.classes", int64(7)), set("name", "7a", "8a"))),
		{
			Reason: "an insert with a serial", Do: do("INSERT INTO classes (name) VALUES ('new')"),
			Want: []corpus.Effect{class(8, "new")}, Allocated: []corpus.Key{key("public.classes", int64(8))},
		},
		{
			Reason: "an identity from the fixture's sequence, a type of each sort",
			Do:     do("INSERT INTO students (name, tags, seen) VALUES ('cy', '{b}', '2026-12-01 12:00:00+02')"),
			Want: []corpus.Effect{{Op: corpus.Insert, Key: key("public.students", int64(40)), Properties: map[string]corpus.Value{
				"id": int64(40), "class": nil, "name": "cy", "feels": nil, "tags": []corpus.Value{"b"},
				"seen": state0(`2026-12-01T10:00:00Z`), "photo": nil, "data": nil, "born": nil, "quota": nil, "code": nil, "twice": "cycy",
			}}},
			Allocated: []corpus.Key{key("public.students", int64(40))},
		},
		{
			Reason: "a number that nobody kept", Do: do("BEGIN; INSERT INTO classes (name) VALUES ('gone'); ROLLBACK", "SELECT nextval('tickets')"),
			Allocated: []corpus.Key{key("public.classes", int64(8)), key("public.tickets", int64(100))},
			Counted:   []store.Sequence{{Name: "public.tickets", Numbers: []int64{100}}},
		},
		write("what was there is written again", "UPDATE classes SET name = name; UPDATE grades SET score = 9.5, weight = weight WHERE task = '1' AND false"),
		write("equal for the database", "UPDATE students SET data = '{\"b\": [null], \"a\": 1.5}', seen = '2026-12-01 12:00:00.123456+02' WHERE id = 12"),
		write("deleted and inserted again", "DELETE FROM grades WHERE task = '1'; INSERT INTO grades VALUES (12, '1', 9.5, 0.1)"),
		write("inserted and deleted", "INSERT INTO classes VALUES (99, 'x'); DELETE FROM classes WHERE id = 99"),
		write("a cascade", "UPDATE classes SET head = NULL; DELETE FROM students WHERE id = 12",
			update(key("public.classes", int64(7)), set("head", int64(12), nil)),
			corpus.Effect{Op: corpus.Delete, Key: key("public.grades", int64(12), "1")},
			corpus.Effect{Op: corpus.Delete, Key: key("public.grades", int64(12), "it's")},
			corpus.Effect{Op: corpus.Delete, Key: key("public.students", int64(12))}),
		write("a trigger writes too, without a key", "UPDATE grades SET score = 3 WHERE task = '1'",
			log(corpus.Insert, "score 1", num("3.00")),
			update(key("public.grades", int64(12), "1"), set("score", num("9.50"), num("3.00")))),
		write("one of two equal rows", "DELETE FROM audit.log WHERE ctid = (SELECT min(ctid) FROM audit.log)", log(corpus.Delete, "twice", num("1.00"))),
		write("truncated", "TRUNCATE audit.log", log(corpus.Delete, "twice", num("1.00")), log(corpus.Delete, "twice", num("1.00"))),
		write("a partition", "INSERT INTO events_old VALUES ('2011-01-01', 'direct')", corpus.Effect{
			Op: corpus.Insert, Key: corpus.AnyRow("public.events"),
			Properties: map[string]corpus.Value{"at": corpus.Typed{Type: "date", Text: "2011-01-01"}, "what": "direct"},
		}),
		write("through a view", "UPDATE happy SET name = 'eve'", update(key("public.students", int64(12)), map[string]corpus.Change{
			"name": {From: v("ann"), To: v("eve")}, "twice": {From: v("annann"), To: v("eveeve")},
		})),
		write("another key", "UPDATE classes SET id = 4 WHERE id = 3",
			corpus.Effect{Op: corpus.Delete, Key: key("public.classes", int64(3))}, class(4, "7b")),
		write("with triggers off", "SET session_replication_role = replica; UPDATE classes SET name = 'q' WHERE id = 3",
			update(key("public.classes", int64(3)), set("name", "7b", "q"))),
	}
}

func state0(text string) corpus.Value {
	states, err := corpus.ParseState("state", []byte("db: {tables: {a.b: [{v: "+text+"}]}}"))
	if err != nil {
		panic(err)
	}
	return states["db"].Entities[0].Properties["v"]
}

func write(reason, sql string, want ...corpus.Effect) storetest.Write {
	return storetest.Write{Reason: reason, Do: do(sql), Want: want}
}

func do(sql ...string) func(*testing.T, store.Recordable) {
	return func(t *testing.T, s store.Recordable) {
		t.Helper()
		for _, one := range sql {
			query(t, s.Env()["DATABASE_URL"], one)
		}
	}
}

func query(tb testing.TB, at, sql string) string {
	tb.Helper()
	c, err := pgconn.Connect(tb.Context(), at)
	if err != nil {
		tb.Fatal(err)
	}
	defer c.Close(context.Background()) //nolint:errcheck // of the test
	results, err := c.Exec(tb.Context(), sql).ReadAll()
	if err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
	var out strings.Builder
	for _, r := range results {
		for _, row := range r.Rows {
			for _, cell := range row {
				fmt.Fprintf(&out, "%s|", cell)
			}
			out.WriteString("\n")
		}
	}
	return out.String()
}

// dump is the content in the order in which a query without ORDER BY gives it,
// and where sequences are.
func dump(t *testing.T, s store.Recordable) string {
	t.Helper()
	var sql strings.Builder
	for _, table := range []string{"classes", "students", "grades", "audit.log", "events_old", "events_new"} {
		fmt.Fprintf(&sql, "SELECT '%s', ctid, t::text FROM %s t;", table, table)
	}
	for _, seq := range []string{"classes_id_seq", "students_id_seq", "tickets"} {
		fmt.Fprintf(&sql, "SELECT '%s', last_value, is_called FROM %s;", seq, seq)
	}
	return query(t, s.URL(), sql.String())
}

func TestRefused(t *testing.T) {
	open := func(name string) func(string) error {
		return func(address string) error {
			var pool postgres.Pool
			_, err := pool.Open(t.Context(), postgres.Options{Driver: postgres.External, URL: "postgres://u@" + address + "/" + name})
			return err
		}
	}
	storetest.Refuses(t, true, postgres.ErrRefused, open("production"))
	storetest.Refuses(t, false, postgres.ErrRefused, open("app_test"))
	storetest.Refuses(t, true, postgres.ErrRefused, func(address string) error {
		host, port, _ := net.SplitHostPort(address)
		return open("app_test")("db.example.com," + host + ":" + port)
	})
}

func TestBadOptions(t *testing.T) {
	need(t)
	left := storetest.TempDir(t)
	bad := filepath.Join(t.TempDir(), "bad.sql")
	if err := os.WriteFile(bad, []byte("CREATE TABLE a (id int);\nCREATE TABLE b (id in);\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for reason, row := range map[string]struct {
		options postgres.Options
		want    string
	}{
		"a driver that does not exist": {postgres.Options{Driver: "embedded"}, `unknown driver "embedded"`},
		"no URL":                       {postgres.Options{Driver: postgres.External}, "none of a database"},
		"no schema file":               {postgres.Options{Driver: postgres.Local, Schema: []string{"none.sql"}}, "read schema"},
		"a schema that fails":          {postgres.Options{Driver: postgres.Local, Schema: []string{bad}}, "bad.sql: line 2"},
		"a migration that fails": {
			postgres.Options{Driver: postgres.Local, Migrate: []string{"sh", "-c", "echo no such table; exit 3"}}, "no such table",
		},
	} {
		var pool postgres.Pool
		_, err := pool.Open(t.Context(), row.options)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: want %q, have %v", reason, row.want, err)
		}
	}
	for _, name := range left(t) {
		if strings.HasPrefix(name, "replay-") {
			t.Errorf("left behind: %s", name)
		}
	}
}

// TestHangingImplementation: an open transaction is an error that names its
// statement, and the next case finds no lock.
func TestHangingImplementation(t *testing.T) {
	need(t)
	var pool postgres.Pool
	s, err := pool.Open(t.Context(), postgres.Options{Driver: postgres.Local, Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // of the test
	if err := s.Seed(t.Context(), state(t, small)); err != nil {
		t.Fatal(err)
	}
	c, err := pgconn.Connect(t.Context(), s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background()) //nolint:errcheck // of the test
	if _, err := c.Exec(t.Context(), "BEGIN; UPDATE classes SET name = 'locked'").ReadAll(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200_000_000)
	defer cancel()
	if _, err = s.Observe(ctx); err == nil || !strings.Contains(err.Error(), "UPDATE classes") {
		t.Errorf("want the statement, have %v", err)
	}
	if err := s.Seed(t.Context(), state(t, small)); err != nil {
		t.Error(err)
	}
	if o, err := s.Observe(t.Context()); err != nil || len(o.Effects) > 0 {
		t.Errorf("have %v, %v", o.Effects, err)
	}
}

// TestKilledServer: the end of the server is an error with its log.
func TestKilledServer(t *testing.T) {
	need(t)
	var pool postgres.Pool
	s, err := pool.Open(t.Context(), postgres.Options{Driver: postgres.Local, Migrate: []string{"sh", "-c", `test -n "$DATABASE_URL"`}})
	if err != nil {
		t.Fatal(err)
	}
	pid := strings.Trim(strings.SplitN(query(t, s.URL(), "SELECT pg_read_file('postmaster.pid')"), "\n", 2)[0], "|")
	var process int
	if _, err := fmt.Sscan(pid, &process); err != nil {
		t.Fatal(err)
	}
	p, err := os.FindProcess(process)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = p.Wait() // it is no child of this process's table alone; the store waits too
	// A session that is busy outlives the server: it ends once it waits for its client.
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		if _, err = s.Observe(t.Context()); err != nil && strings.Contains(err.Error(), "the server is gone") {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "last lines of its log") {
		t.Errorf("want the log, have %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	u, _ := url.Parse(s.URL())
	if c, err := net.Dial("tcp", u.Host); err == nil {
		_ = c.Close()
		t.Error("something still listens")
	}
}
