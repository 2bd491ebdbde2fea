package harness

import (
	"fmt"
	"slices"
	"strings"
)

// A ReportFile is a JSON report with the name of its file, for messages.
type ReportFile struct {
	Name   string
	Report *Report
}

// Merge joins the reports of all shards of a run into the report that one run of
// all their cases would have made; only times differ: it began when the first
// shard did and took as long as the longest. A report of a run that was no shard
// is returned as it is, if it is the only one.
//
// Reports that do not belong together are an error: of another corpus,
// configuration, version, selection or cut, or with cases in common. Shards that
// are missing are none: the report then says that it is incomplete.
func Merge(files []ReportFile) (*Report, error) {
	if len(files) == 0 {
		return nil, fmt.Errorf("no report to merge; name the JSON reports of the shards")
	}
	head := files[0]
	if head.Report.Shard == nil {
		if len(files) > 1 {
			return nil, fmt.Errorf("%s is the report of no shard; only those of replay run --shard can be joined", head.Name)
		}
		return head.Report, nil
	}
	for _, f := range files[1:] {
		if err := foreign(head, f); err != nil {
			return nil, err
		}
	}
	if err := sharing(files); err != nil {
		return nil, err
	}
	return join(files), nil
}

// foreign says why two reports are not of one run; nil where they are.
func foreign(a, b ReportFile) error {
	if b.Report.Shard == nil {
		return fmt.Errorf("%s is the report of no shard; only those of replay run --shard can be joined", b.Name)
	}
	x, y := a.Report, b.Report
	for _, one := range []struct{ what, x, y, remedy string }{
		{"version", x.Tool, y.Tool, "use one version for all shards"},
		{"configuration", x.Config, y.Config, "run all shards with one -c"},
		{"content of configuration, schema and ledger", x.Shard.Configuration, y.Shard.Configuration, "run all shards on one commit"},
		{"revision", x.Shard.Revision, y.Shard.Revision, "run all shards on one commit"},
		{"corpus", corpusText(x.Corpus), corpusText(y.Corpus), "run all shards on one commit"},
		{"selection", x.Shard.Run, y.Shard.Run, "run all shards with the same flags"},
		{"number of shards", fmt.Sprint(x.Shard.Of), fmt.Sprint(y.Shard.Of), "run all shards with the same N"},
		{"cut", x.Shard.Plan, y.Shard.Plan, "give all shards the same --timings file"},
	} {
		if one.x != one.y {
			return fmt.Errorf("%s and %s differ in %s: %s and %s; %s", a.Name, b.Name, one.what, orNothing(one.x), orNothing(one.y), one.remedy)
		}
	}
	if !x.Shard.Ledger.sameEntries(y.Shard.Ledger) {
		return fmt.Errorf("%s and %s differ in the entries of the ledger; run all shards on one commit", a.Name, b.Name)
	}
	return nil
}

func corpusText(c CorpusSum) string { return fmt.Sprintf("%s (%s)", count(c.Cases, "case"), c.SHA256) }

// sharing says which reports have a shard or a case in common; nil where none do.
func sharing(files []ReportFile) error {
	shards, cases := map[int]string{}, map[string]string{}
	for _, f := range files {
		i := f.Report.Shard.Index
		if other, taken := shards[i]; taken {
			return fmt.Errorf("%s and %s both are shard %s; name each shard once", other, f.Name, f.Report.Shard.name())
		}
		shards[i] = f.Name
		for _, res := range f.Report.Results {
			if other, taken := cases[res.Case]; taken {
				return fmt.Errorf("%s and %s both have case %s; run the shards again", other, f.Name, res.Case)
			}
			cases[res.Case] = f.Name
		}
	}
	return nil
}

func (s *ShardReport) name() string { return fmt.Sprintf("%d/%d", s.Index, s.Of) }

// join adds up reports that belong together.
func join(files []ReportFile) *Report {
	out := *files[0].Report
	shard := *out.Shard
	out.Shard, out.Seconds, out.Results, out.Indexes, out.Incomplete = nil, 0, nil, nil, lost(files)
	out.Bugs, out.Accepted, out.Normalizers = []BugStatus{}, nil, slices.Clone(out.Normalizers)
	facts := ledgerFacts{Bugs: slices.Clone(shard.Ledger.Bugs), Accepted: slices.Clone(shard.Ledger.Accepted)}
	for i, f := range files {
		r := f.Report
		if r.Started.Before(out.Started) {
			out.Started = r.Started
		}
		out.Seconds = max(out.Seconds, r.Seconds)
		out.Results = append(out.Results, r.Results...)
		out.Indexes = append(out.Indexes, r.Indexes...)
		if i > 0 {
			out.Normalizers = addHidden(out.Normalizers, r.Normalizers)
			facts.join(r.Shard.Ledger)
		}
	}
	out.Indexes = mergeIndexes(out.Indexes)
	out.selected = shard.Selected
	out.sum()
	out.settleLedger(facts)
	if s := out.Selected; s != nil && s.By == "" && out.Incomplete == "" {
		out.Selected = nil
	}
	if out.Incomplete != "" && out.Selected == nil {
		out.Selected = &Selected{Cases: shard.Selected}
	}
	return &out
}

// lost says which shards, or cases of them, are missing; "" where none are.
func lost(files []ReportFile) string {
	here := map[int]bool{}
	var texts []string
	for _, f := range files {
		s := f.Report.Shard
		here[s.Index] = true
		switch {
		case f.Report.Incomplete != "":
			texts = append(texts, fmt.Sprintf("shard %s (%s): %s", s.name(), f.Name, f.Report.Incomplete))
		case len(f.Report.Results) != s.Cases:
			texts = append(texts, fmt.Sprintf("shard %s (%s) has %d of its %s", s.name(), f.Name, len(f.Report.Results), count(s.Cases, "case")))
		}
	}
	var missing []string
	of := files[0].Report.Shard.Of
	for i := 1; i <= of; i++ {
		if !here[i] {
			missing = append(missing, fmt.Sprintf("%d/%d", i, of))
		}
	}
	if len(missing) > 0 {
		texts = append([]string{fmt.Sprintf("no report of shard %s; run what is missing, and merge again", strings.Join(missing, ", "))}, texts...)
	}
	return strings.Join(texts, "\n")
}

// addHidden adds what the rules of another shard hid.
func addHidden(to, more []Hidden) []Hidden {
	for _, h := range more {
		i := slices.IndexFunc(to, func(x Hidden) bool { return x.Rule == h.Rule && x.Use == h.Use })
		if i < 0 {
			to = append(to, h)
			continue
		}
		to[i].Count += h.Count
	}
	sortHidden(to)
	return to
}
