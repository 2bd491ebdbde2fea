package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store/postgres"
	"github.com/sidebyside/replay/harness/store/storetest"
	"github.com/sidebyside/replay/harness/store/storetest/testimage"
)

// bringFault is what an implementation does in a case that brings a fault about: it
// tells the test where its stores are, and runs the SQL that the test answers. Of
// what begins with BEGIN it does not see the end.
func bringFault(ctx context.Context) error {
	at := url.Values{"db": {os.Getenv("DATABASE_URL")}, "cache": {os.Getenv("REDIS_URL")}}
	resp, err := http.Get(os.Getenv("HARNESS_TEST_HOOK") + "?" + at.Encode()) //nolint:noctx // of a test
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // of a test
	sql, err := io.ReadAll(resp.Body)
	if err != nil || len(sql) == 0 {
		return err
	}
	db, err := pgconn.Connect(context.WithoutCancel(ctx), os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, string(sql)).ReadAll()
	switch {
	case strings.HasSuffix(string(sql), "-- and hang"):
		time.Sleep(time.Minute)
	case strings.HasPrefix(string(sql), "BEGIN"):
		return err // the connection stays open
	}
	return errors.Join(err, db.Close(ctx))
}

// TestStoreFaults: what goes wrong with a store in the middle of a case is an error of
// that case, with its cause; the next case finds a fresh store; and nothing is
// left behind.
func TestStoreFaults(t *testing.T) {
	const log = "last lines of its log"
	for reason, row := range map[string]struct {
		db, cache string // drivers
		timeout   time.Duration
		bring     func(t *testing.T, db, cache string) (sql string)
		want      []string
	}{
		"a local database is killed": {
			db: "local", cache: "embedded", bring: killPostgres,
			want: []string{"the server is gone (signal: killed)", log},
		},
		"the container of a database is removed": {
			db: "container", cache: "embedded", bring: removeContainer("replay-test-postgres"),
			want: []string{"the container of postgres is gone (", log, "database system is ready to accept connections"},
		},
		"a local cache is killed": {
			db: "local", cache: "local", bring: shutdownRedis,
			want: []string{"the server is gone (", log},
		},
		"the container of a cache is removed": {
			db: "local", cache: "container", bring: removeContainer("replay-test-redis"),
			want: []string{"the container of redis is gone (", log, "Ready to accept connections"},
		},
		"a candidate hangs with a lock": {
			db: "local", cache: "embedded", timeout: time.Second,
			bring: func(*testing.T, string, string) string { return "BEGIN; LOCK TABLE grades; -- and hang" },
			want:  []string{"no answer within its timeout of 1s"},
		},
		"a candidate answers and keeps a lock": {
			db: "local", cache: "embedded",
			bring: func(*testing.T, string, string) string { return "BEGIN; SELECT * FROM log FOR UPDATE" },
			want:  []string{"an implementation is still at work on the database after its answer (idle in transaction): BEGIN; SELECT * FROM log"},
		},
		"the disk is full": {
			db: "local", cache: "embedded", bring: fillDisk,
			want: []string{"No space left on device"},
		},
	} {
		t.Run(reason, func(t *testing.T) {
			nothingLeft(t)
			if reason == "the disk is full" {
				smallDisk(t)
			}
			rep, err := Run(t.Context(), faultConfig(t, row.db, row.cache, row.timeout, row.bring), faultCorpus(t), Options{
				Done: func(Result, Progress) { _ = os.Remove(filler()) }, // somebody makes room
			})
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"grade/1": "equivalent", "grade/2": "errored", "grade/3": "equivalent"}
			if diff := cmp.Diff(want, verdicts(rep)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, res := range rep.Results {
				for _, want := range row.want {
					if res.Case == "grade/2" && !strings.Contains(res.Message, want) {
						t.Errorf("want %q in %s", want, res.Message)
					}
				}
				if res.Case != "grade/2" && res.Message != "" {
					t.Errorf("%s: %s", res.Case, res.Message)
				}
			}
		})
	}
}

// faultCorpus has a case that brings a fault about, between two that do not.
func faultCorpus(t *testing.T) *corpus.Corpus {
	t.Helper()
	all := &corpus.Corpus{SHA256: "0"}
	for n, document := range []string{"mutation { ok }", "mutation { ok } # fault", "mutation { ok }"} {
		cs, err := corpus.Parse(fmt.Sprint("grade/", n+1), []byte(strings.Replace(gradeCase, "mutation { ok }", document, 1)))
		if err != nil {
			t.Fatal(err)
		}
		all.Cases = append(all.Cases, cs)
	}
	return all
}

func faultConfig(t *testing.T, db, cache string, timeout time.Duration, bring func(*testing.T, string, string) string) *Config {
	t.Helper()
	_, err := postgres.Installed()
	storetest.Need(t, "postgres", err == nil, fmt.Sprint(err))
	_, err = exec.LookPath("redis-server")
	storetest.Need(t, "redis", err == nil, fmt.Sprint(err))
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, bring(t, r.URL.Query().Get("db"), r.URL.Query().Get("cache")))
	}))
	t.Cleanup(hook.Close)
	schema := filepath.Join(t.TempDir(), "schema.sql")
	sql := "CREATE TABLE grades (id serial PRIMARY KEY, score numeric(5,2)); CREATE TABLE log (grade_id int);"
	if err := os.WriteFile(schema, []byte(sql), 0o600); err != nil {
		t.Fatal(err)
	}
	c := testConfig(t, "", "grades")
	c.Legacy = nil
	c.Candidate.Env["HARNESS_TEST_HOOK"] = hook.URL
	c.Candidate.Timeout = 30 * time.Second
	if timeout > 0 {
		c.Candidate.Timeout = timeout
	}
	c.Stores = []StoreConfig{
		{Name: "cache", Kind: "redis", Driver: cache, ServerConfig: ServerConfig{Pull: "never", opener: &opener{}}},
		{Name: "db", Kind: "postgres", Driver: db, ServerConfig: ServerConfig{Schema: []string{schema}, Pull: "never", opener: &opener{}}},
	}
	if cache == driverContainer {
		c.Stores[0].Image = testimage.Redis(t)
	}
	if db == driverContainer {
		c.Stores[1].Image = testimage.Postgres(t)
	}
	return c
}

func killPostgres(t *testing.T, db, _ string) string {
	t.Helper()
	c, err := pgconn.Connect(t.Context(), db)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer c.Close(context.Background()) //nolint:errcheck // it is killed
	results, err := c.Exec(t.Context(), "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)").ReadAll()
	if err != nil {
		t.Error(err)
		return ""
	}
	pid, err := strconv.Atoi(string(results[0].Rows[0][0]))
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGKILL)
	}
	if err != nil {
		t.Error(err)
	}
	return ""
}

func shutdownRedis(t *testing.T, _, cache string) string {
	t.Helper()
	to, err := redis.ParseURL(cache)
	if err != nil {
		t.Error(err)
		return ""
	}
	to.MaxRetries = -1
	c := redis.NewClient(to)
	defer c.Close()               //nolint:errcheck // of a test
	c.ShutdownNoSave(t.Context()) // the answer is the end of the connection
	return ""
}

// removeContainer removes the container of an image as somebody by hand would.
func removeContainer(image string) func(*testing.T, string, string) string {
	return func(t *testing.T, _, _ string) string {
		t.Helper()
		for _, one := range testimage.Left(t) {
			if fields := strings.Fields(one); strings.HasPrefix(fields[2], image) {
				if out, err := exec.Command("docker", "rm", "--force", fields[1]).CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
				return ""
			}
		}
		t.Errorf("there is no container of %s", image)
		return ""
	}
}

// diskSize holds a new database, and little more.
const diskSize = "size=100m"

// smallDisk has temporary files lie on a disk of their own.
func smallDisk(t *testing.T) {
	t.Helper()
	dir := os.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, diskSize+",mode=0755"); err != nil {
		storetest.Need(t, "root", false, fmt.Sprintf("no disk of its own can be mounted: %v", err))
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
}

// filler takes the room on the disk.
func filler() string { return filepath.Join(os.TempDir(), "filler") }

// fillDisk leaves no room for what the candidate writes next.
func fillDisk(t *testing.T, _, _ string) string {
	t.Helper()
	f, err := os.Create(filler())
	if err != nil {
		t.Error(err)
		return ""
	}
	block := make([]byte, 1<<20)
	for err == nil {
		_, err = f.Write(block)
	}
	_ = f.Close() // the disk is full
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("want a full disk, have %v", err)
	}
	return "INSERT INTO log SELECT generate_series(1, 1000000)"
}
