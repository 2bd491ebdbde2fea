package harness

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestMain runs this test binary as an implementation when a test starts it as
// one, so that faults of processes are tested with real processes.
func TestMain(m *testing.M) {
	if mode := os.Getenv("HARNESS_TEST_SERVER"); mode != "" {
		serveTest(mode)
		return
	}
	os.Exit(m.Run())
}

// serveTest is a server that answers every mutation with {"data":{"ok":true}},
// except for one whose document names the fault of its mode.
func serveTest(mode string) {
	if mode == "exit-at-start" {
		fmt.Fprintln(os.Stderr, "cannot read settings.toml")
		os.Exit(4)
	}
	s := testServer{mode: mode}
	mux := http.NewServeMux()
	mux.HandleFunc("/graphql", s.graphql)
	if strings.HasPrefix(mode, "calls") {
		mux.HandleFunc("POST /graphql", caller{mode}.graphql)
	}
	if strings.HasPrefix(mode, "grades") {
		mux.HandleFunc("POST /graphql", grader{mode}.graphql)
	}
	if strings.HasPrefix(mode, "token") {
		mux.HandleFunc("POST /graphql", giveToken(mode))
	}
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		if mode == "never-ready" {
			fmt.Fprintln(os.Stderr, "waiting for the moon")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	if err := http.ListenAndServe(cmp.Or(os.Getenv("HARNESS_TEST_HOST"), "127.0.0.1")+":"+os.Getenv("PORT"), mux); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(5)
	}
}

type testServer struct {
	mode  string
	count atomic.Int64
}

func (s *testServer) graphql(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	var req struct{ Query string }
	if err := json.Unmarshal(body, &req); err != nil || !strings.Contains(req.Query, s.mode) {
		_, _ = fmt.Fprint(w, `{"data":{"ok":true}}`)
		return
	}
	s.misbehave(w)
}

func (s *testServer) misbehave(w http.ResponseWriter) {
	n := s.count.Add(1)
	switch s.mode {
	case "exits":
		fmt.Fprintln(os.Stderr, "panic: out of chalk")
		os.Exit(3)
	case "hangs":
		time.Sleep(time.Minute)
	case "status500":
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = fmt.Fprint(w, "boom")
	case "half":
		w.Header().Set("Content-Length", "1000")
		_, _ = fmt.Fprint(w, `{"data":{"ok":`)
	case "huge":
		for chunk := strings.Repeat("x", 1<<20); ; {
			if n++; n > 50 {
				return
			}
			_, _ = fmt.Fprint(w, chunk)
		}
	case "html":
		_, _ = fmt.Fprint(w, "<html>gateway</html>")
	case "differs":
		_, _ = fmt.Fprint(w, `{"data":{"ok":false}}`)
	case "counts":
		_, _ = fmt.Fprintf(w, `{"data":{"ok":%d}}`, time.Now().UnixNano())
	case "warms":
		// The first answer of a process differs from its later ones.
		_, _ = fmt.Fprintf(w, `{"data":{"ok":%v}}`, n == 1)
	case "answers-and-dies":
		_, _ = fmt.Fprint(w, `{"data":{"ok":true}}`)
		time.AfterFunc(5*time.Millisecond, func() { os.Exit(6) })
	case "dials": // ok: nobody is there
		conn, err := net.DialTimeout("tcp", os.Getenv("HARNESS_TEST_DIAL"), time.Second)
		if err == nil {
			_ = conn.Close()
		}
		_, _ = fmt.Fprintf(w, `{"data":{"ok":%v}}`, err != nil)
	case "outside":
		resp, err := http.Get("http://users.internal/graphql")
		if err == nil {
			_ = resp.Body.Close()
		}
		_, _ = fmt.Fprint(w, `{"data":{"ok":true}}`)
	}
}
