package harness

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/sidebyside/replay/corpus"
)

// Changes are the cases that a change of files touches.
type Changes struct {
	// Since names what the files are compared with.
	Since string
	// Because says in a sentence each what changed and what that touches.
	Because []string

	all   bool
	cases map[string]bool
}

// touches reports whether a case has to be run.
func (c *Changes) touches(cs *corpus.Case) bool { return c == nil || c.all || c.cases[cs.Name] }

// ChangedSince finds the cases that files touch which differ from those of a
// revision of git, committed or not: the cases themselves, those that stand on a
// fixture, and those that a changed rule or entry of the ledger may concern. The
// revision is the last common one of ref and HEAD, so that work of others is left
// out. Any other file may be part of an implementation, and touches all cases,
// unless one of the globs in ignore, relative to the checkout, says that it is
// not.
//
// It is an error if the configuration is in no checkout, or ref is unknown.
func ChangedSince(ctx context.Context, c *Config, cases *corpus.Corpus, ref string, ignore []string) (*Changes, error) {
	for _, g := range ignore {
		if !doublestar.ValidatePattern(g) {
			return nil, fmt.Errorf("glob %q is malformed", g)
		}
	}
	g, err := openCheckout(ctx, c.Dir, ref)
	if err != nil {
		return nil, err
	}
	files, err := g.changed(ctx)
	if err != nil {
		return nil, err
	}
	f := changeFinder{config: c, corpus: cases, git: g, out: &Changes{Since: g.name(), cases: map[string]bool{}}}
	for _, file := range files {
		if !slices.ContainsFunc(ignore, func(glob string) bool { return matches(glob, file) }) {
			f.file(ctx, file)
		}
	}
	f.summarise()
	return f.out, nil
}

// changeFinder sorts changed files by what they touch.
type changeFinder struct {
	config *Config
	corpus *corpus.Corpus
	git    *checkout
	out    *Changes

	cases, gone, others []string

	onBase map[string][]string // see standing
}

// file notes what one changed file, named relative to the checkout, touches.
func (f *changeFinder) file(ctx context.Context, name string) {
	file := filepath.Join(f.git.top, filepath.FromSlash(name))
	below, err := filepath.Rel(realPath(f.config.Corpus), file)
	inCorpus := err == nil && below != "." && !strings.HasPrefix(below, "..")
	switch {
	case inCorpus:
		f.corpusFile(name, filepath.ToSlash(below))
	case file == realPath(f.config.File):
		f.configuration(ctx, name)
	case f.config.Ledger != nil && file == realPath(f.config.Ledger.File):
		f.ledger(ctx, name)
	default:
		f.others = append(f.others, name)
	}
}

// corpusFile notes a fixture that cases stand on, wherever it lies, or a case.
// What the corpus does not load touches nothing.
func (f *changeFinder) corpusFile(name, below string) {
	if list := f.standing()[below]; len(list) > 0 {
		for _, name := range list {
			f.out.cases[name] = true
		}
		f.because("fixture %s changed: %s on it", name, stand(len(list)))
		return
	}
	aside := slices.ContainsFunc(strings.Split(below, "/"), func(part string) bool {
		return strings.HasPrefix(part, "_") || strings.HasPrefix(part, ".")
	})
	if aside || path.Ext(below) != ".yaml" {
		return
	}
	caseName := strings.TrimSuffix(below, ".yaml")
	if f.touch(func(cs *corpus.Case) bool { return cs.Name == caseName }) > 0 {
		f.cases = append(f.cases, caseName)
	} else {
		f.gone = append(f.gone, caseName)
	}
}

func stand(n int) string {
	if n == 1 {
		return "1 case stands"
	}
	return fmt.Sprintf("%d cases stand", n)
}

// standing are the names of the cases by the fixture files that they stand on,
// which are named by their paths in the corpus.
func (f *changeFinder) standing() map[string][]string {
	if f.onBase != nil {
		return f.onBase
	}
	f.onBase = map[string][]string{}
	below := map[string]string{} // what a fixture file names as its base
	for _, cs := range f.corpus.Cases {
		var seen []string
		at := cs.Name
		for base := cs.Fixture.Base; base != ""; base = below[at] {
			if at = path.Join(path.Dir(at), base); slices.Contains(seen, at) {
				break
			}
			seen = append(seen, at)
			f.onBase[at] = append(f.onBase[at], cs.Name)
			if _, known := below[at]; !known {
				below[at] = f.baseOf(at)
			}
		}
	}
	return f.onBase
}

// baseOf is what a fixture file names as its base, "" for none.
func (f *changeFinder) baseOf(name string) string {
	base := parseFile(filepath.Join(f.config.Corpus, filepath.FromSlash(name))).Child("base")
	if !base.Present() || !base.Scalar() {
		return ""
	}
	return base.Value
}

// touch adds the cases that fit, and counts them.
func (f *changeFinder) touch(fits func(*corpus.Case) bool) int {
	n := 0
	for _, cs := range f.corpus.Cases {
		if fits(cs) {
			f.out.cases[cs.Name] = true
			n++
		}
	}
	return n
}

// everything notes a reason to run all cases.
func (f *changeFinder) everything(format string, args ...any) {
	f.out.all = true
	f.because(format+": all cases", args...)
}

func (f *changeFinder) because(format string, args ...any) {
	f.out.Because = append(f.out.Because, fmt.Sprintf(format, args...))
}

// summarise says what is not said yet.
func (f *changeFinder) summarise() {
	if len(f.cases) > 0 {
		f.because("%s changed: %s", count(len(f.cases), "case"), someOf(f.cases))
	}
	if len(f.gone) > 0 {
		f.because("removed from the corpus: %s", someOf(f.gone))
	}
	if len(f.others) > 0 {
		f.everything("%s changed and may be part of an implementation", someFiles(f.others))
	}
	if len(f.out.Because) == 0 {
		f.because("nothing changed that a case could tell")
	}
}

func someFiles(files []string) string {
	const most = 3
	if len(files) <= most {
		return strings.Join(files, ", ")
	}
	return fmt.Sprintf("%s and %s more", strings.Join(files[:most], ", "), count(len(files)-most, "file"))
}

// realPath is the absolute path without symbolic links, as git names files.
func realPath(file string) string {
	abs, err := filepath.Abs(file)
	if err != nil {
		return file
	}
	if linkless, err := filepath.EvalSymlinks(abs); err == nil {
		return linkless
	}
	return abs
}
