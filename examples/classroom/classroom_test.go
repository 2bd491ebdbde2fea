package classroom_test

import (
	"bytes"
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

	"github.com/sidebyside/replay/examples/classroom"
	"github.com/sidebyside/replay/examples/classroom/breaks"
)

// TestServersAgree replays the session, each operation on its own fixture: both
// servers do what legacy did on all of the data, and each break shows where
// package breaks says.
func TestServersAgree(t *testing.T) {
	ops := record(t)
	legacy := start(t, "legacy")
	want := make([]observation, len(ops))
	for i, op := range ops {
		want[i] = replay(t, legacy, op)
		report(t, op, "legacy on its fixture", compare(op.got, want[i]))
	}
	t.Run("coverage", func(t *testing.T) { covers(t, ops) })
	t.Run("equivalent", func(t *testing.T) {
		candidate := start(t, "candidate")
		for i, op := range ops {
			report(t, op, "candidate", compare(want[i], replay(t, candidate, op)))
		}
	})
	for _, b := range breaks.All {
		t.Run(b.Name, func(t *testing.T) { shows(t, b, ops, want) })
	}
}

func report(t *testing.T, op operation, who string, found []difference) {
	t.Helper()
	for _, d := range found {
		t.Errorf("%s: %v\n%s %s as %q", who, d, op.query, op.body, op.user)
	}
}

// covers wants enough operations, and every root field among them.
func covers(t *testing.T, ops []operation) {
	t.Helper()
	if len(ops) < 95 {
		t.Errorf("the session has %d operations, want at least 95", len(ops))
	}
	seen := map[string]bool{}
	for _, op := range ops {
		for _, f := range op.fields {
			seen[f] = true
		}
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: classroom.Schema})
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation} {
		for _, f := range root.Fields {
			if !strings.HasPrefix(f.Name, "__") && !seen[f.Name] {
				t.Errorf("the session has no %s", f.Name)
			}
		}
	}
}

// shows wants the break's difference in an operation of its field.
func shows(t *testing.T, b breaks.Break, ops []operation, want []observation) {
	t.Helper()
	candidate := start(t, "candidate", "CLASSROOM_BREAK="+b.Name)
	var others []string
	for i, op := range ops {
		if !slices.Contains(op.fields, b.Field) {
			continue
		}
		for _, d := range compare(want[i], replay(t, candidate, op)) {
			if d.channel == b.Channel && strings.Contains(d.path, b.Path) {
				return
			}
			others = append(others, d.String())
		}
	}
	t.Errorf("%s shows nothing in %s at %s; what it shows:\n%s", b.Name, b.Channel, b.Path, strings.Join(others, "\n"))
}

// TestBatch compares a batch as a whole: the servers answer an array.
func TestBatch(t *testing.T) {
	op := operation{method: http.MethodPost, user: "ada", body: []byte(`[
		{"query": "{ person(id: \"ada\") { name } }"},
		{"query": "mutation { renameAssignment(classId: \"8\", id: \"201\", title: \"Force\") { title } }"},
		{"query": "{ assignment(classId: \"8\", id: \"201\") { title } }"},
		{"query": "{ nothing }"}
	]`), fixture: seed(t)}
	legacy, candidate := replay(t, start(t, "legacy"), op), replay(t, start(t, "candidate"), op)
	const want = `[{"data":{"person":{"name":"Ada Lovelace"}}},{"data":{"renameAssignment":{"title":"Force"}}},{"data":{"assignment":{"title":"Force"}}},{"errors":`
	for who, got := range map[string]observation{"legacy": legacy, "candidate": candidate} {
		if got.status != http.StatusOK || !bytes.HasPrefix(got.body, []byte(want)) {
			t.Errorf("%s: %d %s", who, got.status, got.body)
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
