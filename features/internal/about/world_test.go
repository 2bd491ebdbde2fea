package about

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/recorder"
)

// world is what the steps of one scenario share.
type world struct {
	servers servers
	dir     string // of the scenario's files
	corpus  string // the corpus to replay

	mistake   string
	killAfter int

	legacy   *harness.Side
	recorder *recorder.Recorder
	proxy    *httptest.Server
	recorded *corpus.Case

	report *harness.Report
	err    error

	killErr error
}

func (w *world) close() {
	w.endRecording()
	if w.legacy != nil {
		w.legacy.Close()
	}
	if w.dir != "" {
		_ = os.RemoveAll(w.dir)
	}
}

// endRecording waits until what was sent is recorded: a case is written after
// its answer.
func (w *world) endRecording() {
	if w.proxy != nil {
		w.proxy.Close()
		w.proxy = nil
		w.recorder.Close(context.Background())
	}
}

// scratch is the scenario's own folder.
func (w *world) scratch() (string, error) {
	if w.dir != "" {
		return w.dir, nil
	}
	dir, err := os.MkdirTemp("", "replay-features-")
	w.dir = dir
	return dir, err
}

// config is the classroom's configuration with the servers built for the suite.
func (w *world) config() (*harness.Config, error) {
	c, err := harness.LoadRecordConfig("../../../examples/classroom")
	if err != nil {
		return nil, err
	}
	for _, i := range []*harness.Implementation{c.Legacy, c.Candidate} {
		i.Build = nil
	}
	c.Legacy.Command = []string{w.servers.legacy}
	c.Candidate.Command = []string{w.servers.candidate}
	if w.mistake != "" {
		c.Candidate.Env["CLASSROOM_BREAK"] = w.mistake
	}
	return c, nil
}

func (w *world) startRecording(ctx context.Context) error {
	c, err := w.config()
	if err != nil {
		return err
	}
	seed, err := corpus.OpenState("../../../examples/classroom/seed.yaml")
	if err != nil {
		return err
	}
	if w.legacy, err = harness.Open(ctx, c, c.Legacy, seed); err != nil {
		return err
	}
	target, err := url.Parse(w.legacy.Endpoint())
	if err != nil {
		return err
	}
	dir, err := w.scratch()
	if err != nil {
		return err
	}
	w.corpus = filepath.Join(dir, "corpus")
	w.recorder, err = recorder.New(recorder.Options{
		Target: target, Stores: w.legacy.Stores(), Out: w.corpus, KeepHeaders: c.Record.Headers,
		Guards: c.Record.Guards, Follow: c.Record.Follow, Implementation: "legacy",
	})
	if err != nil {
		return err
	}
	w.proxy = httptest.NewServer(w.recorder)
	return nil
}

func (w *world) send(user, document string) error {
	body := fmt.Sprintf(`{"query":%s}`, strconv.Quote(document))
	req, err := http.NewRequest(http.MethodPost, w.proxy.URL+"/graphql", strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-User", user)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("legacy answered %s", resp.Status)
	}
	return nil
}

// replay runs the cases of the scenario's corpus whose names match.
func (w *world) replay(ctx context.Context, globs ...string) error {
	w.endRecording()
	c, err := w.config()
	if err != nil {
		return err
	}
	cases, err := corpus.Open(w.corpus)
	if err != nil {
		w.err = err
		return nil
	}
	opts := harness.Options{Selection: harness.Selection{Cases: globs}}
	if w.killAfter > 0 {
		if opts.Done, err = w.killer(c); err != nil {
			return err
		}
		opts.Lanes = 1
	}
	w.report, w.err = harness.Run(ctx, c, cases, opts)
	return w.killErr
}

// killer ends the candidate's process once, after some cases.
func (w *world) killer(c *harness.Config) (func(harness.Result, harness.Progress), error) {
	dir, err := w.scratch()
	if err != nil {
		return nil, err
	}
	pidFile := filepath.Join(dir, "pid")
	c.Candidate.Command = []string{"sh", "-c", fmt.Sprintf("echo $$ > %s; exec %s", pidFile, w.servers.candidate)}
	return func(_ harness.Result, p harness.Progress) {
		if p.Done != w.killAfter {
			return
		}
		pid, err := os.ReadFile(pidFile)
		if err == nil {
			var n int
			if n, err = strconv.Atoi(string(bytes.TrimSpace(pid))); err == nil {
				err = syscall.Kill(n, syscall.SIGKILL)
			}
		}
		w.killErr = err
	}, nil
}
