package classroom_test

import (
	"bufio"
	"flag"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/recorder"
)

var update = flag.Bool("update", false, "add what the session records beyond the committed corpus to it")

// TestCorpusIsCurrent records the session again: the same cases must come of it
// as are committed, by name, which is a hash of request and fixture. Otherwise
// legacy, the seed or the session has changed since.
func TestCorpusIsCurrent(t *testing.T) {
	if *update {
		record(t, "corpus") // cases that are there stay as they are
	}
	committed, err := corpus.Open("corpus")
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "corpus")
	record(t, out)
	again, err := corpus.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(caseNames(committed), caseNames(again)); diff != "" {
		t.Errorf("recording anew gives other cases (-committed +recorded):\n%s", diff)
	}
}

// record runs the session against legacy, as "replay record" does, with the
// configuration and the seed changed.
func record(t *testing.T, out string, change ...func(*harness.Config, map[string]corpus.State)) {
	t.Helper()
	c, err := harness.LoadRecordConfig("replay.yaml")
	if err != nil {
		t.Fatal(err)
	}
	state, err := corpus.OpenState("seed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(c, state)
	}
	ups := upstreams(t, c)
	legacy, err := harness.Open(t.Context(), c, c.Legacy, state)
	if err != nil {
		t.Fatal(err)
	}
	defer legacy.Close()
	target, err := url.Parse(legacy.Endpoint())
	if err != nil {
		t.Fatal(err)
	}
	r, err := recorder.New(recorder.Options{
		Target: target, Stores: legacy.Stores(), Upstreams: ups, Out: out, KeepHeaders: c.Record.Headers,
		Follow: c.Record.Follow, Guards: c.Record.Guards, Implementation: "legacy", NowHeader: harness.NowHeader,
	})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(r)
	defer front.Close()
	session := exec.Command(filepath.Join(programs, "session"), "--calls", "--endpoint", front.URL+"/graphql")
	if text, err := session.CombinedOutput(); err != nil {
		t.Fatalf("session: %v\n%s", err, text)
	}
	t.Log(r.Close(t.Context()))
}

// upstreams starts the services that legacy calls, and stands before them.
func upstreams(t *testing.T, c *harness.Config) *recorder.Upstreams {
	t.Helper()
	at := map[string]string{"users": "127.0.0.1:" + freePort(t), "mail": "127.0.0.1:" + freePort(t)}
	services := exec.Command(filepath.Join(programs, "services"), "--users", at["users"], "--mail", at["mail"])
	ready, err := services.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := services.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = services.Process.Kill() // it may be gone
		_ = services.Wait()
	})
	if line, err := bufio.NewReader(ready).ReadString('\n'); err != nil {
		t.Fatalf("services: %v %s", err, line)
	}
	targets := map[string]*url.URL{
		"users": {Scheme: "http", Host: at["users"], Path: "/graphql"}, "mail": {Scheme: "http", Host: at["mail"]},
	}
	ups, err := recorder.NewUpstreams(targets)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ups.Close)
	for i := range c.Upstreams {
		c.Upstreams[i].Address = ups.URL(c.Upstreams[i].Name)
	}
	return ups
}

func caseNames(c *corpus.Corpus) []string {
	var list []string
	for _, cs := range c.Cases {
		list = append(list, cs.Name)
	}
	return list
}
