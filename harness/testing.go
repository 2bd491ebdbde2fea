package harness

import (
	"context"
	"errors"
	"path"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/sidebyside/replay/corpus"
)

// Test replays the corpus of a configuration as subtests of a Go test, named as
// the cases are:
//
//	func TestConformance(t *testing.T) { harness.Test(t, "replay.yaml") }
//
//	go test -run 'TestConformance/renameAssignment'
//
// Only what -run selects is replayed, and nothing is built or started without a
// case. The cases of a root field run in parallel, as many as there are lanes and
// as -parallel allows. A case fails as it would in a run, with the same report.
// When the whole corpus was run, the entries of the ledger are subtests of
// "ledger".
//
// The functions in adapt change the configuration and the options before anything
// is started; FailFast and Done are of no effect.
func Test(t *testing.T, config string, adapt ...func(*Config, *Options)) {
	t.Helper()
	s := &suite{top: t.Name(), ctx: t.Context()}
	t.Cleanup(func() { s.close(t) })
	for _, folder := range s.load(t, config, adapt) {
		t.Run(folder.name, func(t *testing.T) {
			for _, cs := range folder.cases {
				t.Run(path.Base(cs.Name), func(t *testing.T) {
					t.Parallel()
					s.check(t, cs)
				})
			}
		})
	}
	t.Run("ledger", s.ledger)
}

// suite is a corpus that is run as subtests.
type suite struct {
	top     string          // the name of the test
	ctx     context.Context // of the test: a subtest's own ends with it
	config  *Config
	corpus  *corpus.Corpus
	options Options

	once    sync.Once
	session *Session // nil before the first case, and where it did not start
	err     error
	told    sync.Once // err was reported
}

// folder is the cases of one root field.
type folder struct {
	name  string
	cases []*corpus.Case
}

// load reads everything that the run needs, and returns what is selected.
func (s *suite) load(t *testing.T, config string, adapt []func(*Config, *Options)) []folder {
	t.Helper()
	var err error
	if s.config, err = LoadConfig(config); err != nil {
		t.Fatal(err)
	}
	for _, change := range adapt {
		change(s.config, &s.options)
	}
	if s.corpus, err = corpus.Open(s.config.Corpus); err != nil {
		t.Fatal(err)
	}
	r, err := newRunner(s.config, s.corpus, s.options)
	if err != nil {
		t.Fatal(err)
	}
	var folders []folder
	for _, cs := range r.cases {
		name := path.Dir(cs.Name)
		if n := len(folders); n == 0 || folders[n-1].name != name {
			folders = append(folders, folder{name: name})
		}
		last := &folders[len(folders)-1]
		last.cases = append(last.cases, cs)
	}
	return folders
}

// check replays one case. What keeps the implementations from starting is told
// once, by the test that met it.
func (s *suite) check(t *testing.T, cs *corpus.Case) {
	t.Helper()
	s.once.Do(func() { s.session, s.err = Start(s.ctx, s.config, s.corpus, s.options) })
	if s.err != nil {
		s.told.Do(func() { t.Error(s.err) })
		t.Fatal("not replayed: the session did not start")
	}
	res, err := s.session.Case(s.ctx, cs)
	switch {
	case err != nil:
		t.Fatal(err)
	case res.Verdict.Fails():
		t.Errorf("\n%s    or:        go test -run '%s'\n", res.Explain(), runPattern(t.Name()))
	case res.Verdict == Accepted:
		var text strings.Builder
		res.writeText(&text)
		t.Logf("accepted\n%s", text.String())
	}
}

// runPattern is the -run flag that selects a subtest.
func runPattern(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return strings.Join(parts, "/")
}

// ledger has a subtest for each entry. What did not occur in a part of the corpus
// proves nothing.
func (s *suite) ledger(t *testing.T) {
	if s.config.Ledger == nil {
		t.Skip("no ledger is configured")
	}
	if s.session == nil {
		t.Skip("no case was replayed")
	}
	report := s.session.Report(nil)
	if !report.whole() {
		t.Skipf("%d of %s were replayed: what does not occur in a part of them proves nothing", len(report.Results), count(report.Corpus.Cases, "case"))
	}
	for _, e := range report.entries() {
		t.Run(e.id, func(t *testing.T) {
			switch {
			case e.fails:
				t.Errorf("%s: %s is %s: %s", e.at, e.name(), e.status, e.message)
			case e.message == inconclusive:
				t.Skip(e.message)
			}
		})
	}
}

// close stops the implementations; one that ended by itself is an error.
func (s *suite) close(t *testing.T) {
	t.Helper()
	if s.session == nil {
		return
	}
	if err := s.session.Close(); err != nil && !errors.Is(err, ErrInterrupted) {
		t.Error(err)
	}
}
