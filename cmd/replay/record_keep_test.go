package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
)

// recordChalk records what the session sends to a chalk with the fault, and returns
// the closing summary.
func recordChalk(t *testing.T, dir, fault string, flags []string, session ...string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "chalk") // under this name the test binary is one
	config := fmt.Sprintf("version: 1\nimplementations:\n  legacy: {command: [%q, %q], endpoint: \"http://127.0.0.1:${PORT}/graphql\"}\n", link, fault)
	file := filepath.Join(dir, "replay.yaml")
	if err := errors.Join(os.Symlink(exe, link), os.WriteFile(file, []byte(config), 0o644)); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	root := newRoot()
	root.SetArgs(append([]string{"record", "-c", file, "--listen", "127.0.0.1:0"}, flags...))
	read, write := io.Pipe()
	root.SetOut(write)
	ended := make(chan error, 1)
	go func() {
		err := root.ExecuteContext(ctx)
		ended <- errors.Join(err, write.Close())
	}()
	lines := bufio.NewScanner(read)
	for lines.Scan() {
		m := regexp.MustCompile(`recording at (\S+)`).FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		for _, body := range session {
			resp, err := http.Post(m[1], "application/json", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
		}
		stop()
		break
	}
	var summary strings.Builder
	for lines.Scan() {
		summary.WriteString(lines.Text() + "\n")
	}
	if err := <-ended; err != nil {
		t.Fatalf("record: %v\n%s", err, summary.String())
	}
	return summary.String()
}

const (
	renameFractions = `{"query":"mutation { rename(title: \"Fractions\") { id title } }"}`
	noisyQuery      = `{"query":"mutation { rename(title: \"Decimals\") { id title at served } }"}`
	look            = `{"query":"{ look { id title } }"}`
)

// TestRecordVerify wants what legacy does not reproduce set aside before it counts:
// a noisy chalk answers a rename otherwise each time.
func TestRecordVerify(t *testing.T) {
	dir := t.TempDir()
	got := recordChalk(t, dir, "none", []string{"--verify"}, look, renameFractions)
	if want := "verified 2 of 2 new cases on legacy alone: 2 kept\n"; !strings.Contains(got, want) {
		t.Errorf("summary %q, want %q", got, want)
	}
	got = recordChalk(t, dir, "noisy", []string{"--verify"}, look, noisyQuery)
	for _, want := range []string{
		"recorded 1 case; 1 recorded before",
		"verified 1 of 1 new cases on legacy alone: 0 kept, 1 set aside in ",
		"  1  unstable: rename/rename-",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("summary %q, want %q", got, want)
		}
	}
	cases, err := corpus.Open(filepath.Join(dir, "corpus"))
	if err != nil {
		t.Fatal(err)
	}
	if len(cases.Cases) != 2 || cases.Unfaithful != 1 {
		t.Errorf("%d cases and %d set aside, want 2 and 1", len(cases.Cases), cases.Unfaithful)
	}
}

// TestRecordPerShape wants a second day to add to the first one.
func TestRecordPerShape(t *testing.T) {
	dir := t.TempDir()
	rename := func(title string) string {
		return strings.Replace(renameFractions, "Fractions", title, 1)
	}
	for day, want := range []string{"recorded 1 case\npassed on and left out, as asked: 1 by shape\n", "recorded 0 cases\npassed on and left out, as asked: 2 by shape\n"} {
		got := recordChalk(t, dir, "none", []string{"--per-shape", "1"}, rename(fmt.Sprintf("a%d", day)), rename(fmt.Sprintf("b%d", day)))
		if got != want {
			t.Errorf("day %d: summary %q, want %q", day+1, got, want)
		}
	}
}
