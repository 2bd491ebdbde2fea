package harness

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store/postgres"
	"github.com/sidebyside/replay/harness/store/storetest"
)

// grader is a server that grades, in one of the ways in which porters do.
type grader struct{ mode string }

func (g grader) graphql(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	body, err := io.ReadAll(r.Body)
	if err == nil && strings.Contains(string(body), "# fault") {
		err = bringFault(r.Context())
	}
	if err == nil {
		err = g.grade(r.Context())
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = fmt.Fprint(w, `{"data":{"ok":true}}`)
}

func (g grader) grade(ctx context.Context) error {
	db, err := pgconn.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer db.Close(ctx) //nolint:errcheck // of a test
	score := "8.50"
	if g.mode == "grades-rounds" {
		score = "8"
	}
	sql := "UPDATE grades SET score = " + score + " WHERE id = 42; INSERT INTO log (grade_id) SELECT id FROM grades"
	if g.mode == "grades-otherwise" { // in another order, twice
		sql = "INSERT INTO log (grade_id) VALUES (1), (42); UPDATE grades SET score = 1 WHERE id = 42; UPDATE grades SET score = 8.5 WHERE id = 42"
	}
	if _, err := db.Exec(ctx, sql).ReadAll(); err != nil {
		return err
	}
	if g.mode == "grades-stale" {
		return nil
	}
	to, err := redis.ParseURL(os.Getenv("REDIS_URL"))
	if err != nil {
		return err
	}
	cache := redis.NewClient(to)
	defer cache.Close() //nolint:errcheck // of a test
	return cache.Del(ctx, "grade:42").Err()
}

const gradeCase = `version: 1
recorded: {at: 2026-11-20T14:00:00Z, implementation: legacy}
request: {operation: mutation, fields: [ok], document: "mutation { ok }"}
fixture:
  db:
    primary: {public.grades: [id]}
    tables: {public.grades: [{id: 1, score: null}, {id: 42, score: !numeric 5}]}
  cache:
    keys: {grade:42: {type: string, value: "5", ttl: 600}, grade:1: {type: string, value: ""}}
expect:
  http: {status: 200, headers: {content-type: application/json}}
  response: {data: {ok: true}}
  effects:
    db:
      - update: [public.grades, 42]
        set: {score: {from: !numeric 5.00, to: !numeric 8.50}}
      - insert: [public.log, "*"]
        properties: {grade_id: 1}
      - insert: [public.log, "*"]
        properties: {grade_id: 42}
    cache:
      - delete: [key, "grade:42"]
`

// TestServers replays real processes on PostgreSQL and Redis.
func TestServers(t *testing.T) {
	_, err := postgres.Installed()
	storetest.Need(t, "postgres", err == nil, fmt.Sprint(err))
	cs, err := corpus.Parse("grade/a", []byte(gradeCase))
	if err != nil {
		t.Fatal(err)
	}
	schema := filepath.Join(t.TempDir(), "schema.sql")
	sql := "CREATE TABLE grades (id serial PRIMARY KEY, score numeric(5,2)); CREATE TABLE log (grade_id int);"
	if err := os.WriteFile(schema, []byte(sql), 0o600); err != nil {
		t.Fatal(err)
	}
	drivers := []string{"embedded"}
	if _, err := exec.LookPath("redis-server"); err == nil {
		drivers = append(drivers, "local")
	}
	for _, row := range []struct {
		candidate string
		want      []string
	}{
		{"grades", nil},
		{"grades-otherwise", nil},
		{"grades-stale", []string{"cache key/grade:42: missing"}},
		{"grades-rounds", []string{"db public.grades/42.score: value"}},
	} {
		c := testConfig(t, "grades", row.candidate)
		c.Stores = []StoreConfig{
			{Name: "cache", Kind: "redis", Driver: drivers[len(row.want)%len(drivers)], ServerConfig: ServerConfig{opener: &opener{}}},
			{Name: "db", Kind: "postgres", Driver: "local", ServerConfig: ServerConfig{Schema: []string{schema}, opener: &opener{}}},
		}
		rep, err := Run(t.Context(), c, &corpus.Corpus{SHA256: "0", Cases: []*corpus.Case{cs}}, Options{})
		if err != nil {
			t.Fatalf("%s: %v", row.candidate, err)
		}
		var have []string
		for _, d := range rep.Results[0].Differences {
			have = append(have, fmt.Sprintf("%s %s: %s", d.Store, d.Path, d.Kind))
		}
		if diff := cmp.Diff(row.want, have); diff != "" || (rep.Results[0].Verdict == Equivalent) != (row.want == nil) {
			t.Errorf("%s: %s %s (-want +got):\n%s", row.candidate, rep.Results[0].Verdict, rep.Results[0].Message, diff)
		}
	}
}
