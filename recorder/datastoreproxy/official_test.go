package datastoreproxy_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	ds "cloud.google.com/go/datastore"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/ports"
	"github.com/sidebyside/replay/harness/store/datastore"
	"github.com/sidebyside/replay/recorder"
	"github.com/sidebyside/replay/recorder/datastoreproxy"
)

// skipWithout skips a test for want of something, or fails it where
// REPLAY_REQUIRE lists that something.
func skipWithout(tb testing.TB, what, reason string) {
	tb.Helper()
	if slices.Contains(strings.Split(os.Getenv("REPLAY_REQUIRE"), ","), what) {
		tb.Fatalf("REPLAY_REQUIRE asks for %s: %s", what, reason)
	}
	tb.Skipf("needs %s: %s", what, reason)
}

// startOfficial runs one of gcloud's emulators and returns its address.
func startOfficial(tb testing.TB, command ...string) string {
	tb.Helper()
	if testing.Short() {
		tb.Skip("the official emulators take long to start")
	}
	if _, err := exec.LookPath("gcloud"); err != nil {
		skipWithout(tb, "gcloud", err.Error())
	}
	addr, err := ports.FreeAddress()
	if err != nil {
		tb.Fatal(err)
	}
	output, err := os.Create(filepath.Join(tb.TempDir(), "log"))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = output.Close() }()
	cmd := exec.Command("gcloud", append(command, "--host-port="+addr, "--quiet")...)
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Env = append(os.Environ(), "CLOUDSDK_CONFIG="+tb.TempDir(), "CLOUDSDK_CORE_DISABLE_PROMPTS=1",
		"CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=1", "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=1")
	if err := cmd.Start(); err != nil {
		skipWithout(tb, "gcloud", err.Error())
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()
	tb.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-exited:
		case <-time.After(10 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-exited
		}
	})
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if resp, err := http.Get("http://" + addr + "/"); err == nil {
			_ = resp.Body.Close()
			return addr
		}
		select {
		case <-exited:
			text, _ := os.ReadFile(output.Name())
			skipWithout(tb, "gcloud", fmt.Sprintf("%v did not start: %s", command, text))
		default:
		}
	}
	skipWithout(tb, "gcloud", fmt.Sprintf("%v did not answer in time", command))
	return ""
}

// Before an official emulator, too, an implementation is told the same as without
// the proxy; and what is recorded there happens again on an embedded one.
func TestOfficial(t *testing.T) {
	for name, command := range map[string][]string{
		"datastore": {"beta", "emulators", "datastore", "start", "--no-store-on-disk", "--consistency=1.0", "--project=demo"},
		"firestore": {"emulators", "firestore", "start", "--database-mode=datastore-mode"},
	} {
		t.Run(name, func(t *testing.T) {
			addr := startOfficial(t, command...)
			fresh := openStore(t, corpus.State{})
			again := newClient(t, fresh.URL())
			recorded, approximate, skipped, n := 0, 0, map[string]int{}, 0
			rapid.Check(t, func(rt *rapid.T) {
				n++
				direct := filled(t, rt, addr, fmt.Sprintf("direct%d", n))
				behind := fmt.Sprintf("behind%d", n)
				filled(t, rt, addr, behind)
				p := startProxy(t, addr, func(o *datastoreproxy.Options) { o.Project = behind })
				c := &client{clientOf(t, p.URL(), behind), p}
				defer func() { _ = p.Close() }()
				for range rapid.IntRange(1, 3).Draw(rt, "operations") {
					acts := rapid.SliceOfN(rapid.Custom(drawAct).Filter(func(a act) bool {
						return name != "datastore" || a.name != "put new" && a.name != "allocate" // its ids may stand before the others
					}), 1, 3).Draw(rt, "acts")
					out, err := c.try(rt, acts)
					if diff := cmp.Diff(toldBy(rt, direct, acts), masks(out.told)); diff != "" {
						rt.Fatalf("without proxy (-), with (+):\n%s", diff)
					}
					if u := (*recorder.Unrecorded)(nil); errors.As(err, &u) {
						skipped[u.Error()]++
						continue
					}
					if err != nil {
						rt.Fatal(err)
					}
					recorded++
					approximate += min(1, len(out.seen.Approximate))
					if err := fresh.Seed(t.Context(), out.fixture); err != nil {
						rt.Fatal(err)
					}
					if diff := cmp.Diff(masks(out.told), toldBy(rt, again, acts)); diff != "" {
						rt.Fatalf("recorded (-), again on the fixture (+):\n%s", diff)
					}
				}
			})
			t.Logf("%d operations recorded, %d of them approximate; not recorded: %v", recorded, approximate, skipped)
			if tells := name == "firestore"; tells && approximate > 0 || !tells && approximate == 0 {
				t.Errorf("%d approximate: an emulator that tells the times of its commits leaves none, another some", approximate)
			}
			if recorded < n/2 {
				t.Errorf("%d of at least %d operations are recorded", recorded, n)
			}
		})
	}
}

// filled is a client of a project that holds the school.
func filled(tb testing.TB, rt *rapid.T, addr, project string) *ds.Client {
	tb.Helper()
	conn := rawClient(tb, addr)
	if err := commitAll(context.Background(), conn, datastore.Partition{Project: project}, school()); err != nil {
		rt.Fatal(err)
	}
	return clientOf(tb, addr, project)
}

func toldBy(rt *rapid.T, c *ds.Client, acts []act) []string {
	rt.Helper()
	var out []string
	for _, a := range acts {
		out = append(out, a.do(context.Background(), c))
	}
	return masks(out)
}

// masks takes out ids that a store gave out, and what else names a project.
func masks(told []string) []string {
	out := make([]string, len(told))
	for i, s := range told {
		out[i] = refusal.ReplaceAllString(givenOut.ReplaceAllString(s, "<id>"), "$1")
	}
	return out
}

// Each emulator has texts of its own.
var refusal = regexp.MustCompile(`(?s)(code = \w+) desc = .*`)

var givenOut = regexp.MustCompile(`\d{6,}|(direct|behind)\d+`)
