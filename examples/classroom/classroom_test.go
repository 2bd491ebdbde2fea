package classroom_test

import (
	"net/http"
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
	"github.com/sidebyside/replay/examples/classroom"
	"github.com/sidebyside/replay/examples/classroom/breaks"
)

// TestBatch compares a batch as a whole: the servers answer an array.
func TestBatch(t *testing.T) {
	const batch = `[
		{"query": "{ person(id: \"ada\") { name } }"},
		{"query": "mutation { renameAssignment(classId: \"8\", id: \"201\", title: \"Force\") { title } }"},
		{"query": "{ assignment(classId: \"8\", id: \"201\") { title } }"},
		{"query": "{ nothing }"}
	]`
	const want = `[{"data":{"person":{"name":"Ada Lovelace"}}},{"data":{"renameAssignment":{"title":"Force"}}},{"data":{"assignment":{"title":"Force"}}},{"errors":`
	for _, program := range []string{"legacy", "candidate"} {
		s := start(t, program)
		s.fill(t, seed(t))
		if status, got := s.post(t, "ada", batch); status != http.StatusOK || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %d %s", program, status, got)
		}
	}
}

// TestCorpusCovers wants cases of every root field.
func TestCorpusCovers(t *testing.T) {
	cases, err := corpus.Open("corpus")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, cs := range cases.Cases {
		for _, f := range cs.Request.Fields {
			seen[f] = true
		}
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: classroom.Schema})
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation} {
		for _, f := range root.Fields {
			if !strings.HasPrefix(f.Name, "__") && !seen[f.Name] {
				t.Errorf("the corpus has no case of %s", f.Name)
			}
		}
	}
}

func TestServersEndOnSIGTERM(t *testing.T) {
	for _, program := range []string{"legacy", "candidate"} {
		s := start(t, program)
		if err := s.stop(t); err != nil {
			t.Errorf("%s: %v\n%s", program, err, s.log)
		}
	}
}

func TestServersRefuseToStart(t *testing.T) {
	for _, c := range []struct{ program, env, want, reason string }{
		{"legacy", "", "PORT is not set", "nowhere to listen"},
		{"candidate", "", "PORT is not set", "nowhere to listen"},
		{"candidate", "CLASSROOM_BREAK=no-such-break", strings.Join(breaks.Names(), ", "), "an unknown break would make nothing differ"},
	} {
		cmd := exec.Command(filepath.Join(programs, c.program))
		if c.env != "" {
			cmd.Env = append(os.Environ(), "PORT=1", c.env)
		}
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s with %q (%s): %v\n%s", c.program, c.env, c.reason, err, out)
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

// TestPortedBugsAreMarked wants each bug in both servers, with a break that
// fixes it, and in the README.
func TestPortedBugsAreMarked(t *testing.T) {
	const mark = `ported bug: ([a-z-]+)`
	legacy := all(t, mark, "legacy/*.go")
	if diff := cmp.Diff(legacy, all(t, mark, "candidate/*.go")); diff != "" {
		t.Errorf("legacy (-) and candidate (+):\n%s", diff)
	}
	if diff := cmp.Diff(legacy, all(t, "(?m)^\\| `([a-z-]+)` \\|", "README.md")); diff != "" {
		t.Errorf("legacy (-) and README (+):\n%s", diff)
	}
	for _, name := range legacy {
		if _, ok := breaks.Find("fixed-" + name); !ok && name != "title-bytes" {
			t.Errorf("no break fixes %s", name)
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
