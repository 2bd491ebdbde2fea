package gradebook_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/examples/gradebook/breaks"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/harness/store/storetest/testimage"
)

// TestContainers replays with both servers and both stores in containers, and
// leaves none behind. The images of legacy and the stores are made of what is
// installed here, where those of replay.container.yaml would be pulled.
func TestContainers(t *testing.T) {
	testimage.Docker(t)
	need(t, "python", "postgres")
	c, err := harness.LoadConfig("replay.container.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := corpus.Open(c.Corpus)
	if err != nil {
		t.Fatal(err)
	}
	c.Legacy.Build, c.Legacy.Image = nil, legacyImage(t)
	localImages(t, c)
	t.Cleanup(func() {
		_ = exec.Command("docker", "image", "rm", c.Candidate.Image).Run() // it may not have been built
		if left := testimage.Left(t); len(left) > 0 {
			t.Errorf("left behind: %s", left)
		}
	})
	wantGreen(t, run(t, c, cases, harness.Options{}), len(cases.Cases))

	t.Run("break", func(t *testing.T) {
		b, _ := breaks.Find("stale-average")
		c.Candidate.Env["GRADEBOOK_BREAK"] = b.Name
		wantFound(t, run(t, c, cases, harness.Options{Selection: harness.Selection{Cases: []string{b.Field}}}), b)
	})
}

// TestRecordInContainers records on containers what then replays without a
// difference. Names of cases are others: time passes for keys that expire.
func TestRecordInContainers(t *testing.T) {
	testimage.Docker(t)
	need(t, "python", "postgres")
	c, err := harness.LoadRecordConfig("replay.container.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c.Legacy.Build, c.Legacy.Image = nil, legacyImage(t)
	c.Candidate.Build, c.Candidate.Image = nil, candidateImage(t)
	localImages(t, c)
	out := filepath.Join(t.TempDir(), "corpus")
	record(t, c, out)
	cases, err := corpus.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	committed, err := corpus.Open("corpus")
	if err != nil {
		t.Fatal(err)
	}
	if have, want := len(cases.Cases), len(committed.Cases); have != want {
		t.Errorf("recorded %d cases, want %d", have, want)
	}
	wantGreen(t, run(t, c, cases, harness.Options{}), len(cases.Cases))
}

func localImages(t *testing.T, c *harness.Config) {
	t.Helper()
	for i := range c.Stores {
		switch s := &c.Stores[i]; s.Kind {
		case "postgres":
			s.Image = testimage.Postgres(t)
		case "redis":
			s.Image = testimage.Redis(t)
		}
	}
}

func candidateImage(t *testing.T) string {
	t.Helper()
	root := testimage.NewRoot().At("/candidate", filepath.Join(programs, "candidate"))
	return testimage.Make(t, "replay-test-gradebook-candidate", root, `ENTRYPOINT ["/candidate"]`)
}

// legacyImage has the installed Python, its library and the packages that legacy
// loads.
func legacyImage(t *testing.T) string {
	t.Helper()
	const load = `
import sys
sys.path.insert(0, "legacy")
import engine, psycopg2.extras, redis
print("\n".join(m.__file__ for m in list(sys.modules.values()) if getattr(m, "__file__", None)))`
	out, err := exec.Command(python, "-B", "-c", load).Output()
	if err != nil {
		t.Fatal(err)
	}
	program, err := filepath.EvalSymlinks(python)
	if err != nil {
		t.Fatal(err)
	}
	library := "/usr/lib/" + filepath.Base(program)
	root := testimage.NewRoot().Program(python).Program(program).Tree(library, func(path string) bool {
		return !slices.ContainsFunc([]string{"/__pycache__/", "/test/", "/idlelib/", "/tkinter/", "/lib2to3/", "/config-"},
			func(part string) bool { return strings.Contains(path, part) })
	})
	extensions, err := filepath.Glob(filepath.Join(library, "lib-dynload", "*.so"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(extensions, strings.Fields(string(out))...) {
		if strings.HasPrefix(file, "/usr/") {
			root.Program(file) // with the libraries of an extension
		}
	}
	root.At("/app/schema.graphql", "schema.graphql")
	sources, err := filepath.Glob("legacy/*.py")
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		root.At("/app/"+source, source)
	}
	return testimage.Make(t, "replay-test-gradebook-legacy", root, `ENTRYPOINT ["/usr/bin/python3", "-B", "/app/legacy/server.py"]`)
}
