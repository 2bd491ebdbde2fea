package harness

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/ledger"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/normalizers"
)

// Version is the version of the tool, as reports name it.
const Version = "v0.1.0"

// Report is the outcome of a run, in the form of the JSON report
// (docs/running.md).
type Report struct {
	Version int       `json:"version"`
	Tool    string    `json:"tool"`
	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`
	Config  string    `json:"config"`
	Corpus  CorpusSum `json:"corpus"`
	// Shard and Selected are nil where the whole corpus was to be run.
	Shard    *ShardReport `json:"shard,omitempty"`
	Selected *Selected    `json:"selected,omitempty"`
	// Incomplete says why cases are missing; "" when all selected ones were run.
	Incomplete string          `json:"incomplete,omitempty"`
	Summary    map[Verdict]int `json:"summary"`
	Bugs       []BugStatus     `json:"bugs"`
	// Accepted are the accepted differences of the ledger.
	Accepted []AcceptedStatus `json:"accepted,omitempty"`
	Fields   []FieldSum       `json:"fields"`
	// Indexes are the composite indexes that the queries of this run needed.
	Indexes     []IndexNeed `json:"indexes"`
	Normalizers []Hidden    `json:"normalizers"`
	Results     []Result    `json:"results"`
	selected    int
	details     *Details      // nil where none were kept
	replaying   time.Duration // since the first lane was ready, builds not counted
}

// CorpusSum identifies the corpus.
type CorpusSum struct {
	Cases  int    `json:"cases"`
	SHA256 string `json:"sha256"`
	// Unfaithful counts the cases that were set aside (docs/verify.md).
	Unfaithful int `json:"unfaithful,omitempty"`
}

// FieldSum counts the cases of one root field.
type FieldSum struct {
	Coordinate string          `json:"coordinate"`
	Cases      int             `json:"cases"`
	Verdicts   map[Verdict]int `json:"verdicts"`
}

// Result is the outcome of one case.
type Result struct {
	Case string `json:"case"`
	// File is the file of the case, Line the first one in it that differs; 0 where
	// none is known.
	File        string       `json:"file,omitempty"`
	Line        int          `json:"line,omitempty"`
	Verdict     Verdict      `json:"verdict"`
	Fields      []string     `json:"fields"`
	Differences []Difference `json:"differences"`
	// Omitted is how many further differences the case has.
	Omitted   int         `json:"omitted,omitempty"`
	Uncovered []Uncovered `json:"uncovered"`
	// Unshifted are the places that a rebase of the clock left behind.
	Unshifted    []normalizers.Unshifted `json:"unshifted,omitempty"`
	Message      string                  `json:"message"`
	Milliseconds Milliseconds            `json:"milliseconds"`
	Reproduce    string                  `json:"reproduce"`

	hidden   []Hidden
	config   string // the configuration's file
	bugs     []sighting
	used     []*ledger.Accepted
	overlaps []overlap
}

// Uncovered is a read of data that the recording says nothing about.
type Uncovered struct {
	Store string `json:"store"`
	Read  string `json:"read"`
	By    string `json:"by"`
}

// Milliseconds is what a case took: each side's request, and all of it.
type Milliseconds struct {
	Legacy    float64 `json:"legacy"`
	Candidate float64 `json:"candidate"`
	Total     float64 `json:"total"`
}

// Failing counts the cases that fail the run.
func (r *Report) Failing() int {
	n := 0
	for v, count := range r.Summary {
		if v.Fails() {
			n += count
		}
	}
	return n
}

// result puts together what is known of a finished case.
func (l *lane) result(cs *corpus.Case, t trial, j judgement, total time.Duration) Result {
	line := 0
	if j.verdict.Fails() {
		line = lineOf(cs.File, j.differences)
	}
	return Result{
		Case: cs.Name, File: cs.File, Line: line, Verdict: j.verdict, Fields: coordinates(cs),
		Differences: nonNil(j.differences), Omitted: j.omitted, Uncovered: l.uncovered(cs, t), Message: j.message,
		Milliseconds: Milliseconds{ms(t.legacy.elapsed), ms(t.candidate.elapsed), ms(total)},
		Reproduce:    "replay run -c " + l.config.File + " --case " + cs.Name + l.config.Clock.flag(),
		hidden:       j.hidden, config: l.config.File,
		bugs: j.bugs, used: j.used, overlaps: j.overlaps,
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func nonNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// coordinates are the root fields as Query.name or Mutation.name.
func coordinates(cs *corpus.Case) []string {
	root := "Query."
	if cs.Request.Operation == corpus.Mutation {
		root = "Mutation."
	}
	list := make([]string, len(cs.Request.Fields))
	for i, f := range cs.Request.Fields {
		list[i] = root + f
	}
	return list
}

// uncovered lists the reads of either side that lie outside what the recording
// knows.
func (l *lane) uncovered(cs *corpus.Case, t trial) []Uncovered {
	list := []Uncovered{}
	for _, sc := range l.config.Stores {
		state := cs.State(sc.Name)
		for _, s := range []seen{t.legacy, t.candidate} {
			observed, ok := s.stores[sc.Name]
			if !ok {
				continue
			}
			for _, read := range store.Uncovered(state, observed.Allocated, reference(t.legacy, s, sc.Name), observed.Reads) {
				list = append(list, Uncovered{sc.Name, read.Text, s.name})
			}
		}
	}
	return list
}

// reference is what legacy read in this trial, for the reads of s to be measured
// against; nil without a live legacy. Legacy's queries are those of the
// recording, but its lookups must themselves be answered by the fixture.
func reference(legacy, s seen, name string) []store.Read {
	observed, ok := legacy.stores[name]
	if !ok {
		return nil
	}
	if s.name != legacy.name {
		return nonNil(observed.Reads)
	}
	queries := []store.Read{}
	for _, r := range observed.Reads {
		if r.Query != "" {
			queries = append(queries, r)
		}
	}
	return queries
}

// report sums the results up, in the order of the corpus.
func (r *runner) report(started time.Time, err error) *Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	rep := &Report{
		Version: 1, Tool: "replay " + Version, Started: started.UTC().Truncate(time.Millisecond),
		Seconds: time.Since(started).Round(time.Millisecond).Seconds(),
		Config:  r.config.File, Corpus: CorpusSum{len(r.corpus.Cases), r.corpus.SHA256, r.corpus.Unfaithful},
		Indexes: mergeIndexes(r.indexes),
		Bugs:    []BugStatus{}, selected: len(r.cases), Results: r.results,
		details: r.opts.Details,
	}
	rep.sum()
	rep.Normalizers = r.sumHidden(rep.Results)
	if len(rep.Results) > 0 {
		rep.replaying = time.Since(r.replaying)
	}
	switch {
	case err != nil:
		rep.Incomplete = err.Error()
	case len(rep.Results) < len(r.cases):
		rep.Incomplete = "stopped at the first failing case (--fail-fast)"
	}
	facts := factsOf(r.config.Ledger, rep.Results)
	rep.settleLedger(facts)
	rep.Shard, rep.Selected = r.shardReport(facts), r.selectedOf(rep)
	return rep
}

// sum sorts the results by case and adds them up.
func (r *Report) sum() {
	r.Results = nonNil(r.Results)
	slices.SortFunc(r.Results, func(a, b Result) int { return strings.Compare(a.Case, b.Case) })
	r.Summary = map[Verdict]int{}
	for _, v := range Verdicts() {
		r.Summary[v] = 0
	}
	for _, res := range r.Results {
		r.Summary[res.Verdict]++
	}
	r.Fields = sumFields(r.Results)
}

func sumFields(results []Result) []FieldSum {
	sums := map[string]*FieldSum{}
	for _, res := range results {
		for _, f := range res.Fields {
			if sums[f] == nil {
				sums[f] = &FieldSum{Coordinate: f, Verdicts: map[Verdict]int{}}
			}
			sums[f].Cases++
			sums[f].Verdicts[res.Verdict]++
		}
	}
	list := []FieldSum{}
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		list = append(list, *sums[name])
	}
	return list
}

// sumHidden counts what each rule hid, those that hid nothing included: a rule
// that is not needed is worth knowing.
func (r *runner) sumHidden(results []Result) []Hidden {
	type id struct{ rule, use string }
	counts := map[id]int{}
	for _, rule := range r.config.Rules.All() {
		counts[id{rule.At, rule.Use}] = 0
	}
	for _, res := range results {
		for _, h := range res.hidden {
			counts[id{h.Rule, h.Use}] += h.Count
		}
	}
	list := []Hidden{}
	for k, n := range counts {
		list = append(list, Hidden{Rule: k.rule, Use: k.use, Count: n})
	}
	sortHidden(list)
	return list
}

func sortHidden(list []Hidden) {
	slices.SortFunc(list, func(a, b Hidden) int {
		return cmp.Or(strings.Compare(a.Rule, b.Rule), strings.Compare(a.Use, b.Use))
	})
}
