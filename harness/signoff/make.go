package signoff

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/harness"
)

// Options say what is signed off, and how.
type Options struct {
	// Field is the coordinate.
	Field string
	// Runs is how often the cases are replayed; 0 leaves it to the policy.
	Runs int
	// Seed draws the orders of the runs.
	Seed uint32
	// Lanes are those of [harness.Options].
	Lanes int
	// Log gets a line on each step; nil for nobody.
	Log func(string)
	// Done is called for each finished case; may be nil.
	Done func(harness.Result, harness.Progress)
}

// Outcome is what came of an attempt to sign off.
type Outcome struct {
	// Statement is nil when a point of the policy is not met.
	Statement *Statement
	// Shown is what was shown, also when that is not enough.
	Shown *Shown
	// Unmet are the points that are not met.
	Unmet []Unmet
	// Next are the cases to record next, the most valuable first.
	Next []string
	// Reports are those of the runs.
	Reports []*harness.Report
}

// Make replays the cases of a field and holds what they show against the policy
// of the configuration. The error says that nothing was shown: the field is
// unknown, an implementation cannot be identified or does not start
// (*harness.StartError), or ctx ended.
func Make(ctx context.Context, c *harness.Config, cases *corpus.Corpus, opts Options) (*Outcome, error) {
	if err := Known(c, opts.Field); err != nil {
		return nil, err
	}
	m := maker{config: c, cases: cases, opts: opts, selected: Cases(c.Schema, cases.Cases, opts.Field)}
	if m.opts.Runs == 0 {
		m.opts.Runs = c.SignOff.Policy(opts.Field).Runs
	}
	m.shown = &Shown{
		Field: opts.Field, Tool: "replay " + harness.Version, Started: now(), Runs: m.opts.Runs, Seed: opts.Seed,
		Cases: len(m.selected), Policy: c.SignOff.Policy(opts.Field),
		Bugs: []Bug{}, Accepted: []Accepted{}, Hidden: []harness.Hidden{},
	}
	if err := m.measure(ctx); err != nil {
		return nil, err
	}
	if len(m.selected) == 0 {
		return m.outcome(nil), nil
	}
	digests, err := m.replay(ctx)
	if err != nil {
		return nil, err
	}
	return m.outcome(digests), nil
}

// Known reports, as an error, that the configuration's schema has no such field.
func Known(c *harness.Config, coordinate string) error {
	if c.Schema == nil {
		return fmt.Errorf("%s: without a schema there is no field to sign off; add \"schema\"", c.File)
	}
	typeName, field, ok := strings.Cut(coordinate, ".")
	if def := c.Schema.Type(typeName); ok && def != nil && def.Fields.ForName(field) != nil {
		return nil
	}
	var known []string
	for _, name := range c.Schema.Types() {
		if def := c.Schema.Type(name); strings.EqualFold(name, typeName) || name == c.Schema.Root("mutation") {
			for _, f := range def.Fields {
				known = append(known, name+"."+f.Name)
			}
		}
	}
	return fmt.Errorf("unknown field %q%s", coordinate, strictyaml.Suggest(coordinate, known))
}

func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// maker is one attempt to sign off.
type maker struct {
	config   *harness.Config
	cases    *corpus.Corpus
	opts     Options
	selected []*corpus.Case
	shown    *Shown
	next     []string
	reports  []*harness.Report
}

func (m *maker) log(format string, args ...any) {
	if m.opts.Log != nil {
		m.opts.Log(fmt.Sprintf(format, args...))
	}
}

// names are those of the selected cases.
func (m *maker) names() []string {
	list := make([]string, len(m.selected))
	for i, cs := range m.selected {
		list[i] = cs.Name
	}
	return list
}

// replay runs the cases on one build, and takes the digests of what was run.
func (m *maker) replay(ctx context.Context) (Digests, error) {
	m.log("building legacy and candidate")
	b, err := Build(ctx, m.config, m.cases, "")
	if err != nil {
		return nil, err
	}
	defer b.Close()
	digests, err := b.digests(m.opts.Field, m.selected)
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(uint64(m.opts.Seed), 0))
	for run := range m.opts.Runs {
		m.log("run %d of %d", run+1, m.opts.Runs)
		shuffled := *m.cases
		shuffled.Cases = slices.Clone(m.cases.Cases)
		random.Shuffle(len(shuffled.Cases), func(i, j int) {
			shuffled.Cases[i], shuffled.Cases[j] = shuffled.Cases[j], shuffled.Cases[i]
		})
		report, err := harness.Run(ctx, b.built.Config, &shuffled, harness.Options{
			Selection: harness.Selection{Cases: m.names()}, Lanes: m.opts.Lanes, Done: m.opts.Done,
		})
		if err != nil {
			return nil, err
		}
		m.reports = append(m.reports, report)
	}
	return digests, m.unchanged(ctx, b, digests)
}

// unchanged makes sure that what was run is what was there before.
func (m *maker) unchanged(ctx context.Context, b *Builder, before Digests) error {
	var err error
	if b.shared, err = b.common(ctx, m.config.SchemaFile); err != nil {
		return err
	}
	after, err := b.digests(m.opts.Field, m.selected)
	if err != nil {
		return err
	}
	if reasons := before.differ(after); len(reasons) > 0 {
		return fmt.Errorf("files changed while the cases ran, so that nobody knows what was shown: %s; run again", strings.Join(reasons, "; "))
	}
	return nil
}

// outcome is a statement when every point of the policy is met.
func (m *maker) outcome(digests Digests) *Outcome {
	m.shown.Finished = now()
	out := &Outcome{Shown: m.shown, Next: m.next, Reports: m.reports}
	verdicts := m.verdicts()
	out.Unmet = append(m.shown.unmet(m.shown.Policy, m.shown.Finished), m.failures(verdicts)...)
	if len(out.Unmet) > 0 {
		return out
	}
	m.shown.ledger(m.config, m.reports)
	m.shown.expire()
	p := Predicate{
		Result: passed, Shown: *m.shown, Configuration: []Subject{*digests.find(configurationName)},
		PassedTests: []string{}, WarnedTests: []string{}, FailedTests: []string{},
	}
	for _, name := range m.names() {
		if verdicts[name] == harness.Accepted {
			p.WarnedTests = append(p.WarnedTests, name)
		} else {
			p.PassedTests = append(p.PassedTests, name)
		}
	}
	out.Statement = &Statement{Type: statementType, Subject: digests, PredicateType: predicateType, Predicate: p}
	return out
}

// verdicts are the worst ones of all runs, by case.
func (m *maker) verdicts() map[string]harness.Verdict {
	worst := map[string]harness.Verdict{}
	for _, r := range m.reports {
		for _, res := range r.Results {
			worst[res.Case] = max(worst[res.Case], res.Verdict)
		}
	}
	return worst
}
