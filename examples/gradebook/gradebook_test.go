package gradebook_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/examples/gradebook"
	"github.com/sidebyside/replay/examples/gradebook/breaks"
)

// TestCorpusCovers wants cases of every root field, and enough of them.
func TestCorpusCovers(t *testing.T) {
	cases, err := corpus.Open("corpus")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	count := map[corpus.OperationType]int{}
	for _, cs := range cases.Cases {
		count[cs.Request.Operation]++
		if cs.Fixture.Base != "../fixtures/school.yaml" {
			t.Errorf("%s stands on %q", cs.Name, cs.Fixture.Base)
		}
		for _, f := range cs.Request.Fields {
			seen[f] = true
		}
	}
	if count[corpus.Mutation] < 60 || count[corpus.Query] < 20 {
		t.Errorf("the corpus has %v, want at least 60 mutations and 20 queries", count)
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: gradebook.Schema})
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation} {
		for _, f := range root.Fields {
			if !strings.HasPrefix(f.Name, "__") && !seen[f.Name] {
				t.Errorf("the corpus has no case of %s", f.Name)
			}
		}
	}
}

func TestBreaksAreComplete(t *testing.T) {
	branches := all(t, `broken\("([^"]+)"\)`, "candidate/*.go")
	if diff := cmp.Diff(slices.Sorted(slices.Values(breaks.Names())), branches); diff != "" {
		t.Errorf("breaks (-) and branches (+) differ:\n%s", diff)
	}
	for _, b := range breaks.All {
		if b.Does == "" || b.Field == "" || b.Channel == "" || b.Path == "" || b.Class == "" {
			t.Errorf("incomplete: %+v", b)
		}
	}
}

// TestPortedBugsAreMarked wants each bug in both servers, with a break that fixes
// it, on the ledger and in the README.
func TestPortedBugsAreMarked(t *testing.T) {
	const mark = `ported bug: ([a-z-]+)`
	legacy := all(t, mark, "legacy/*.py")
	for what, found := range map[string][]string{
		"candidate": all(t, mark, "candidate/*.go"),
		"README":    all(t, "(?m)^\\| `([a-z-]+)` \\|", "README.md"),
		"ledger":    all(t, `(?m)^  - id: ([a-z-]+)`, "ledger.yaml"),
	} {
		if diff := cmp.Diff(legacy, found); diff != "" {
			t.Errorf("legacy (-) and %s (+):\n%s", what, diff)
		}
	}
	for _, name := range legacy {
		if _, ok := breaks.Find("fixed-" + name); !ok {
			t.Errorf("no break fixes %s", name)
		}
	}
}

// TestServersRefuseToStart wants to be told what is missing.
func TestServersRefuseToStart(t *testing.T) {
	need(t, "python")
	for _, c := range []struct {
		command []string
		env     []string
		want    string
		reason  string
	}{
		{[]string{python, "-B", "legacy/server.py"}, nil, "PORT is not set", "nowhere to listen"},
		{[]string{python, "-B", "-S", "legacy/server.py"}, []string{"PORT=1"}, "apt-get install python3-graphql-core", "packages are missing"},
		{[]string{filepath.Join(programs, "candidate")}, nil, "PORT is not set", "nowhere to listen"},
		{
			[]string{filepath.Join(programs, "candidate")},
			[]string{"PORT=1", "DATABASE_URL=postgres://127.0.0.1/x", "REDIS_URL=redis://127.0.0.1", "GRADEBOOK_BREAK=no-such-break"},
			strings.Join(breaks.Names(), ", "), "an unknown break would make nothing differ",
		},
	} {
		cmd := exec.Command(c.command[0], c.command[1:]...) //nolint:gosec // programs of this example
		cmd.Env = c.env
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s (%s): %v\n%s", c.command, c.reason, err, out)
		}
	}
}

// all collects the distinct first groups of an expression, sorted.
func all(t *testing.T, expression, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(files), err)
	}
	var found []string
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(expression).FindAllStringSubmatch(string(text), -1) {
			found = append(found, m[1])
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
