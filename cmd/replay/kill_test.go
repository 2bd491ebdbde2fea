package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// TestKilledRecorder kills the recorder under load, at random moments: whatever is
// in the corpus is whole, and legacy serves on. REPLAY_KILLS=100 kills as often.
func TestKilledRecorder(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds programs")
	}
	kills := 20
	if text := os.Getenv("REPLAY_KILLS"); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatal("REPLAY_KILLS: ", err)
		}
	}
	store := freeAddress(t)
	r := newRig(t, buildPrograms(t), "legacy", store)
	cases, left, sent := 0, 0, 0
	for range kills {
		endpoint, cmd := r.recorder(t, r.behind(store), "--exclusive", "none")
		var ended atomic.Bool
		done := make(chan int)
		go func() { done <- pester(endpoint, sent, &ended) }()
		before := countCases(t, filepath.Join(r.dir, "corpus"))
		time.Sleep(time.Duration(rand.Int64N(int64(300 * time.Millisecond))))
		eventually(t, "nothing is recorded", func() bool { return countCases(t, filepath.Join(r.dir, "corpus")) > before })
		if err := syscall.Kill(cmd.Process.Pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		ended.Store(true)
		sent += <-done
		loaded, err := corpus.Open(filepath.Join(r.dir, "corpus"))
		if err != nil {
			t.Fatalf("the corpus does not load: %v", err)
		}
		cases = len(loaded.Cases)
		left = leftovers(t, filepath.Join(r.dir, "corpus"))
		await(t, strings.TrimSuffix(r.legacy, "/graphql")+"/healthz")
	}
	endpoint, _ := r.recorder(t, r.behind(store), "--exclusive", "none")
	drive(t.Context(), t, newClient(t), endpoint, requests["legacy"], 20) // legacy, the same process, answers as before
	t.Logf("killed %d times during %d requests: %d cases, all whole; %d files begun and never named", kills, sent, cases, left)
}

// TestKilledScribe kills the process that writes cases, again and again, while requests
// come: all are answered, another process follows each time, and the corpus is whole.
func TestKilledScribe(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("it builds programs, and reads /proc")
	}
	store := freeAddress(t)
	r := newRig(t, buildPrograms(t), "smalllegacy", store)
	endpoint, cmd := r.recorder(t, "listen: {legacy: \""+store+"\"}", "--seed", filepath.Join(classroom, "seed.yaml"))
	dir, client, n := filepath.Join(r.dir, "corpus"), newClient(t), 0
	send := func(total int) {
		drive(t.Context(), t, client, endpoint, func(i int) string { return requests["smalllegacy"](n + i) }, total)
		n += total
	}
	for range 3 {
		before := countCases(t, dir)
		eventually(t, "nothing is recorded", func() bool { send(100); return countCases(t, dir) > before })
		scribes := scribesOf(t, cmd)
		if len(scribes) != 1 {
			t.Fatalf("%d processes write cases", len(scribes))
		}
		if err := syscall.Kill(scribes[0], syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, "no other process follows", func() bool {
			send(100)
			now := scribesOf(t, cmd)
			return len(now) == 1 && now[0] != scribes[0]
		})
	}
	send(100)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the recorder does not end", func() bool { return len(scribesOf(t, cmd)) == 0 })
	loaded, err := corpus.Open(dir)
	if err != nil {
		t.Fatalf("the corpus does not load: %v", err)
	}
	t.Logf("%d cases of %d requests", len(loaded.Cases), n)
}

// scribesOf are the processes that write the cases of a recorder.
func scribesOf(t *testing.T, recorder *exec.Cmd) (ids []int) {
	t.Helper()
	for _, id := range children(t, recorder.Process.Pid) {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", id)) // it may have ended
		if bytes.Contains(line, []byte("\x00scribe\x00")) {
			ids = append(ids, id)
		}
	}
	return ids
}

// pester sends requests, four at a time, until told to end; some fail when the
// recorder is killed. It returns how many it sent.
func pester(endpoint string, from int, ended *atomic.Bool) int {
	client := &http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	var n atomic.Int64
	senders := make(chan struct{})
	for range 4 {
		go func() {
			for !ended.Load() {
				_ = post(client, endpoint, requests["legacy"](from+int(n.Add(1)))) // it may be killed
			}
			senders <- struct{}{}
		}()
	}
	for range 4 {
		<-senders
	}
	return int(n.Load())
}

func countCases(tb testing.TB, dir string) int { return count(tb, dir, ".yaml") }

func leftovers(tb testing.TB, dir string) int { return count(tb, dir, "") - count(tb, dir, ".yaml") }

// count counts the files below dir whose names end so.
func count(tb testing.TB, dir, end string) int {
	tb.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if os.IsNotExist(err) {
				return nil // not made yet, or renamed meanwhile
			}
			return err
		}
		if !d.IsDir() && strings.HasSuffix(path, end) {
			n++
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return n
}
