package classroom_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/ports"
	"github.com/sidebyside/replay/harness/store/datastore"
)

// programs holds the built commands by name.
var programs string

func TestMain(m *testing.M) {
	os.Exit(runMain(m))
}

func runMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "classroom")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	programs = dir
	build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./legacy", "./candidate", "./session", "./services")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the example: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// server is a running implementation on its own store.
type server struct {
	base  string // http://host:port
	store *datastore.Store
	cmd   *exec.Cmd
	log   *safeBuffer
	done  chan error
}

// safeBuffer is written by the process and read by the test.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// start runs a program on an empty store and waits until it is healthy.
func start(t *testing.T, program string, env ...string) *server {
	t.Helper()
	st, err := datastore.Open(datastore.Options{Project: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	port := freePort(t)
	s := &server{base: "http://127.0.0.1:" + port, store: st, log: &safeBuffer{}, done: make(chan error, 1)}
	s.cmd = exec.Command(filepath.Join(programs, program))
	s.cmd.Env = append(os.Environ(), "PORT="+port, "CLASSROOM_CLOCK=header")
	for name, value := range st.Env() {
		s.cmd.Env = append(s.cmd.Env, name+"="+value)
	}
	s.cmd.Env = append(s.cmd.Env, env...)
	s.cmd.Stderr = s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.done <- s.cmd.Wait() }()
	t.Cleanup(s.kill)
	s.awaitHealth(t)
	return s
}

func (s *server) kill() {
	_ = s.cmd.Process.Kill() // it may be gone
	s.done <- <-s.done       // it may be asked for again
}

func (s *server) awaitHealth(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		select {
		case err := <-s.done:
			s.done <- err
			t.Fatalf("%s ended: %v\n%s", s.cmd.Path, err, s.log)
		case <-time.After(2 * time.Millisecond):
		}
		resp, err := http.Get(s.base + "/healthz")
		if err != nil {
			continue
		}
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return
		}
	}
	t.Fatalf("%s did not become healthy\n%s", s.cmd.Path, s.log)
}

// stop asks the server to end and returns how it did.
func (s *server) stop(t *testing.T) error {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := <-s.done
	s.done <- err
	return err
}

func freePort(t *testing.T) string {
	t.Helper()
	port, err := ports.Free()
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(port)
}

func seed(t *testing.T) corpus.State {
	t.Helper()
	stores, err := corpus.OpenState("seed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return stores["datastore"]
}

func (s *server) fill(t *testing.T, state corpus.State) {
	t.Helper()
	if err := s.store.Seed(context.Background(), state); err != nil {
		t.Fatal(err)
	}
}

// post sends a body as a user, and returns what came back.
func (s *server) post(t *testing.T, user, body string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+"/graphql", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("x-user", user)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%v\n%s", err, s.log)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(got)
}
