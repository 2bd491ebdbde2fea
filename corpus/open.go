package corpus

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// Open reads the corpus in a directory, or in a .zip of one; see [Load]. Messages
// name files below path.
func Open(path string) (*Corpus, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open corpus %q: %w; name a directory or a .zip of one", path, bareError(err))
	}
	root := filepath.ToSlash(filepath.Clean(path))
	if info.IsDir() {
		return load(os.DirFS(path), root)
	}
	if !strings.EqualFold(filepath.Ext(path), ".zip") {
		return nil, fmt.Errorf("open corpus %q: neither a directory nor a .zip of one", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("open corpus %q: %w", path, bareError(err))
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("open corpus %q: %w", path, err)
	}
	return load(inner(archive), root)
}

// inner is the directory that was packed: the archive itself, or its only
// directory where that one was packed by name. The directory of a root field
// holds cases, the corpus itself only directories.
func inner(archive fs.FS) fs.FS {
	top, err := fs.ReadDir(archive, ".")
	if err != nil || len(top) != 1 || !top[0].IsDir() || hidden(top[0].Name()) {
		return archive
	}
	entries, err := fs.ReadDir(archive, top[0].Name())
	if err != nil {
		return archive
	}
	directories := false
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".yaml") {
			return archive
		}
		directories = directories || e.IsDir()
	}
	if sub, err := fs.Sub(archive, top[0].Name()); err == nil && directories {
		return sub
	}
	return archive
}

// OpenState reads a fixture file: what exists and what does not, by the name of
// the store. The bases it stands on are found relative to it. The error is
// [strictyaml.Problems], or says why the file cannot be read.
func OpenState(path string) (map[string]State, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read fixture %q: %w", path, bareError(err))
	}
	doc, root := strictyaml.Parse(filepath.ToSlash(path), data)
	if !root.Present() {
		return nil, doc.Problems().Err()
	}
	f, at := readFixture(root)
	var below strictyaml.Problems
	if f.Base != "" {
		if below, err = underFile(path, &f, at); err != nil {
			return nil, fmt.Errorf("read fixture %q: %w", path, err)
		}
	}
	if err := slices.Concat(doc.Problems(), below).Err(); err != nil {
		return nil, err
	}
	return f.resolved(), nil
}

// underFile reads the bases of a fixture file from the whole file system.
func underFile(path string, f *Fixture, at fixtureNodes) (strictyaml.Problems, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	top := filepath.VolumeName(abs) + string(filepath.Separator)
	name, err := filepath.Rel(top, abs)
	if err != nil {
		return nil, err
	}
	b := bases{fsys: os.DirFS(top), root: filepath.ToSlash(top)}
	b.under(f, at, filepath.ToSlash(name), nil)
	return b.problems, nil
}

// ParseState reads a fixture file that stands on no base: what exists and what
// does not, by the name of the store. The error is [strictyaml.Problems].
func ParseState(name string, data []byte) (map[string]State, error) {
	f, err := parseFixture(name, data, func(base strictyaml.Node) {
		base.Problemf("a fixture file read on its own has no base; write what the base holds into it")
	})
	if err != nil {
		return nil, err
	}
	return f.resolved(), nil
}

// ParseFixture reads a fixture file as it is written. What a base holds is not
// looked at. The error is [strictyaml.Problems].
func ParseFixture(name string, data []byte) (Fixture, error) {
	return parseFixture(name, data, func(strictyaml.Node) {})
}

func parseFixture(name string, data []byte, based func(base strictyaml.Node)) (Fixture, error) {
	doc, root := strictyaml.Parse(name, data)
	if !root.Present() {
		return Fixture{}, doc.Problems().Err()
	}
	f, at := readFixture(root)
	if at.base.Present() {
		based(at.base)
	}
	return f, doc.Problems().Err()
}
