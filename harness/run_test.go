package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/normalizers"
)

// testImplementation is this test binary as a server with one fault.
func testImplementation(t *testing.T, name, mode string) *Implementation {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &Implementation{
		Name: name, Command: []string{exe}, Dir: t.TempDir(),
		Env:      map[string]string{"HARNESS_TEST_SERVER": mode},
		Endpoint: "http://127.0.0.1:${PORT}/graphql",
		Ready:    "http://127.0.0.1:${PORT}/healthz",
		Timeout:  2 * time.Second, ReadyTimeout: 20 * time.Second,
	}
}

func testConfig(t *testing.T, legacy, candidate string) *Config {
	t.Helper()
	return &Config{
		File: "replay.yaml", Dir: t.TempDir(), Rules: &normalizers.Rules{}, Lanes: 1,
		Legacy: testImplementation(t, "legacy", legacy), Candidate: testImplementation(t, "candidate", candidate),
	}
}

func testCase(name string) *corpus.Case {
	return &corpus.Case{
		Name:     name,
		Recorded: corpus.Recorded{At: time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC), Implementation: "legacy"},
		Request:  corpus.Request{Operation: corpus.Mutation, Fields: []string{"ok"}, Document: "mutation { ok } # " + name},
		Expect: corpus.Observation{
			HTTP:     corpus.HTTP{Status: 200, Headers: map[string]string{"content-type": "application/json"}},
			Response: corpus.JSON(`{"data":{"ok":true}}`),
		},
	}
}

func testCorpus(names ...string) *corpus.Corpus {
	c := &corpus.Corpus{SHA256: "0"}
	for _, n := range names {
		c.Cases = append(c.Cases, testCase(n))
	}
	return c
}

func verdicts(r *Report) map[string]string {
	m := map[string]string{}
	for _, res := range r.Results {
		m[res.Case] = res.Verdict.String()
	}
	return m
}

func TestRunVerdicts(t *testing.T) {
	tests := []struct {
		reason            string
		legacy, candidate string
		cases             []string
		want              map[string]string
		message           string // of the case that is not equivalent
	}{
		{
			"both agree", "none", "none",
			[]string{"a/1", "a/2"},
			map[string]string{"a/1": "equivalent", "a/2": "equivalent"},
			"",
		},
		{
			"the candidate answers otherwise, on fresh processes too", "none", "differs",
			[]string{"a/1", "a/differs", "a/z"},
			map[string]string{"a/1": "equivalent", "a/differs": "divergent", "a/z": "equivalent"},
			"",
		},
		{
			"legacy answers otherwise than recorded, so it is no reference", "differs", "none",
			[]string{"a/differs"},
			map[string]string{"a/differs": "unfaithful"},
			"legacy does not do what was recorded",
		},
		{
			"the candidate never answers the same twice", "none", "counts",
			[]string{"a/counts"},
			map[string]string{"a/counts": "unstable"},
			"candidate does not do the same twice",
		},
		{
			"a process exits: the case proves nothing, the next one gets a fresh process", "none", "exits",
			[]string{"a/exits", "a/z"},
			map[string]string{"a/exits": "errored", "a/z": "equivalent"},
			"the process exited (exit status 3)\nlast lines of its log:\n    panic: out of chalk",
		},
		{
			"no answer within the timeout", "none", "hangs",
			[]string{"a/hangs", "a/z"},
			map[string]string{"a/hangs": "errored", "a/z": "equivalent"},
			"no answer within its timeout of 2s",
		},
		{
			"status 500 where legacy recorded 200", "none", "status500",
			[]string{"a/status500", "a/z"},
			map[string]string{"a/status500": "errored", "a/z": "equivalent"},
			"it answered status 500: boom",
		},
		{
			"a body that ends before its length", "none", "half",
			[]string{"a/half", "a/z"},
			map[string]string{"a/half": "errored", "a/z": "equivalent"},
			"the answer broke off after 14 bytes",
		},
		{
			"50 MB", "none", "huge",
			[]string{"a/huge", "a/z"},
			map[string]string{"a/huge": "errored", "a/z": "equivalent"},
			"the answer is larger than 32 MiB",
		},
		{
			"no JSON", "none", "html",
			[]string{"a/html", "a/z"},
			map[string]string{"a/html": "errored", "a/z": "equivalent"},
			"is not JSON: <html>gateway</html>",
		},
		{
			"legacy crashes: errored as well", "exits", "none",
			[]string{"a/exits"},
			map[string]string{"a/exits": "errored"},
			"legacy: the process exited",
		},
		{
			"a request that leaves the machine is refused and named", "none", "outside",
			[]string{"a/outside"},
			map[string]string{"a/outside": "errored"},
			"fixture incomplete: it asked for GET http://users.internal/graphql",
		},
	}
	for _, tt := range tests {
		t.Run(tt.candidate+" "+tt.reason, func(t *testing.T) {
			t.Parallel()
			report, err := Run(t.Context(), testConfig(t, tt.legacy, tt.candidate), testCorpus(tt.cases...), Options{})
			if err != nil {
				t.Fatalf("Run: %v", err)
			}
			if diff := cmp.Diff(tt.want, verdicts(report)); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
			for _, res := range report.Results {
				if res.Verdict.Fails() && !strings.Contains(res.Message, tt.message) {
					t.Errorf("message = %q, want it to contain %q", res.Message, tt.message)
				}
			}
		})
	}
}

// A difference that only a long-lived process shows is not believed.
func TestRunLeak(t *testing.T) {
	t.Parallel()
	c := testConfig(t, "none", "warms")
	report, err := Run(t.Context(), c, testCorpus("a/warms-1", "a/warms-2"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a/warms-1": "equivalent", "a/warms-2": "unstable"}
	if diff := cmp.Diff(want, verdicts(report)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRunRecorded(t *testing.T) {
	t.Parallel()
	c := testConfig(t, "exit-at-start", "differs")
	report, err := Run(t.Context(), c, testCorpus("a/1", "a/differs"), Options{Recorded: true})
	if err != nil {
		t.Fatalf("legacy must not be started: %v", err)
	}
	want := map[string]string{"a/1": "equivalent", "a/differs": "divergent"}
	if diff := cmp.Diff(want, verdicts(report)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRunCannotStart(t *testing.T) {
	tests := []struct {
		reason string
		change func(*Config)
		want   string
	}{
		{"a command that does not exist", func(c *Config) { c.Candidate.Command = []string{"no-such-server"} }, "executable file not found"},
		{"it exits at once: its log is shown", func(c *Config) { c.Candidate.Env["HARNESS_TEST_SERVER"] = "exit-at-start" }, "exit status 4)\nlast lines of its log:\n    cannot read settings.toml"},
		{
			"it never becomes ready: its log is shown",
			func(c *Config) {
				c.Candidate.Env["HARNESS_TEST_SERVER"] = "never-ready"
				c.Candidate.ReadyTimeout = 3 * time.Second // it has to write its log in that time
			},
			"waiting for the moon",
		},
		{"the build fails: its output is shown", func(c *Config) { c.Candidate.Build = []string{"sh", "-c", "echo no chalk; exit 1"} }, "no chalk"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			c := testConfig(t, "none", "none")
			tt.change(c)
			report, err := Run(t.Context(), c, testCorpus("a/1"), Options{})
			if _, ok := errors.AsType[*StartError](err); !ok {
				t.Fatalf("err = %v, want a StartError", err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %q, want it to contain %q", err, tt.want)
			}
			if report == nil || report.Incomplete == "" || len(report.Results) != 0 {
				t.Errorf("report = %+v, want an incomplete one without results", report)
			}
		})
	}
}

func TestRunPortTaken(t *testing.T) {
	t.Parallel()
	other, err := launch{config: testImplementation(t, "other", "none")}.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.kill()
	c := testConfig(t, "none", "none")
	c.Candidate.Endpoint = other.endpoint
	c.Candidate.Ready = ""
	_, err = Run(t.Context(), c, testCorpus("a/1"), Options{})
	if err == nil || !strings.Contains(err.Error(), "is already taken by another program") {
		t.Errorf("err = %v, want the port to be refused: another program's answers prove nothing", err)
	}
}

// An interrupted run reports what it finished and leaves no process.
func TestRunInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := testConfig(t, "none", "none")
	pids := filepath.Join(t.TempDir(), "pids")
	for _, i := range []*Implementation{c.Legacy, c.Candidate} {
		i.Command = []string{"sh", "-c", fmt.Sprintf("echo $$ >> %s; exec %q", pids, i.Command[0])}
	}
	names := make([]string, 2000)
	for i := range names {
		names[i] = fmt.Sprintf("a/%04d", i)
	}
	report, err := Run(ctx, c, testCorpus(names...), Options{Done: func(_ Result, p Progress) {
		if p.Done == 3 {
			cancel()
		}
	}})
	if !errors.Is(err, ErrInterrupted) {
		t.Fatalf("err = %v, want ErrInterrupted", err)
	}
	if n := len(report.Results); n < 3 || n == len(names) || report.Incomplete == "" {
		t.Errorf("%d results, incomplete %q: want a partial report", n, report.Incomplete)
	}
	data, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	for pid := range bytes.FieldsSeq(data) {
		if _, err := os.Stat("/proc/" + string(pid)); err == nil {
			t.Errorf("process %s is left running", pid)
		}
	}
}

func TestRunFailFast(t *testing.T) {
	t.Parallel()
	report, err := Run(t.Context(), testConfig(t, "none", "differs"), testCorpus("a/1", "a/differs", "a/y", "a/z"), Options{FailFast: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Results) == 4 || report.Incomplete == "" {
		t.Errorf("%d results, incomplete %q: want it to stop at the failing case and to say so", len(report.Results), report.Incomplete)
	}
}
