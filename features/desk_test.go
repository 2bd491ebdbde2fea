package features_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/features"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/harness/store/postgres"
	"github.com/sidebyside/replay/harness/store/storetest"
)

// TestMain runs this test binary as the desk when a test starts it as one.
func TestMain(m *testing.M) {
	if fault, ok := os.LookupEnv("DESK"); ok {
		http.HandleFunc("/graphql", (&desk{fault: fault}).graphql)
		if err := http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// desk is an implementation on PostgreSQL, Redis and an upstream, with one fault.
// One that is an echo only answers.
type desk struct {
	fault   string
	answers atomic.Int64
}

var grading = regexp.MustCompile(`grade\(id: (\d+), score: ([\d.]+)\)`)

func (d *desk) graphql(w http.ResponseWriter, r *http.Request) {
	var req struct{ Query string }
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	m := grading.FindStringSubmatch(req.Query)
	if m == nil {
		_, _ = io.WriteString(w, `{"data":{"__typename":"Query"}}`)
		return
	}
	if fault, ok := strings.CutPrefix(d.fault, "echo"); ok {
		d.echo(w, strings.TrimSpace(fault), m[1], m[2])
		return
	}
	if err := d.grade(r.Context(), m[1], m[2]); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = fmt.Fprintf(w, `{"data":{"grade":{"id":%q,"score":%s}}}`, m[1], m[2])
}

// echo answers; with a fault, the first time after the start otherwise than later.
func (d *desk) echo(w http.ResponseWriter, fault, id, score string) {
	if fault == "breaks" {
		w.WriteHeader(http.StatusInternalServerError)
	}
	if n := d.answers.Add(1); fault == "forgets" {
		score = "1"
		if n > 1 {
			score = "2"
		}
	}
	_, _ = fmt.Fprintf(w, `{"data":{"grade":{"id":%q,"score":%s}}}`, id, score)
}

func (d *desk) grade(ctx context.Context, id, score string) error {
	db, err := pgconn.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer db.Close(ctx) //nolint:errcheck // of a test
	stored := score
	if d.fault == "rounds" {
		stored = "8"
	}
	if _, err := db.Exec(ctx, "UPDATE grades SET score = "+stored+" WHERE id = "+id+"; INSERT INTO log (grade_id, note) VALUES ("+id+", 'graded')").ReadAll(); err != nil {
		return err
	}
	if err := d.forget(ctx, id); err != nil {
		return err
	}
	if len(score) > 1 {
		return nil
	}
	return d.tell(ctx, id)
}

func (d *desk) forget(ctx context.Context, id string) error {
	to, err := redis.ParseURL(os.Getenv("REDIS_URL"))
	if err != nil {
		return err
	}
	cache := redis.NewClient(to)
	defer cache.Close() //nolint:errcheck // of a test
	if err := cache.Set(ctx, "last", id, 0).Err(); err != nil || d.fault == "remembers" {
		return err
	}
	return cache.Del(ctx, "grade:"+id).Err()
}

func (d *desk) tell(ctx context.Context, id string) error {
	if d.fault == "silent" {
		return nil
	}
	body := fmt.Sprintf(`{"query":"mutation ($id: ID!) { tell(grade: $id) }","variables":{"id":%q}}`, id)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, os.Getenv("PARENTS_URL"), strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// asDesk starts this test binary, with a fault of the candidate.
func asDesk(t *testing.T, fault string) func(*harness.Config) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return func(c *harness.Config) {
		c.Legacy.Command, c.Candidate.Command = []string{exe}, []string{exe}
		c.Legacy.Env, c.Candidate.Env = map[string]string{"DESK": ""}, map[string]string{"DESK": fault}
	}
}

func needPostgres(t *testing.T) {
	t.Helper()
	_, err := postgres.Installed()
	storetest.Need(t, "postgres", err == nil, fmt.Sprint(err))
}

// TestDesk runs the scenarios on PostgreSQL, Redis and an upstream.
func TestDesk(t *testing.T) {
	needPostgres(t)
	features.Test(t, "testdata/desk", asDesk(t, ""))
}

// TestDeskFaults wants each fault found, and shown as a run shows it.
func TestDeskFaults(t *testing.T) {
	needPostgres(t)
	c, cases := deskConfig(t)
	for _, row := range []struct{ fault, reason, want string }{
		{"rounds", "a number that is rounded before it is stored", "effects db public.grades/42.score (public.grades.score): value"},
		{"remembers", "a key that stays", "effects cache key/grade:42 (key): missing"},
		{"silent", "a call that is not made", "calls parents: missing"},
	} {
		asDesk(t, row.fault)(c)
		var out strings.Builder
		_, err := features.Run(t.Context(), c, cases, features.RunOptions{Format: "pretty", Output: &out, NoColors: true})
		if !errors.Is(err, features.ErrFailing) {
			t.Errorf("%s: %v, want a failure\n%s", row.reason, err, out.String())
		}
		for _, want := range []string{"DIVERGENT", row.want, "reproduce: replay features -c testdata/desk/replay.yaml testdata/desk/features/grade.feature:"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: the failure does not say %q:\n%s", row.reason, want, out.String())
			}
		}
	}
}

func deskConfig(t *testing.T) (*harness.Config, *corpus.Corpus) {
	t.Helper()
	c, err := harness.LoadConfig("testdata/desk")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := corpus.Open(c.Corpus)
	if err != nil {
		t.Fatal(err)
	}
	return c, cases
}
