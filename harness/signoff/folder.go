package signoff

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sidebyside/replay/harness"
)

// Folder are the sign-offs of a directory.
type Folder struct {
	Dir string
	// Missing: the directory does not exist.
	Missing bool
	// All are those that can be read and believed, Refused the others by file, with
	// the reason.
	All     []*SignOff
	Refused []RefusedFile
}

// RefusedFile is a file that is no sign-off to be believed.
type RefusedFile struct{ File, Reason string }

// ReadFolder reads the sign-offs in a directory and below: all files whose name
// ends in ".json". With keys, they must be signed by one of them.
func ReadFolder(dir string, keys []*PublicKey) (*Folder, error) {
	f := &Folder{Dir: dir}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		s, err := Read(path, keys)
		if err != nil {
			f.Refused = append(f.Refused, RefusedFile{path, err.Error()})
			return nil
		}
		f.All = append(f.All, s)
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		f.Missing = true
		return f, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read sign-offs: %w", err)
	}
	return f, nil
}

// Of are the sign-offs of a field, the newest first.
func (f *Folder) Of(coordinate string) []*SignOff {
	var list []*SignOff
	for _, s := range f.All {
		if s.Predicate.Shown.Field == coordinate {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b *SignOff) int {
		return b.Predicate.Shown.Finished.Compare(a.Predicate.Shown.Finished)
	})
	return list
}

// Standing is what becomes of a field's sign-offs today.
type Standing struct {
	// Valid is the sign-off that holds, nil for none.
	Valid *SignOff
	// Reasons say why none holds, each with its file.
	Reasons []string
}

// Judge finds a sign-off of a field that holds now. look gives what it is held
// against, and is called only if there is one.
func (f *Folder) Judge(coordinate string, policy harness.SignOffPolicy, look func() (*Today, error)) (*Standing, error) {
	out := &Standing{}
	of := f.Of(coordinate)
	if len(of) > 0 {
		today, err := look()
		if err != nil {
			return nil, err
		}
		for _, s := range of {
			reasons := s.Stale(coordinate, today, policy, now())
			if len(reasons) == 0 {
				return &Standing{Valid: s}, nil
			}
			for _, r := range reasons {
				out.Reasons = append(out.Reasons, s.File+": "+r)
			}
		}
	}
	for _, r := range f.Refused {
		out.Reasons = append(out.Reasons, r.File+": "+r.Reason)
	}
	if len(of) == 0 {
		out.Reasons = append([]string{f.none(coordinate)}, out.Reasons...)
	}
	return out, nil
}

func (f *Folder) none(coordinate string) string {
	text := fmt.Sprintf("%s holds no sign-off of %s", f.Dir, coordinate)
	if f.Missing {
		return text + ": it does not exist"
	}
	var others []string
	for _, s := range f.All {
		others = append(others, s.Predicate.Shown.Field)
	}
	if slices.Sort(others); len(others) > 0 {
		text += ", only of " + strings.Join(slices.Compact(others), ", ")
	}
	return text
}
