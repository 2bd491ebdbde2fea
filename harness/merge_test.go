package harness

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/ledger"
	"github.com/sidebyside/replay/normalizers"
)

// parts is a run whose results are given, to be reported as a whole or by shards.
type parts struct {
	config  *Config
	corpus  *corpus.Corpus
	results []Result
	opts    Options
}

// report is that of a shard, as read back from its JSON; of the whole with the
// zero Shard.
func (p parts) report(tb testing.TB, s Shard, err error) *Report {
	tb.Helper()
	r := &runner{config: p.config, corpus: p.corpus, opts: p.opts}
	r.opts.Shard = s
	r.cut = s.cutFor(p.corpus.Cases, nil)
	r.cases = r.cut.cases
	for _, res := range p.results {
		if slices.ContainsFunc(r.cases, func(cs *corpus.Case) bool { return cs.Name == res.Case }) {
			r.results = append(r.results, res)
		}
	}
	rep := r.report(time.Now(), err)
	rep.Started, rep.Seconds = time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC), 1
	var b bytes.Buffer
	if err := rep.WriteJSON(&b); err != nil {
		tb.Fatal(err)
	}
	back, err := ReadReport(&b)
	if err != nil {
		tb.Fatal(err)
	}
	return back
}

func (p parts) shards(tb testing.TB, of int) []ReportFile {
	tb.Helper()
	var files []ReportFile
	for i := 1; i <= of; i++ {
		files = append(files, ReportFile{fmt.Sprintf("shard-%d.json", i), p.report(tb, Shard{Index: i, Of: of, By: "--shard"}, nil)})
	}
	return files
}

// drawParts makes up the results of a run with a ledger of which the cases show
// anything at all.
func drawParts(t *rapid.T) parts {
	l := &ledger.Ledger{File: "ledger.yaml"}
	for i := range rapid.IntRange(0, 3).Draw(t, "bugs") {
		b := &ledger.Bug{ID: fmt.Sprintf("bug-%d", i), At: fmt.Sprintf("ledger.yaml:%d", i+2), Title: "wrong"}
		if rapid.Bool().Draw(t, "allowed") {
			b.Allow = []ledger.Status{ledger.NotExercised}
		}
		l.Bugs = append(l.Bugs, b)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "accepted") {
		l.Accepted = append(l.Accepted, &ledger.Accepted{ID: fmt.Sprintf("accepted-%d", i), At: fmt.Sprintf("ledger.yaml:%d", i+20)})
	}
	p := parts{config: &Config{File: "replay.yaml", Rules: &normalizers.Rules{}, Ledger: l, SHA256: "c0"}, corpus: &corpus.Corpus{SHA256: "ab"}}
	verdicts := []Verdict{Equivalent, Equivalent, Accepted, Divergent}
	if rapid.Bool().Draw(t, "inconclusive") {
		verdicts = append(verdicts, Errored)
	}
	for i := range rapid.IntRange(1, 12).Draw(t, "cases") {
		name := fmt.Sprintf("rename/case-%02d", i)
		p.corpus.Cases = append(p.corpus.Cases, &corpus.Case{Name: name})
		p.results = append(p.results, drawResult(t, name, l, rapid.SampledFrom(verdicts).Draw(t, "verdict")))
	}
	return p
}

func drawResult(t *rapid.T, name string, l *ledger.Ledger, v Verdict) Result {
	res := sampleResult(name, v)
	if v == Divergent {
		res.Differences = []Difference{{Channel: ResponseChannel, Path: "data.rename." + rapid.SampledFrom([]string{"a", "b"}).Draw(t, "path"), Kind: DifferentValue, Legacy: "1", Candidate: "2"}}
	}
	for _, rule := range []string{"replay.yaml:9", "replay.yaml:10"} {
		if n := rapid.IntRange(0, 3).Draw(t, "hidden"); n > 0 {
			res.hidden = append(res.hidden, Hidden{rule, "now", n})
		}
	}
	for _, b := range l.Bugs {
		if s := rapid.SampledFrom([]ledger.Status{"", "", ledger.Ported, ledger.NotPorted, ledger.Gone, unseen}).Draw(t, "sighting"); s != "" {
			res.bugs = append(res.bugs, sighting{bug: b, status: s})
		}
	}
	for i, a := range l.Accepted {
		for range rapid.IntRange(0, 2).Draw(t, "uses") {
			res.used = append(res.used, a)
		}
		if i > 0 && rapid.IntRange(0, 5).Draw(t, "overlap") == 0 {
			res.overlaps = append(res.overlaps, overlap{claim{a.ID, a.At, a}, claim{l.Accepted[0].ID, l.Accepted[0].At, l.Accepted[0]}})
		}
	}
	return res
}

// Whatever cases show, the shards joined say what one run of all says, in every
// format.
func TestMergeEqualsOneRun(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawParts(rt)
		if rapid.Bool().Draw(rt, "selected") {
			p.opts.Operation, p.opts.Recorded = corpus.Mutation, true
		}
		files := p.shards(t, rapid.IntRange(1, 4).Draw(rt, "shards"))
		files = rapid.Permutation(files).Draw(rt, "order")
		got, err := Merge(files)
		if err != nil {
			rt.Fatal(err)
		}
		want := p.report(t, Shard{}, nil)
		for name, write := range map[string]func(*Report, io.Writer) error{
			"json": (*Report).WriteJSON, "text": (*Report).WriteText, "junit": (*Report).WriteJUnit, "markdown": (*Report).WriteMarkdown,
		} {
			if diff := cmp.Diff(formatted(t, want, write), formatted(t, got, write)); diff != "" {
				rt.Fatalf("%s (-one run +merged):\n%s", name, diff)
			}
		}
	})
}

func formatted(tb testing.TB, r *Report, write func(*Report, io.Writer) error) string {
	tb.Helper()
	var b strings.Builder
	if err := write(r, &b); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// sampleParts is a run of four cases.
func sampleParts() parts {
	p := parts{config: &Config{File: "replay.yaml", Rules: &normalizers.Rules{}, SHA256: "c0"}, corpus: &corpus.Corpus{SHA256: "ab"}}
	p.config.Ledger = &ledger.Ledger{Bugs: []*ledger.Bug{{ID: "half-even", At: "ledger.yaml:2", Title: "rounds"}}}
	for _, name := range []string{"a/1", "a/2", "b/1", "b/2"} {
		p.corpus.Cases = append(p.corpus.Cases, &corpus.Case{Name: name})
		p.results = append(p.results, sampleResult(name, Equivalent))
	}
	return p
}

func TestMergeRefuses(t *testing.T) {
	tests := []struct {
		reason string
		change func(files []ReportFile) []ReportFile
		want   string
	}{
		{"nothing to join", func([]ReportFile) []ReportFile { return nil }, "no report to merge"},
		{
			"a shard twice", func(f []ReportFile) []ReportFile { return append(f, ReportFile{"again.json", f[0].Report}) },
			"shard-1.json and again.json both are shard 1/2; name each shard once",
		},
		{"a case in two shards", func(f []ReportFile) []ReportFile {
			f[1].Report.Results = append(f[1].Report.Results, f[0].Report.Results[0])
			return f
		}, "shard-1.json and shard-2.json both have case"},
		{"a whole run", func(f []ReportFile) []ReportFile { f[1].Report.Shard = nil; return f }, "shard-2.json is the report of no shard"},
		{"two whole runs", func(f []ReportFile) []ReportFile {
			f[0].Report.Shard, f[1].Report.Shard = nil, nil
			return f
		}, "shard-1.json is the report of no shard"},
		{
			"another corpus", func(f []ReportFile) []ReportFile { f[1].Report.Corpus.SHA256 = "cd"; return f },
			"differ in corpus: 4 cases (ab) and 4 cases (cd); run all shards on one commit",
		},
		{
			"another configuration", func(f []ReportFile) []ReportFile { f[1].Report.Config = "other.yaml"; return f },
			"differ in configuration: replay.yaml and other.yaml",
		},
		{"a changed rule", func(f []ReportFile) []ReportFile { f[1].Report.Shard.Configuration = "c1"; return f }, "differ in content of configuration, schema and ledger"},
		{"an older candidate", func(f []ReportFile) []ReportFile { f[1].Report.Shard.Revision = "3f2c9d1"; return f }, "differ in revision: (nothing) and 3f2c9d1"},
		{"another version", func(f []ReportFile) []ReportFile { f[1].Report.Tool = "replay v9"; return f }, "differ in version: replay v0.1.0 and replay v9"},
		{"other flags", func(f []ReportFile) []ReportFile { f[1].Report.Shard.Run = "--tag smoke"; return f }, "differ in selection: (nothing) and --tag smoke"},
		{"another number of shards", func(f []ReportFile) []ReportFile { f[1].Report.Shard.Of = 3; return f }, "differ in number of shards: 2 and 3"},
		{"other timings", func(f []ReportFile) []ReportFile { f[1].Report.Shard.Plan = "x"; return f }, "give all shards the same --timings file"},
		{"another ledger", func(f []ReportFile) []ReportFile { f[1].Report.Shard.Ledger.Bugs = nil; return f }, "differ in the entries of the ledger"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			_, err := Merge(tt.change(sampleParts().shards(t, 2)))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want %q", err, tt.want)
			}
		})
	}
}

// What is missing is no error of the one who merges, but there is no verdict
// without it, and the ledger is not judged.
func TestMergeOfLostShards(t *testing.T) {
	p := sampleParts()
	tests := []struct {
		reason string
		change func(files []ReportFile) []ReportFile
		want   string
	}{
		{
			"a shard is lost", func(f []ReportFile) []ReportFile { return []ReportFile{f[0], f[2]} },
			"no report of shard 2/3; run what is missing, and merge again",
		},
		{"two are", func(f []ReportFile) []ReportFile { return f[1:2] }, "no report of shard 1/3, 3/3"},
		{"a shard was stopped", func(f []ReportFile) []ReportFile {
			f[1].Report = p.report(t, Shard{Index: 2, Of: 3}, errors.New("start candidate: no"))
			return f
		}, "shard 2/3 (shard-2.json): start candidate: no"},
		{"results were taken out", func(f []ReportFile) []ReportFile {
			for i := range f {
				if n := len(f[i].Report.Results); n > 0 {
					f[i].Report.Results = f[i].Report.Results[:n-1]
					break
				}
			}
			return f
		}, " of its "},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			got, err := Merge(tt.change(p.shards(t, 3)))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(got.Incomplete, tt.want) {
				t.Errorf("incomplete: %q, want %q", got.Incomplete, tt.want)
			}
			if got.Bugs[0].Fails || got.Bugs[0].Message != inconclusive {
				t.Errorf("the ledger is judged: %+v", got.Bugs[0])
			}
			if text := formatted(t, got, (*Report).WriteText); !strings.Contains(text, "INCOMPLETE: ") {
				t.Errorf("the text does not say so:\n%s", text)
			}
		})
	}
}

func TestReadReportRefuses(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", "no JSON report of replay"},
		{"{}", "no JSON report of replay run"},
		{`{"version": 2, "tool": "replay v3", "corpus": {"sha256": "ab"}}`, "no JSON report of replay run"},
		{`{"version": 1, "tool": "replay", "corpus": {"sha256": "ab"}, "summary": {"fine": 1}}`, `unknown verdict "fine"`},
		{`{"version": 1, "tool": "replay", "corpus": {"sha256": "ab"}} {}`, "there is more behind it"},
	} {
		if _, err := ReadReport(strings.NewReader(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: err = %v, want %q", tt.text, err, tt.want)
		}
	}
}
