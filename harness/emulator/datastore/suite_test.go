package datastore_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/harness/emulator/datastore"
)

const clientModule = "cloud.google.com/go/datastore"

// moduleDir is where the module cache holds a module of this build.
func moduleDir(tb testing.TB, module string) string {
	tb.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).CombinedOutput()
	if err != nil {
		skipWithout(tb, "modules", string(out))
	}
	return strings.TrimSpace(string(out))
}

// scratchSuite copies the official client's module and drops the lines of
// newClient that demand credentials.
func scratchSuite(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "datastore")
	if err := os.CopyFS(dir, os.DirFS(moduleDir(t, clientModule))); err != nil {
		t.Fatal(err)
	}
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if d.IsDir() {
			mode = 0o755
		}
		return os.Chmod(path, mode)
	}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "integration_test.go")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, drop := range []string{
		`(?s)\tts := testutil\.TokenSource\(ctx, ScopeDatastore\)\n\tif ts == nil \{\n[^}]*\}\n`,
		`\topts = append\(opts, option\.WithTokenSource\(ts\)\)\n`,
	} {
		re := regexp.MustCompile(drop)
		at := re.FindIndex(b)
		if at == nil {
			t.Fatalf("integration_test.go has no %s", drop)
		}
		b = slices.Delete(b, at[0], at[1])
	}
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestOfficialClientSuite runs the integration tests of the official Go client,
// as they are, against this emulator with the index.yaml that comes with them.
func TestOfficialClientSuite(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles the official client's tests")
	}
	dir := scratchSuite(t)
	build := exec.Command("go", "test", "-c", "-o", "suite.test", ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	if out, err := build.CombinedOutput(); err != nil {
		skipWithout(t, "modules", "the official client's tests do not compile: "+string(out))
	}
	indexFile := filepath.Join(dir, "testdata", "index.yaml")
	yaml, err := os.ReadFile(indexFile)
	if err != nil {
		t.Fatal(err)
	}
	indexes, err := datastore.ParseIndexes(indexFile, yaml)
	if err != nil {
		t.Fatal(err)
	}
	e := start(t, datastore.Options{Indexes: indexes, NoJournal: true})
	run := exec.Command("./suite.test", "-test.run", "TestIntegration_", "-test.v")
	run.Dir = dir
	run.Env = append(os.Environ(), "DATASTORE_EMULATOR_HOST="+e.Addr(), "GCLOUD_TESTS_GOLANG_PROJECT_ID=demo")
	out, err := run.CombinedOutput()
	got := map[string][]string{}
	for _, m := range regexp.MustCompile(`(?m)^--- (\w+): (\w+)`).FindAllSubmatch(out, -1) {
		got[string(m[1])] = append(got[string(m[1])], string(m[2]))
	}
	t.Logf("%d pass, %d fail, %d skip", len(got["PASS"]), len(got["FAIL"]), len(got["SKIP"]))
	if len(got["PASS"]) != 36 || err != nil {
		t.Errorf("%v; failures: %v\n%s", err, got["FAIL"], bytes.TrimSpace(out))
	}
	if d := cmp.Diff([]string{"TestIntegration_DetectProjectID"}, got["SKIP"]); d != "" {
		t.Errorf("skipped for want of credentials: %s", d)
	}
}
