package harness

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sidebyside/replay/corpus"
)

func startSession(t *testing.T, c *Config, cases *corpus.Corpus, opts Options) *Session {
	t.Helper()
	s, err := Start(t.Context(), c, cases, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSessionJudgesAsRunDoes replays the same cases one by one, in another order
// and side by side.
func TestSessionJudgesAsRunDoes(t *testing.T) {
	c, cases := testConfig(t, "none", "differs"), testCorpus("a/fine", "b/differs", "c/fine", "d/differs")
	whole, err := Run(t.Context(), c, cases, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := verdicts(whole)
	s := startSession(t, c, cases, Options{Lanes: 2})
	var wg sync.WaitGroup
	for _, cs := range cases.Cases {
		wg.Go(func() {
			res, err := s.Case(t.Context(), cs)
			switch {
			case err != nil:
				t.Error(err)
			case res.Verdict.String() != want[cs.Name]:
				t.Errorf("%s is %s, in a run %s", cs.Name, res.Verdict, want[cs.Name])
			case res.Verdict.Fails() != strings.Contains(res.Explain(), "reproduce: replay run -c replay.yaml --case "+cs.Name):
				t.Errorf("%s explains itself as\n%s", cs.Name, res.Explain())
			}
		})
	}
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if got := verdicts(s.Report(nil)); len(got) != 4 || got["b/differs"] != "divergent" {
		t.Errorf("the report has %v", got)
	}
}

// TestSessionWithoutRecording compares the sides where nothing is recorded, and
// needs no corpus for it.
func TestSessionWithoutRecording(t *testing.T) {
	s := startSession(t, testConfig(t, "differs", "differs"), &corpus.Corpus{}, Options{})
	defer func() { _ = s.Close() }()
	cs := testCase("a/differs")
	cs.Expect = corpus.Observation{}
	res, err := s.Case(t.Context(), cs)
	if err != nil || res.Verdict != Equivalent {
		t.Errorf("two sides that do the same are %s: %s, %v", res.Verdict, res.Message, err)
	}
	if res, err = s.Case(t.Context(), testCase("a/differs")); err != nil || res.Verdict != Unfaithful {
		t.Errorf("a recording that neither reproduces is %s, %v", res.Verdict, err)
	}
}

func TestSessionGoesOnAfterALostProcess(t *testing.T) {
	s := startSession(t, testConfig(t, "none", "exits"), &corpus.Corpus{}, Options{})
	for i, want := range []Verdict{Errored, Equivalent} {
		res, err := s.Case(t.Context(), testCase([]string{"a/exits", "b/fine"}[i]))
		if err != nil || res.Verdict != want {
			t.Errorf("case %d is %s, %v, want %s", i, res.Verdict, err, want)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestSessionCannotStart(t *testing.T) {
	_, err := Start(t.Context(), testConfig(t, "exit-at-start", "none"), &corpus.Corpus{}, Options{})
	if _, ok := errors.AsType[*StartError](err); !ok || !strings.Contains(fmt.Sprint(err), "cannot read settings.toml") {
		t.Errorf("the error is %v", err)
	}
}
