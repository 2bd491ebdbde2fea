package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sidebyside/replay/harness/ports"
)

// rig is the classroom's legacy, with a Datastore emulator that holds the seed, as
// processes: what a recorder is put in front of.
type rig struct {
	dir      string // of this test
	programs string // holds replay and legacy
	emulator string // host:port
	legacy   string // URL of the endpoint
}

const (
	classroom = "../../examples/classroom"
	perSecond = 500 // the rate at which the overhead is stated
)

// buildPrograms builds what a rig runs.
func buildPrograms(tb testing.TB) string {
	tb.Helper()
	dir := tb.TempDir()
	cmd := exec.Command("go", "build", "-o", dir+string(filepath.Separator), ".", "./testdata/plainproxy", "./testdata/smalllegacy", classroom+"/legacy")
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("build: %v\n%s", err, out)
	}
	return dir
}

// newRig starts an emulator with the seed, and legacy: the classroom's, or the small
// one. legacy finds its store at store: the emulator itself for "".
func newRig(tb testing.TB, programs, program, store string) *rig {
	tb.Helper()
	r := &rig{dir: tb.TempDir(), programs: programs, emulator: freeAddress(tb)}
	start(tb, exec.Command(filepath.Join(programs, "replay"), "emulator", "datastore", "--listen", r.emulator, "--project", "demo",
		"--seed", filepath.Join(classroom, "seed.yaml")))
	await(tb, "http://"+r.emulator+"/")
	address := freeAddress(tb)
	_, port, _ := net.SplitHostPort(address)
	legacy := exec.Command(filepath.Join(programs, program))
	legacy.Env = append(os.Environ(), "PORT="+port, "DATASTORE_PROJECT_ID=demo", "DATASTORE_EMULATOR_HOST="+cmp.Or(store, r.emulator))
	start(tb, legacy)
	await(tb, "http://"+address+"/healthz")
	r.legacy = "http://" + address + "/graphql"
	return r
}

// behind configures a Datastore proxy before the emulator, at the address where
// legacy looks for its store.
func (r *rig) behind(store string) string {
	return fmt.Sprintf("driver: external, address: %q, listen: {legacy: %q}", r.emulator, store)
}

// recorder starts "replay record" before legacy and returns the URL to send to.
func (r *rig) recorder(tb testing.TB, store string, flags ...string) (endpoint string, cmd *exec.Cmd) {
	tb.Helper()
	config := filepath.Join(r.dir, "replay.yaml")
	text := fmt.Sprintf(`version: 1
corpus: corpus
implementations:
  legacy: {url: %q}
stores:
  datastore: {kind: datastore, project: demo, %s}
record: {headers: [x-user]}
`, r.legacy, store)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	listen := freeAddress(tb)
	cmd = exec.Command(filepath.Join(r.programs, "replay"), append([]string{"record", "-c", config, "--listen", listen}, flags...)...)
	start(tb, cmd)
	endpoint = "http://" + listen + "/graphql"
	awaitListener(tb, listen)
	return endpoint, cmd
}

// start runs a command until the end of the test. Its output is shown if the test
// fails.
func start(tb testing.TB, cmd *exec.Cmd) {
	tb.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	tb.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) // it may have ended
		select {
		case <-ended:
		case <-time.After(15 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
		}
		if tb.Failed() || testing.Verbose() {
			tb.Logf("%s:\n%s", cmd, out.String())
		}
	})
}

func freeAddress(tb testing.TB) string {
	tb.Helper()
	address, err := ports.FreeAddress()
	if err != nil {
		tb.Fatal(err)
	}
	return address
}

// await waits until a URL answers.
func await(tb testing.TB, url string) {
	tb.Helper()
	eventually(tb, url+" does not answer", func() bool {
		resp, err := http.Get(url)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err == nil
	})
}

func awaitListener(tb testing.TB, address string) {
	tb.Helper()
	eventually(tb, "nothing listens at "+address, func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

func eventually(tb testing.TB, complaint string, holds func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatal(complaint)
		}
	}
}

// requests give the n-th of a load to each legacy: mutations and queries take turns, and
// no two of the mutations are the same.
var requests = map[string]func(n int) string{
	"legacy": func(n int) string {
		if n%2 == 0 {
			return `{"query":"query { class(id: \"8\") { id title studentCount coach { name } } }"}`
		}
		return fmt.Sprintf(`{"query":"mutation ($t: String!) { renameAssignment(classId: \"8\", id: \"%d\", title: $t) { id title } }","variables":{"t":"Title %d"}}`,
			201+n%3, n)
	},
	"smalllegacy": func(n int) string {
		if n%2 == 0 {
			return fmt.Sprintf(`{"query":"query ($id: Int!) { task(id: $id) { id title points } }","variables":{"id":%d}}`, n%7+1)
		}
		return fmt.Sprintf(`{"query":"mutation ($id: Int!, $points: Int!) { setPoints(id: $id, points: $points) { id title points } }","variables":{"id":%d,"points":%d}}`, n%7+1, n)
	},
}

// newClient keeps connections for as many requests as are in flight.
func newClient(tb testing.TB) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	tb.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

// drive sends at a steady rate, whether answers come or not, until it sent total
// requests or ctx is done, and returns how long each answer took, counted from the
// instant at which it was due.
func drive(ctx context.Context, tb testing.TB, client *http.Client, endpoint string, request func(int) string, total int) []time.Duration {
	tb.Helper()
	took := make([]time.Duration, total)
	var all sync.WaitGroup
	var failed sync.Once
	began := time.Now()
	sent := 0
	for ; sent < total && ctx.Err() == nil; sent++ {
		due := began.Add(time.Duration(sent) * time.Second / perSecond)
		time.Sleep(time.Until(due))
		all.Go(func(n int) func() {
			return func() {
				err := post(client, endpoint, request(n))
				took[n] = time.Since(due)
				if err != nil {
					failed.Do(func() { tb.Errorf("request %d: %v", n, err) })
				}
			}
		}(sent))
	}
	all.Wait()
	return took[:sent]
}

func post(client *http.Client, endpoint, body string) error {
	req, err := http.NewRequest(http.MethodPost, endpoint, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-User", "grace")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return err
	case resp.StatusCode != http.StatusOK || !bytes.Contains(text, []byte(`"data"`)) || bytes.Contains(text, []byte(`"errors"`)):
		return fmt.Errorf("%s: %s", resp.Status, text)
	}
	return nil
}

// BenchmarkOverhead puts a recorder, a proxy that does nothing else, and mitmproxy
// before legacy, at 500 requests per second: before the classroom's, which keeps two
// processors busy by itself, and before a small one, which leaves them to the proxy. They
// take turns of a second each, so that what else the machine does falls on all of them;
// give it a number of rounds: -benchtime 20x. Times are in milliseconds from the instant
// at which a request was due, "+" is against no proxy, that of the middle turn is the
// median of the turns' p99, on which a second of trouble has no say, cpu the proxy's own
// processor time per request, store included where the recorder holds it, and stolen what
// the host of a virtual machine took from it in the turns that count: of each turn the
// calmest of three is kept.
func BenchmarkOverhead(b *testing.B) {
	programs := buildPrograms(b)
	for _, legacy := range []string{"smalllegacy", "legacy"} {
		b.Run(legacy, func(b *testing.B) { overhead(b, programs, legacy) })
	}
}

func overhead(b *testing.B, programs, legacy string) {
	ways, n := waysBefore(b, programs, legacy), 0
	round := func(w *way, total int) []time.Duration {
		from := n
		n += total // no mutation twice
		return drive(b.Context(), b, w.client, w.endpoint, func(i int) string { return requests[legacy](from + i) }, total)
	}
	for _, w := range ways { // connections, caches, a corpus in which the queries are known
		w.client = newClient(b)
		round(w, perSecond/2)
	}
	b.ResetTimer()
	for range b.N {
		for _, w := range ways {
			round(w, perSecond/5) // what has gone cold while the others had their turns is warm again
			w.keep(calmest(b, w, func() []time.Duration { return round(w, perSecond) }))
		}
	}
	b.StopTimer()
	b.ReportMetric(0, "ns/op") // the rate is given
	floor := ways[0]
	for _, w := range ways {
		if b.N > 1 { // testing shows the first lines of a log alone
			line := fmt.Sprintf("%-11s %-20s", legacy, w.name)
			for _, figure := range []struct {
				name     string
				it, base time.Duration
			}{
				{"p50", percentile(w.took, 0.5), percentile(floor.took, 0.5)},
				{"p99", percentile(w.took, 0.99), percentile(floor.took, 0.99)},
				{"of the middle turn", percentile(w.turns, 0.5), percentile(floor.turns, 0.5)},
			} {
				line += fmt.Sprintf(" %s %8.2f (%+.2f) ", figure.name, milliseconds(figure.it), milliseconds(figure.it-figure.base))
			}
			fmt.Fprintf(os.Stderr, "%s cpu %.2f  stolen %.0f  %s\n", line, milliseconds(w.busy)/float64(len(w.took)), milliseconds(w.stolen), w.recorded(b))
		}
	}
}

// way is one by which requests reach legacy.
type way struct {
	name, endpoint string
	metrics        string       // URL; "" for none
	proxy          *exec.Cmd    // nil for none
	client         *http.Client // keeps its connections
	took           []time.Duration
	turns          []time.Duration // p99 of each turn
	busy, stolen   time.Duration
}

// turn is what one of a way gave.
type turn struct {
	took         []time.Duration
	busy, stolen time.Duration
}

// calmest has a turn taken again, at most twice, where the machine's host took a
// processor away in it, and returns the one in which it took the least. What it took is
// no part of what is compared, and one second of it is more than a hundredth of all.
func calmest(tb testing.TB, w *way, take func() []time.Duration) turn {
	tb.Helper()
	var best turn
	for i := range 3 {
		before, busy := stolen(), processor(tb, w.proxy)
		t := turn{took: take()}
		t.stolen, t.busy = stolen()-before, processor(tb, w.proxy)-busy
		if i == 0 || t.stolen < best.stolen {
			best = t
		}
		if best.stolen == 0 {
			break
		}
	}
	return best
}

// keep has a turn count.
func (w *way) keep(t turn) {
	w.took, w.turns = append(w.took, t.took...), append(w.turns, percentile(t.took, 0.99))
	w.busy, w.stolen = w.busy+t.busy, w.stolen+t.stolen
}

// recorded says how many of the operations that came became cases.
func (w *way) recorded(b *testing.B) string {
	if w.metrics == "" {
		return ""
	}
	resp, err := http.Get(w.metrics)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	count := func(name string) int {
		m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindSubmatch(text)
		if m == nil {
			return 0
		}
		n, _ := strconv.ParseFloat(string(m[1]), 64)
		return int(n)
	}
	return fmt.Sprintf("recorded %d of %d", count(`replay_record_cases_total{outcome="written"}`)+count(`replay_record_cases_total{outcome="unchanged"}`),
		count("replay_record_operations_total"))
}

// percentile of what is there in any order.
func percentile(of []time.Duration, share float64) time.Duration {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[int(share*float64(len(sorted)-1))]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// waysBefore starts each way with a legacy and an emulator of its own. The first has
// no proxy.
func waysBefore(b *testing.B, programs, legacy string) []*way {
	b.Helper()
	direct := newRig(b, programs, legacy, "")
	ways := []*way{{name: "no proxy", endpoint: direct.legacy}}
	plain := newRig(b, programs, legacy, "")
	listen := freeAddress(b)
	proxy := exec.Command(filepath.Join(programs, "plainproxy"), listen, strings.TrimSuffix(plain.legacy, "/graphql"))
	start(b, proxy)
	awaitListener(b, listen)
	ways = append(ways, &way{name: "plain proxy", endpoint: "http://" + listen + "/graphql", proxy: proxy})
	seed := []string{"--seed", filepath.Join(classroom, "seed.yaml")}
	for _, w := range []struct {
		name     string
		external bool
		flags    []string
	}{
		{"record", false, seed},
		{"record 10%", false, append([]string{"--sample", "10%"}, seed...)},
		{"record alone", false, append([]string{"--exclusive", "all"}, seed...)},
		{"record external", true, nil},
		{"record external 10%", true, []string{"--sample", "10%"}},
	} {
		store := freeAddress(b)
		r := newRig(b, programs, legacy, store)
		driver := fmt.Sprintf("listen: {legacy: %q}", store)
		if w.external {
			driver = r.behind(store)
		}
		metrics := freeAddress(b)
		endpoint, cmd := r.recorder(b, driver, append([]string{"--metrics", metrics}, w.flags...)...)
		ways = append(ways, &way{name: w.name, endpoint: endpoint, proxy: cmd, metrics: "http://" + metrics + "/metrics"})
	}
	if program, err := exec.LookPath("mitmdump"); err != nil {
		b.Log("without mitmproxy: ", err)
	} else {
		r := newRig(b, programs, legacy, "")
		listen := freeAddress(b)
		_, port, _ := net.SplitHostPort(listen)
		mitm := exec.Command(program, "--quiet", "--mode", "reverse:"+strings.TrimSuffix(r.legacy, "/graphql"), "--listen-host", "127.0.0.1",
			"--listen-port", port, "--set", "confdir="+r.dir, "--save-stream-file", filepath.Join(r.dir, "flows"))
		start(b, mitm)
		awaitListener(b, listen)
		ways = append(ways, &way{name: "mitmproxy", endpoint: "http://" + listen + "/graphql", proxy: mitm})
	}
	return ways
}

// processor is the time that a process had a processor; 0 for none.
func processor(tb testing.TB, cmd *exec.Cmd) time.Duration {
	tb.Helper()
	if cmd == nil {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid)) // proc_pid_stat(5)
	if err != nil {
		return 0 // elsewhere than on Linux
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / userHZ
}

const userHZ = 100 // ticks per second

// stolen is the time in which the host of a virtual machine ran others on its processors,
// the sum over those since it was started; 0 where that is not known.
func stolen() time.Duration {
	text, err := os.ReadFile("/proc/stat") // proc_stat(5)
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	const steal = 8 // cpu user nice system idle iowait irq softirq steal
	fields := strings.Fields(line)
	if len(fields) <= steal {
		return 0
	}
	ticks, _ := strconv.Atoi(fields[steal])
	return time.Duration(ticks) * time.Second / userHZ
}

// resident is the memory of a process and those that it started, in bytes.
func resident(tb testing.TB, pid int) int64 {
	tb.Helper()
	if runtime.GOOS != "linux" {
		tb.Skip("reads /proc")
	}
	var sum int64
	for _, id := range children(tb, pid) {
		sum += resident(tb, id)
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		tb.Fatal(err)
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		tb.Fatal(err)
	}
	return sum + pages*int64(os.Getpagesize())
}

// children are the processes that one has started.
func children(tb testing.TB, pid int) (ids []int) {
	tb.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // proc_pid_task(5)
	if err != nil {
		tb.Fatal(err)
	}
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue // the thread has ended
		}
		for child := range strings.FieldsSeq(string(text)) {
			id, err := strconv.Atoi(child)
			if err != nil {
				tb.Fatal(err)
			}
			ids = append(ids, id)
		}
	}
	return ids
}

// TestSoak records under load for REPLAY_SOAK (10m, say; a few seconds without it):
// the memory of the recorder stays what it was.
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds programs")
	}
	length := 4 * time.Second
	if text := os.Getenv("REPLAY_SOAK"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal("REPLAY_SOAK: ", err)
		}
	}
	store := freeAddress(t)
	r := newRig(t, buildPrograms(t), "legacy", store)
	endpoint, cmd := r.recorder(t, r.behind(store), "--exclusive", "none")
	var sizes []int64
	client := newClient(t)
	for began := time.Now(); time.Since(began) < length; {
		drive(t.Context(), t, client, endpoint, requests["legacy"], perSecond)
		sizes = append(sizes, resident(t, cmd.Process.Pid))
	}
	most, half := slices.Max(sizes), max(1, len(sizes)/2)
	first, second := slices.Max(sizes[:half]), slices.Max(sizes[len(sizes)-half:])
	t.Logf("%v at %d requests/s: the recorder and its scribe had %d MB at most, %d MB in the first half, %d MB in the second",
		length, perSecond, most>>20, first>>20, second>>20)
	if most > mostMemory {
		t.Errorf("%d MB is too much", most>>20)
	}
	if length >= time.Minute && second > first*5/4 {
		t.Errorf("memory grows: %d MB, then %d MB", first>>20, second>>20)
	}
}

// mostMemory bounds what a recorder needs, in bytes: its queue, and twice what the
// collector lets it have.
const mostMemory = 512 << 20
