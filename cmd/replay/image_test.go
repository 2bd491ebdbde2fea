package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestImage builds the Datastore emulator's image from the Dockerfile, runs it
// and asks it over its port.
func TestImage(t *testing.T) {
	if testing.Short() {
		t.Skip("builds an image")
	}
	if out, err := exec.Command("docker", "info").CombinedOutput(); err != nil {
		skip(t, "docker", "no Docker daemon answers: "+strings.TrimSpace(string(out)))
	}
	dir := t.TempDir()
	file, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "bin", "replay"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	output(t, build)
	const image = "replay-datastore-test"
	output(t, exec.Command("docker", "build", "-q", "--target", "datastore", "-t", image, dir))
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", "-f", image).Run() })
	id := output(t, exec.Command("docker", "run", "-d", "--rm", "-p", "127.0.0.1:0:8081", image))
	t.Cleanup(func() { _ = exec.Command("docker", "rm", "-f", id).Run() })
	addr := output(t, exec.Command("docker", "port", id, "8081/tcp"))
	if got := ask(t, "http://"+addr+"/"); got != "Ok" {
		t.Errorf("GET / answers %q, want Ok", got)
	}
	// SIGTERM and SIGINT both end it; Docker kills what does not end within 5 s.
	output(t, exec.Command("docker", "stop", "-t", "5", id))
}

// skip skips a test that needs something absent, or fails it where REPLAY_REQUIRE
// names that thing.
func skip(t *testing.T, what, why string) {
	t.Helper()
	for name := range strings.SplitSeq(os.Getenv("REPLAY_REQUIRE"), ",") {
		if name == what {
			t.Fatalf("%s is required: %s", what, why)
		}
	}
	t.Skip(why)
}

func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", cmd.Args, err, out, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

// ask waits until the container answers.
func ask(t *testing.T, url string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			return strings.TrimSpace(string(body))
		}
		select {
		case <-ctx.Done():
			t.Fatalf("no answer: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
