package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// recording runs "replay record" before a legacy. It returns what the command says
// line by line, and what ends it and returns the rest.
func recording(t *testing.T, legacy http.Handler, flags ...string) (line, end func() string) {
	t.Helper()
	server := httptest.NewServer(legacy)
	t.Cleanup(server.Close)
	config := filepath.Join(t.TempDir(), "replay.yaml")
	text := fmt.Sprintf("version: 1\nimplementations:\n  legacy: {url: %q}\n", server.URL+"/graphql")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	r, w := io.Pipe()
	root := newRoot()
	root.SetArgs(append([]string{"record", "-c", config, "--listen", "127.0.0.1:0", "--out", filepath.Join(t.TempDir(), "corpus")}, flags...))
	root.SetOut(w)
	root.SetErr(w)
	go func() { _ = w.CloseWithError(root.ExecuteContext(ctx)) }()
	out := bufio.NewReader(r)
	line = func() string {
		t.Helper()
		text, err := out.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	return line, func() string {
		t.Helper()
		cancel()
		rest, err := io.ReadAll(out)
		if err != nil {
			t.Fatal(err)
		}
		return string(rest)
	}
}

var address = regexp.MustCompile(`http://[^ \n]+`)

// What is left out and what is too large is passed on, counted in the summary, and
// shown by the metrics while it happens.
func TestRecordLimits(t *testing.T) {
	line, end := recording(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"data":{"got":%d}}`, len(body))
	}), "--only", "mutation", "--max-body", "1KiB", "--sample", "100%", "--rate", "1000/s", "--metrics", "127.0.0.1:0")
	metrics, endpoint := address.FindString(line()), address.FindString(line())
	long := strings.Repeat("x", 2000)
	for _, body := range []string{`{"query":"{ a }"}`, `{"query":"mutation { a }"}`, `{"query":"mutation { a }","padding":"` + long + `"}`} {
		resp, err := http.Post(endpoint, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if want := fmt.Sprintf(`{"data":{"got":%d}}`, len(body)); string(got) != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	resp, err := http.Get(metrics)
	if err != nil {
		t.Fatal(err)
	}
	shown, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	for _, want := range []string{"replay_record_operations_total 3\n", `replay_record_skipped_total{reason="request too large"} 1`, `replay_record_left_out_total{by="only"} 1`} {
		if !strings.Contains(string(shown), want) {
			t.Errorf("the metrics lack %s:\n%s", want, shown)
		}
	}
	summary := end()
	for _, want := range []string{"recorded 1 case\n", "passed on and left out, as asked: 1 by only\n", "  1  request too large: more than 1024 bytes\n"} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary lacks %q:\n%s", want, summary)
		}
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]size{"4MiB": 4 << 20, "500kB": 500_000, "1.5KiB": 1536, "10": 10, "7B": 7, "1GiB": 1 << 30} {
		var got size
		if err := got.Set(text); err != nil || got != want {
			t.Errorf("%s: got %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "MiB", "-1", "0", "NaN", "1e30GB", "4 MiB", "inf"} {
		if got := new(size); got.Set(text) == nil {
			t.Errorf("%q: got %d", text, *got)
		}
	}
}
