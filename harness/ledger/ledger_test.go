package ledger

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/normalizers"
)

var update = flag.Bool("update", false, "rewrite golden files")

const testSchema = `
type Query { assignment(id: ID!): Assignment person: Person }
type Mutation { renameAssignment(id: ID!, title: String!): Assignment }
type Assignment { id: ID! title: String! points: Int! }
interface Person { name: String! }
type Student implements Person { name: String! }
enum Color { RED }
`

func testNames(tb testing.TB) Names {
	tb.Helper()
	schema, err := normalizers.LoadSchema("schema.graphql", []byte(testSchema))
	if err != nil {
		tb.Fatal(err)
	}
	return Names{
		Schema: schema, Stores: []string{"datastore", "other-store"}, Upstreams: []string{"users"},
		Channels: []string{"http", "response", "effects", "calls"},
		Kinds:    []string{"value", "type", "missing", "extra", "order", "length"},
		Classes:  []string{"rounding", "message text", "missing write"},
		Today:    time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC),
	}
}

// testCorpus stores an assignment.
func testCorpus() []*corpus.Case {
	return []*corpus.Case{{Fixture: corpus.Fixture{Stores: map[string]corpus.State{"datastore": {Entities: []corpus.Entity{{
		Key: corpus.Key{Path: []corpus.PathElement{{Kind: "Assignment", ID: 42}}},
		Properties: map[string]corpus.Value{
			"title": "Old", "rubric": []corpus.Value{&corpus.Entity{Properties: map[string]corpus.Value{"note": "x"}}},
		},
	}}}}}}}
}

// TestProblems reads each testdata/problems/*.yaml and compares what is wrong
// with the .golden beside it. Adding a case is adding a file.
func TestProblems(t *testing.T) {
	files, err := filepath.Glob("testdata/problems/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no inputs: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			l, problems := Read("ledger.yaml", data, testNames(t))
			if len(problems) == 0 {
				problems = l.Check(testCorpus())
			}
			got := "ok\n"
			if len(problems) > 0 {
				got = problems.Error() + "\n"
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzRead wants every problem to stand within the file.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/problems/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	names := testNames(f)
	f.Fuzz(func(t *testing.T, data string) {
		l, problems := Read("ledger.yaml", []byte(data), names)
		problems = append(problems, l.Check(testCorpus())...)
		lines := strings.Split(data, "\n")
		for _, p := range problems {
			if p.Line < 0 || p.Line > len(lines)+1 || p.Column < 0 {
				t.Errorf("%v: the file has %d lines", p, len(lines))
			}
		}
	})
}
