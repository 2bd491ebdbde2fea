package harness

import (
	"fmt"
	"io"
)

// ShardReport is what the report of a shard says beyond that of a run, so that
// the reports of all can be joined ([Merge]).
type ShardReport struct {
	Index int `json:"index"` // from 1
	Of    int `json:"of"`
	// By is what chose the shard, and Balanced by what all were cut.
	By       string `json:"by,omitempty"`
	Balanced string `json:"balanced"`
	// Cases counts those of this shard, Selected those of all.
	Cases    int `json:"cases"`
	Selected int `json:"selected"`
	// Plan is the SHA-256 of which case is in which shard.
	Plan string `json:"plan"`
	// Configuration is the SHA-256 of configuration, schema and ledger.
	Configuration string `json:"configuration"`
	// Revision is the commit that was run, "" if unknown.
	Revision string `json:"revision,omitempty"`
	// Run is the flags that say how cases are run.
	Run string `json:"run,omitempty"`
	// Ledger is what this shard's cases show of the ledger.
	Ledger ledgerFacts `json:"ledger"`
}

// Selected says which cases were to be run, where that was not the corpus.
type Selected struct {
	Cases int `json:"cases"`
	// By is the flags that chose them.
	By string `json:"by,omitempty"`
	// Because says what changed, of a run of what did.
	Because []string `json:"because,omitempty"`
}

// shardReport is nil for a run that is no shard.
func (r *runner) shardReport(facts ledgerFacts) *ShardReport {
	s := r.opts.Shard
	if s.Of == 0 {
		return nil
	}
	return &ShardReport{
		Index: s.Index, Of: s.Of, By: s.By, Balanced: r.opts.Timings.how(),
		Cases: len(r.cut.cases), Selected: r.cut.selected, Plan: r.cut.plan,
		Configuration: r.config.SHA256, Revision: r.opts.Revision, Run: r.opts.flags(), Ledger: facts,
	}
}

// selectedOf is nil for a run of the whole corpus that was not cut short.
func (r *runner) selectedOf(rep *Report) *Selected {
	by := r.opts.Selection.flags()
	if by == "" && rep.Incomplete == "" {
		return nil
	}
	s := &Selected{Cases: r.cut.selected, By: by}
	if c := r.opts.Changed; c != nil {
		s.Because = c.Because
	}
	return s
}

// partial says in a sentence each what a green report does not mean.
func (r *Report) partial() []string {
	var list []string
	if s := r.Shard; s != nil && s.Of > 1 {
		list = append(list, fmt.Sprintf("shard %d of %d (%s): %d of %s, balanced %s; only replay merge of all shards has a verdict",
			s.Index, s.Of, s.By, s.Cases, count(s.Selected, "case"), s.Balanced))
	}
	if s := r.Selected; s != nil && s.By != "" {
		list = append(list, fmt.Sprintf("a part of the corpus: %d of %s (%s)", s.Cases, count(r.Corpus.Cases, "case"), s.By))
		list = append(list, s.Because...)
	}
	return list
}

func (r *Report) writePartial(w io.Writer) {
	for _, line := range r.partial() {
		fprintf(w, "%s\n", line)
	}
}
