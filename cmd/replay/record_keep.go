package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/recorder"
	"github.com/sidebyside/replay/recorder/shape"
)

// recordKeep are the flags that say which recordings stay in the corpus.
type recordKeep struct {
	perShape positive
	verify   bool

	before map[string]bool // the cases that were there before; nil until it is known
}

func (k *recordKeep) define(flags *pflag.FlagSet) {
	flags.Var(&k.perShape, "per-shape", "keep at most so many `cases` of each shape, those that the corpus holds included (default: all)")
	flags.BoolVar(&k.verify, "verify", false, "at the end, replay each new case on a legacy of its own and set aside what does not reproduce")
}

// check refuses what cannot be kept to, and notes what the corpus holds.
func (k *recordKeep) check(c *harness.Config, out string) error {
	switch {
	case k.verify && c.Legacy.URL != "":
		return fmt.Errorf("--verify: legacy runs at %s, where recorded mutations would be executed again on what it really stores; "+
			"record without --verify, and run \"replay verify\" with a configuration that starts legacy by a command", c.Legacy.URL)
	case !k.verify:
		return nil
	}
	var err error
	k.before, err = caseFiles(out)
	return err
}

// apply puts the limit into the options.
func (k *recordKeep) apply(o *recorder.Options) (err error) {
	if k.perShape > 0 {
		o.PerShape, err = shape.NewLimit(int(k.perShape), o.Out)
	}
	return err
}

// caseFiles are the names of the cases in a corpus directory, by their files.
func caseFiles(dir string) (map[string]bool, error) {
	names := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == dir {
			return nil
		}
		if err != nil {
			return err
		}
		if name, ok := strings.CutSuffix(path, ".yaml"); ok && !d.IsDir() {
			name, err = filepath.Rel(dir, name)
			names[filepath.ToSlash(name)] = true
		}
		return err
	})
	return names, err
}

// finish verifies what was recorded since check. The recording has ended by Ctrl-C,
// most likely: a further one ends this.
func (k *recordKeep) finish(ctx context.Context, c *harness.Config, out string, w io.Writer) error {
	if k.before == nil {
		return nil
	}
	ctx, stop := signal.NotifyContext(context.WithoutCancel(ctx), os.Interrupt, syscall.SIGTERM)
	defer stop()
	report, err := verifyNew(ctx, c, out, k.before)
	if report != nil {
		err = errors.Join(err, sayVerified(w, report))
	}
	if err != nil {
		return incomplete(fmt.Errorf("verify the new cases: %w; \"replay verify\" does so later", err))
	}
	return nil
}

// verifyNew verifies the cases that were not there before, on a legacy of its own,
// and sets aside what it does not reproduce. A nil report is for nothing new.
func verifyNew(ctx context.Context, c *harness.Config, dir string, before map[string]bool) (*harness.VerifyReport, error) {
	all, err := corpus.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var added corpus.Corpus
	for _, cs := range all.Cases {
		if !before[cs.Name] {
			added.Cases = append(added.Cases, cs)
		}
	}
	if len(added.Cases) == 0 {
		return nil, nil
	}
	report, err := harness.Verify(ctx, c, &added, harness.VerifyOptions{})
	if report == nil {
		return nil, err
	}
	return report, errors.Join(err, setAside(dir, report))
}

// sayVerified sums up which of the new cases were kept, and why others were not.
func sayVerified(w io.Writer, r *harness.VerifyReport) error {
	where := ""
	if r.Unfaithful() > 0 {
		where = fmt.Sprintf(", %d set aside in %s", r.Unfaithful(), r.Folder)
	}
	err := say(w, "verified %d of %d new cases on legacy alone: %d kept%s\n", len(r.Results), r.Cases, r.Faithful, where)
	for _, verdict := range []harness.Verdict{harness.Unfaithful, harness.Unstable, harness.Errored} {
		const most = 3
		var examples []string
		n := 0
		for i := range r.Results {
			res := &r.Results[i]
			if res.Verdict != verdict {
				continue
			}
			if n++; n <= most {
				examples = append(examples, res.Case+missingText(res))
			}
		}
		if n > 0 {
			err = errors.Join(err, say(w, "  %d  %s: %s\n", n, verdict, strings.Join(examples, "; ")))
		}
	}
	return err
}

// missingText names the first thing that a fixture misses.
func missingText(r *harness.VerifyResult) string {
	switch n := len(r.Missing); n {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf(" (misses %s)", r.Missing[0])
	default:
		return fmt.Sprintf(" (misses %s and %d more)", r.Missing[0], n-1)
	}
}
