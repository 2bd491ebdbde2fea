package datastoreproxy_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/recorder"
)

const example = "github.com/sidebyside/replay/examples/classroom"

// The session of the example yields the same corpus through the proxy as with the
// embedded journal.
func TestClassroom(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the example")
	}
	programs := t.TempDir() + string(filepath.Separator)
	if out, err := exec.Command("go", "build", "-o", programs, example+"/legacy", example+"/session").CombinedOutput(); err != nil {
		t.Fatalf("build the example: %v\n%s", err, out)
	}
	stores, err := corpus.OpenState(seedFile)
	if err != nil {
		t.Fatal(err)
	}
	embedded, behind := openStore(t, stores["datastore"]), openStore(t, stores["datastore"])
	want := recordSession(t, programs, embedded)
	got := recordSession(t, programs, startProxy(t, behind.URL()))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("embedded journal (-), proxy (+):\n%s", diff)
	}
	if len(want) < 80 {
		t.Errorf("the session has %d cases", len(want))
	}
}

// recordSession returns the texts of the cases, without the times of the recording.
func recordSession(t *testing.T, programs string, s store.Recordable) []string {
	t.Helper()
	base := startLegacy(t, filepath.Join(programs, "legacy"), s.Env())
	to, err := url.Parse(base + "/graphql")
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	rec, err := recorder.New(recorder.Options{
		Target: to, Stores: map[string]store.Recordable{"datastore": s}, Out: out, KeepHeaders: []string{"x-user"}, Guards: 3, Follow: 1,
		NowHeader: "x-replay-now",
	})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(rec)
	defer front.Close()
	session := exec.Command(filepath.Join(programs, "session"), "--endpoint", front.URL+"/graphql")
	if text, err := session.CombinedOutput(); err != nil {
		t.Fatalf("session: %v\n%s", err, text)
	}
	for reason, skipped := range rec.Summary().Skipped {
		if regexp.MustCompile(`^(store|fixture|commit|content|lost|operation reads|recording)`).MatchString(reason) {
			t.Errorf("not recorded: %s: %v", reason, skipped)
		}
	}
	return texts(t, out)
}

// texts are the sorted texts of a corpus, in which times that are not those of the
// seed are masked.
func texts(t *testing.T, dir string) []string {
	t.Helper()
	c, err := corpus.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	seed, err := os.ReadFile(seedFile)
	if err != nil {
		t.Fatal(err)
	}
	seeded := map[time.Time]bool{}
	for _, text := range instant.FindAllString(string(seed), -1) {
		seeded[parsed(t, text)] = true
	}
	var out []string
	for _, one := range c.Cases {
		text, err := corpus.Format(one)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, instant.ReplaceAllStringFunc(string(text), func(s string) string {
			if seeded[parsed(t, s)] {
				return s
			}
			return "<time>"
		}))
	}
	slices.Sort(out)
	return out
}

const seedFile = "../../examples/classroom/seed.yaml"

var instant = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`)

func parsed(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

// startLegacy runs the program and waits until it is healthy.
func startLegacy(t *testing.T, program string, env map[string]string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	var log bytes.Buffer
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "PORT="+port, "CLASSROOM_CLOCK=header")
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })
	for base := "http://127.0.0.1:" + port; ; time.Sleep(5 * time.Millisecond) {
		select {
		case <-ended:
			t.Fatalf("legacy ended: %s", &log)
		default:
		}
		if resp, err := http.Get(base + "/healthz"); err == nil {
			_ = resp.Body.Close()
			return base
		}
	}
}
