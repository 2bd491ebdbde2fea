package harness

import (
	"context"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/harness/ledger"
)

// ledger notes what changed entries touch: a bug the cases that trigger it, before
// or now, an accepted difference those in which it may be.
func (f *changeFinder) ledger(ctx context.Context, name string) {
	before, now, ok := f.versions(ctx, name, f.config.Ledger.File)
	if !ok {
		f.everything("%s is new or was unreadable", name)
		return
	}
	text, _ := f.git.before(ctx, name)
	// Without a day, no entry of then is expired.
	old, problems := ledger.Read(name, text, f.config.ledgerNames())
	if len(problems) > 0 {
		f.everything("%s was unreadable", name)
		return
	}
	for _, one := range []struct {
		what        string
		list, other strictyaml.Node
		of          *ledger.Ledger
	}{
		{"is new or changed", now, before, f.config.Ledger},
		{"was removed or changed", before, now, old},
	} {
		for _, n := range itemsBeyond(one.list.Child("bugs"), one.other.Child("bugs")) {
			id := n.Child("id").Value
			f.because("bug %s %s: %s that may trigger it", id, one.what, count(f.touch(triggers(one.of, id)), "case"))
		}
		for _, n := range itemsBeyond(one.list.Child("accepted"), one.other.Child("accepted")) {
			f.because("accepted difference %s %s: it may be in %s", n.Child("id").Value, one.what, count(f.touch(f.concerned(n.Child("match"))), "case"))
		}
	}
}

// triggers tests for cases that trigger a bug, as far as the recording shows; a
// case of which that cannot be said is one of them.
func triggers(l *ledger.Ledger, id string) func(*corpus.Case) bool {
	return func(cs *corpus.Case) bool {
		for _, b := range l.Bugs {
			if b.ID == id {
				yes, err := b.Triggered(l.Facts(cs, &cs.Expect, &cs.Expect))
				return yes || err != nil
			}
		}
		return true
	}
}
