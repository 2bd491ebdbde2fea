package corpus

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Unfaithful is the folder of a corpus that holds the cases which legacy does not
// reproduce, each under the path that it had, beside the reason in a file that
// ends in ".reason.txt". [Load] passes it over.
const Unfaithful = "_unfaithful"

// OpenUnfaithful reads the cases set aside in a corpus directory, under the names
// that they had there. What they stand on is found where it was. The error is that
// of [Open]; nothing set aside is an empty corpus.
func OpenUnfaithful(dir string) (*Corpus, error) {
	all := os.DirFS(dir)
	if !hasAside(all) {
		return &Corpus{}, nil
	}
	return load(asideFS{all}, path.Join(filepath.ToSlash(filepath.Clean(dir)), Unfaithful))
}

// SetAside moves the file of a case out of the corpus in a directory, and writes
// the reason beside it. One of the same name that was set aside before is replaced.
func SetAside(dir, name, reason string) error {
	from, to := caseFiles(dir, name)
	// The reason comes first: a crash in between leaves no case without one.
	if err := SaveFile(reasonFile(to), []byte(reason)); err != nil {
		return fmt.Errorf("set case %q aside: %w", name, err)
	}
	if err := move(from, to); err != nil {
		return fmt.Errorf("set case %q aside: %w", name, err)
	}
	return nil
}

// Explain replaces the reason of a case that was set aside.
func Explain(dir, name, reason string) error {
	_, aside := caseFiles(dir, name)
	if err := SaveFile(reasonFile(aside), []byte(reason)); err != nil {
		return fmt.Errorf("say why case %q is set aside: %w", name, err)
	}
	return nil
}

// TakeBack moves a case that was set aside back to where it was. The error wraps
// [fs.ErrExist] where the corpus holds a case of that name by now.
func TakeBack(dir, name string) error {
	to, from := caseFiles(dir, name)
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("take case %q back: %w: it was recorded again; delete one of the two files", name, fs.ErrExist)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return fmt.Errorf("take case %q back: %w", name, err)
	}
	if err := move(from, to); err != nil {
		return fmt.Errorf("take case %q back: %w", name, err)
	}
	if err := os.Remove(reasonFile(from)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("take case %q back: %w", name, err)
	}
	prune(filepath.Clean(dir), filepath.Dir(from))
	return nil
}

// Reason says why a case was set aside; "" where nobody wrote it down.
func Reason(dir, name string) string {
	_, aside := caseFiles(dir, name)
	text, err := os.ReadFile(reasonFile(aside))
	if err != nil {
		return ""
	}
	return string(text)
}

// caseFiles are the file of a case and the one to which it is set aside.
func caseFiles(dir, name string) (at, aside string) {
	file := filepath.FromSlash(name) + ".yaml"
	return filepath.Join(dir, file), filepath.Join(dir, Unfaithful, file)
}

func reasonFile(file string) string { return strings.TrimSuffix(file, ".yaml") + ".reason.txt" }

// move renames a file within a corpus; its directories last through a crash.
func move(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return errors.Join(syncDir(filepath.Dir(to)), syncDir(filepath.Dir(from)))
}

// prune removes directories that hold nothing any more, up to dir.
func prune(dir, empty string) {
	for empty != dir && os.Remove(empty) == nil {
		empty = filepath.Dir(empty)
	}
}

func hasAside(all fs.FS) bool {
	info, err := fs.Stat(all, Unfaithful)
	return err == nil && info.IsDir()
}

// asideFS shows the cases that were set aside where they were, among the fixture
// files on which they stand.
type asideFS struct{ all fs.FS }

// Open opens what was set aside, else what the corpus has.
func (a asideFS) Open(name string) (fs.File, error) {
	if name == Unfaithful {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	f, err := a.all.Open(path.Join(Unfaithful, name))
	if errors.Is(err, fs.ErrNotExist) {
		return a.all.Open(name)
	}
	return f, err
}

// countAside counts the cases that were set aside.
func countAside(all fs.FS) int {
	if !hasAside(all) {
		return 0
	}
	return len((&loader{fsys: asideFS{all}}).find())
}

// standsAside reports whether a file is the base of a case that was set aside: no
// stray, then, for the case may come back.
func (l *loader) standsAside(name string) bool {
	if l.aside == nil {
		l.aside = &bases{fsys: asideFS{l.fsys}}
		if hasAside(l.fsys) {
			aside := loader{fsys: l.aside.fsys, bases: bases{fsys: l.aside.fsys}}
			for _, file := range aside.find() {
				aside.read(file)
			}
			l.aside.read = aside.bases.read
		}
	}
	return l.aside.named(name)
}
