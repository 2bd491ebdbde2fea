package postgres_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sidebyside/replay/harness/store/postgres"
)

// BenchmarkSeedAndObserve is a case of 50 rows over 20 tables that writes to
// three of them, in schemas of 20 and of 200 tables.
func BenchmarkSeedAndObserve(b *testing.B) {
	need(b)
	for _, tables := range []int{20, 200} {
		b.Run(fmt.Sprintf("tables=%d", tables), func(b *testing.B) {
			s := openWide(b, tables)
			fixture := state(b, wide("row"))
			c, err := pgconn.Connect(b.Context(), s.URL())
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close(b.Context()) //nolint:errcheck // of the benchmark
			for b.Loop() {
				if err := s.Seed(b.Context(), fixture); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if _, err := c.Exec(b.Context(), "UPDATE t1 SET name = 'x'; INSERT INTO t2 (name) VALUES ('y'); DELETE FROM t3").ReadAll(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if o, err := s.Observe(b.Context()); err != nil || len(o.Effects) != 3+1+3 {
					b.Fatal(o.Effects, err)
				}
			}
		})
	}
}

// BenchmarkOtherContent is the worst case: each of the 20 tables holds something
// else in each case.
func BenchmarkOtherContent(b *testing.B) {
	need(b)
	s := openWide(b, 200)
	one, other := state(b, wide("one")), state(b, wide("other"))
	for b.Loop() {
		one, other = other, one
		if err := s.Seed(b.Context(), one); err != nil {
			b.Fatal(err)
		}
		if o, err := s.Observe(b.Context()); err != nil || len(o.Effects) > 0 {
			b.Fatal(o.Effects, err)
		}
	}
}

// wide is a fixture of 50 rows over 20 tables.
func wide(name string) string {
	var content strings.Builder
	content.WriteString("db:\n  primary: {public.t0: [id]}\n  tables:\n")
	for i := range 20 {
		fmt.Fprintf(&content, "    public.t%d:\n", i)
		for n := range 2 + i%2 {
			fmt.Fprintf(&content, "      - {id: %d, name: %s, up: null}\n", n+1, name)
		}
	}
	return content.String()
}

func openWide(b *testing.B, tables int) *postgres.Store {
	b.Helper()
	var sql strings.Builder
	for i := range tables {
		fmt.Fprintf(&sql, "CREATE TABLE t%d (id serial PRIMARY KEY, name text, up int REFERENCES t%d);\n", i, max(0, i-1))
	}
	file := filepath.Join(b.TempDir(), "wide.sql")
	if err := os.WriteFile(file, []byte(sql.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	var pool postgres.Pool
	s, err := pool.Open(b.Context(), postgres.Options{Driver: postgres.Local, Schema: []string{file}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}
