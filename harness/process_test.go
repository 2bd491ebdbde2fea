package harness

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A port that was taken between its choice and the bind is replaced.
func TestStartChoosesAnotherPort(t *testing.T) {
	t.Parallel()
	i := testImplementation(t, "candidate", "none")
	mark := filepath.Join(t.TempDir(), "tried")
	i.Command = []string{"sh", "-c", fmt.Sprintf(
		"if [ ! -f %[1]s ]; then touch %[1]s; echo listen: bind: address already in use >&2; exit 1; fi; exec %[2]s", mark, i.Command[0])}
	p, err := launch{config: i}.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_ = p.stop()
	if !p.gone() {
		t.Error("the process is left running")
	}
}

// A server that is given by url is used as it is, and is not ours to restart.
func TestRunURL(t *testing.T) {
	t.Parallel()
	server, err := launch{config: testImplementation(t, "candidate", "differs")}.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer server.kill()
	c := testConfig(t, "none", "none")
	c.Candidate = &Implementation{
		Name: "candidate", URL: server.endpoint, Endpoint: server.endpoint,
		Timeout: DefaultTimeout, ReadyTimeout: DefaultReadyTimeout,
	}
	report, err := Run(t.Context(), c, testCorpus("a/1", "a/differs"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a/1": "equivalent", "a/differs": "divergent"}
	if diff := cmp.Diff(want, verdicts(report)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if server.gone() {
		t.Fatal("the server was ended, which was not ours")
	}

	killed := false
	report, err = Run(t.Context(), c, testCorpus("a/1", "a/2", "a/3"), Options{Done: func(Result, Progress) {
		if !killed {
			killed = true
			server.kill()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	want = map[string]string{"a/1": "equivalent", "a/2": "errored", "a/3": "errored"}
	if diff := cmp.Diff(want, verdicts(report)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A process that dies between two cases is not replaced in silence.
func TestRunDiesBetweenCases(t *testing.T) {
	t.Parallel()
	names := []string{"a/answers-and-dies"}
	for i := range 300 {
		names = append(names, fmt.Sprintf("b/%03d", i))
	}
	report, err := Run(t.Context(), testConfig(t, "none", "answers-and-dies"), testCorpus(names...), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Summary[Errored] != 1 || report.Summary[Equivalent] != len(names)-1 {
		t.Errorf("verdicts %v: want the crash to be seen once, and the other cases judged", report.Summary)
	}
}

func TestLogTail(t *testing.T) {
	l := newLogTail(nil)
	for i := range 100_000 {
		_, _ = fmt.Fprintf(l, "line %d\n", i)
	}
	if got, want := l.Last(2), "line 99998\nline 99999"; got != want {
		t.Errorf("Last(2) = %q, want %q", got, want)
	}
	if n := len(l.tail); n > 3*logTailSize {
		t.Errorf("%d bytes are kept", n)
	}
}
