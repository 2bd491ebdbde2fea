package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the command and a small server available to the scripts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "scribe" { // a recording of this process starts its program once more
		main()
	}
	testscript.Main(m, map[string]func(){"replay": main, "chalk": chalk, "newkey": newKey})
}

// TestScripts runs testdata/script/*.txtar: one script per way to use the
// command, and per exit code.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
	})
}

// chalk is an implementation for scripts: it echoes the title of a rename, and
// with an argument does one thing wrong. "noisy" adds what differs from one
// request to the next.
func chalk() {
	fault := strings.Join(os.Args[1:], " ")
	if fault == "refuses to start" {
		fmt.Fprintln(os.Stderr, "chalk: the board is missing")
		os.Exit(1)
	}
	var renames atomic.Int64
	http.HandleFunc("/graphql", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		title, more := "Fractions", ""
		w.Header().Set("Content-Type", "application/json")
		switch {
		case fault == "shouts" && strings.Contains(string(body), "rename"):
			title = "FRACTIONS"
		case fault == "slow" && strings.Contains(string(body), "rename"):
			time.Sleep(300 * time.Millisecond)
		case fault == "noisy" && strings.Contains(string(body), "rename"):
			more = noisy(int(renames.Add(1)))
		case fault == "never ready":
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintln(os.Stderr, "chalk: looking for a sponge")
		}
		_, _ = fmt.Fprintf(w, `{"data":{"rename":{"id":"42","title":%q%s}}}`, title, more)
	})
	if err := http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil); err != nil {
		fmt.Fprintln(os.Stderr, "chalk:", err)
		os.Exit(1)
	}
}

// noisy is what the n-th rename of a process answers besides.
func noisy(n int) string {
	tags := `["maths","easy"]`
	if n%2 == 0 {
		tags = `["easy","maths"]`
	}
	return fmt.Sprintf(`,"at":%q,"tags":%s,"served":%d`, time.Now().UTC().Format(time.RFC3339Nano), tags, n)
}
