package harness

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/harness/ledger"
)

// loadLedger reads the ledger that the configuration names.
func (r *configReader) loadLedger() strictyaml.Problems {
	if !r.ledger.Present() || r.schema.Present() && r.Schema == nil {
		return nil // without a broken schema, its coordinates would all be unknown
	}
	var file string
	r.path(r.ledger, &file, "ledger")
	if file == "" {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		r.ledger.Problemf("read ledger: %v", err)
		return nil
	}
	r.add(data)
	names := r.ledgerNames()
	names.Today = time.Now()
	var problems strictyaml.Problems
	r.Ledger, problems = ledger.Read(r.display(file), data, names)
	return problems
}

// ledgerNames is what entries may speak of, without a day on which they expire.
func (c *Config) ledgerNames() ledger.Names {
	names := ledger.Names{Schema: c.Schema}
	for _, s := range c.Stores {
		names.Stores = append(names.Stores, s.Name)
	}
	for _, u := range c.Upstreams {
		names.Upstreams = append(names.Upstreams, u.Name)
	}
	for _, ch := range Channels() {
		names.Channels = append(names.Channels, string(ch))
	}
	for _, k := range Kinds() {
		names.Kinds = append(names.Kinds, string(k))
	}
	for _, class := range Classes() {
		names.Classes = append(names.Classes, string(class))
	}
	return names
}

// unseen: a case triggers the bug, but legacy does not show it.
const unseen ledger.Status = "unseen"

// sighting is what one case shows of one bug.
type sighting struct {
	bug    *ledger.Bug
	status ledger.Status
	// unclear: the candidate's observation lacks what the witness asks for.
	unclear bool
}

// overlap is a difference that fits two entries.
type overlap struct{ first, second claim }

// claim is an entry that takes a difference for its own.
type claim struct {
	id, at   string
	accepted *ledger.Accepted // nil: a bug
}

// sight says what a case shows of each bug that it triggers.
func sight(l *ledger.Ledger, cs *corpus.Case, legacy, candidate *corpus.Observation) ([]sighting, error) {
	if l == nil || len(l.Bugs) == 0 {
		return nil, nil
	}
	facts := l.Facts(cs, legacy, candidate)
	var list []sighting
	var errs []error
	for _, b := range l.Bugs {
		s, err := sightBug(b, facts)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("ledger: bug %q: %w", b.ID, err))
		case s.status != "":
			list = append(list, s)
		}
	}
	return list, errors.Join(errs...)
}

// sightBug has no status when the case does not trigger the bug.
func sightBug(b *ledger.Bug, facts *ledger.Facts) (sighting, error) {
	s := sighting{bug: b}
	if ok, err := b.Triggered(facts); !ok {
		return s, err
	}
	shown, err := b.ByLegacy(facts)
	if err != nil {
		return s, err
	}
	if shown != ledger.Shown {
		s.status = unseen
		return s, nil
	}
	if shown, err = b.ByCandidate(facts); err != nil {
		return s, err
	}
	s.unclear = shown == ledger.Unclear
	s.status = map[ledger.Expectation][2]ledger.Status{
		ledger.ExpectPorted: {ledger.NotPorted, ledger.Ported},
		ledger.ExpectFixed:  {ledger.Fixed, ledger.NotFixed},
	}[b.Expect][index(shown == ledger.Shown)]
	if s.unclear && b.Expect == ledger.ExpectFixed {
		// What is not there cannot be taken for correct.
		s.status = ledger.NotFixed
	}
	return s, nil
}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

// blamed reports whether the case is divergent because of the bug.
func (s sighting) blamed() bool {
	return !s.bug.Allows(s.status) && (s.status == ledger.NotPorted || s.status == ledger.NotFixed && s.unclear)
}

// tolerated reports whether the differences that the bug makes are accepted.
func (s sighting) tolerated() bool {
	return s.status == ledger.Fixed || s.status == ledger.NotPorted && s.bug.Allows(s.status)
}

func (s sighting) claim() claim { return claim{id: s.bug.ID, at: s.bug.At} }

func (s sighting) text() string {
	what := "legacy shows it, the candidate does not"
	if s.unclear {
		what = "legacy shows it, and the candidate's answer lacks what the witness asks for"
	}
	return fmt.Sprintf("bug %q is %s: %s (%s)", s.bug.ID, s.status, what, s.bug.At)
}

// settle applies the ledger to what a trial shows: differences get the entry
// that knows them, and the verdict follows.
func settle(l *ledger.Ledger, cs *corpus.Case, t trial, j judgement) judgement {
	if l == nil {
		return j
	}
	var err error
	if j.bugs, err = sight(l, cs, t.legacy.obs, t.candidate.obs); err != nil {
		j.verdict, j.message = Errored, err.Error()
		return j
	}
	known := 0
	for i := range j.differences {
		if j.attribute(l, &j.differences[i]) {
			known++
		}
	}
	var blamed []string
	for _, s := range j.bugs {
		if s.blamed() {
			blamed = append(blamed, s.text())
		}
	}
	switch {
	case len(blamed) > 0:
		j.verdict, j.message = Divergent, strings.Join(blamed, "\n")
	case len(j.differences) > 0 && known == len(j.differences):
		j.verdict = Accepted
	}
	return j
}

// attribute names the entry that a difference belongs to, and reports whether
// that one accepts it.
func (j *judgement) attribute(l *ledger.Ledger, d *Difference) bool {
	facts := d.facts()
	claims := j.claims(l, facts)
	for _, c := range claims {
		if c.accepted != nil {
			j.used = append(j.used, c.accepted)
		}
	}
	if len(claims) > 1 && slices.ContainsFunc(claims, func(c claim) bool { return c.accepted != nil }) {
		j.overlaps = append(j.overlaps, overlap{claims[0], claims[1]})
	}
	for _, s := range j.bugs {
		if s.blamed() && s.bug.Match.Fit(facts) {
			d.Ledger = s.bug.ID
			return false
		}
	}
	if len(claims) > 0 {
		d.Ledger = claims[0].id
		return true
	}
	// What no entry names belongs to a bug that is not told where it shows.
	for _, s := range j.bugs {
		if s.tolerated() && s.bug.Match == nil {
			d.Ledger = s.bug.ID
			return true
		}
	}
	return false
}

// claims are the entries that name a difference: accepted ones, and tolerated
// bugs that are told where they show.
func (j *judgement) claims(l *ledger.Ledger, d ledger.Difference) []claim {
	var list []claim
	for _, a := range l.Accepted {
		if a.Fits(d) {
			list = append(list, claim{a.ID, a.At, a})
		}
	}
	for _, s := range j.bugs {
		if s.tolerated() && s.bug.Match != nil && s.bug.Match.Fit(d) {
			list = append(list, s.claim())
		}
	}
	return list
}

func (d *Difference) facts() ledger.Difference {
	return ledger.Difference{
		Channel: string(d.Channel), Store: d.Store, Path: d.Path, Coordinate: d.Coordinate,
		Kind: string(d.Kind), Class: string(d.Class), Legacy: d.Legacy, Candidate: d.Candidate,
	}
}

// gone notes the bugs that legacy showed when it was recorded, and no longer
// does.
func gone(l *ledger.Ledger, cs *corpus.Case, t trial, j *judgement) {
	then, err := sight(l, cs, &cs.Expect, t.legacy.obs)
	if err != nil {
		j.message += "\n" + err.Error()
	}
	for _, s := range then {
		hidden := s.status == ledger.NotPorted || s.status == ledger.Fixed || s.unclear
		if !hidden {
			continue
		}
		j.bugs = append(j.bugs, sighting{bug: s.bug, status: ledger.Gone})
		j.message += fmt.Sprintf("\nbug %q is gone: legacy no longer shows it (%s)", s.bug.ID, s.bug.At)
	}
}
