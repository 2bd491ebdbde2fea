package corpus

import (
	"crypto/sha256"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// bases reads each fixture file that a case stands on once. It is safe for
// concurrent use; a corpus has few of them, so that one lock is enough.
type bases struct {
	fsys fs.FS
	root string

	mu       sync.Mutex
	read     map[string]*baseFile
	problems strictyaml.Problems
}

// baseFile is a fixture file; states is of no use when it is broken.
type baseFile struct {
	states map[string]State
	broken bool
	sum    [sha256.Size]byte
}

// under fills what the fixture's base holds, and checks the fixture against it.
// It reports false when the base cannot be used.
func (b *bases) under(f *Fixture, at fixtureNodes, file string, trail []string) bool {
	if trail == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
	}
	name, ok := baseName(at.base, f.Base, file)
	if !ok {
		return false
	}
	if slices.Contains(trail, name) || name == file {
		at.base.Problemf("the base stands on itself: %s; break the circle", strings.Join(append(trail, name), " -> "))
		return false
	}
	base := b.file(name, at.base, append(trail, name))
	if base == nil || base.broken {
		return false
	}
	f.Shared = base.states
	checkOverBase(*f, at)
	return true
}

// baseName is the path in the corpus of what a file names as its base.
func baseName(n strictyaml.Node, base, file string) (string, bool) {
	if !n.Scalar() || base == "" {
		return "", false
	}
	if strings.Contains(base, `\`) || path.IsAbs(base) {
		n.Problemf("base %q is no relative path with slashes; write it relative to this file", base)
		return "", false
	}
	name := path.Join(path.Dir(file), base)
	if !fs.ValidPath(name) {
		n.Problemf("base %q lies outside the corpus; move it into it", base)
		return "", false
	}
	return name, true
}

func (b *bases) file(name string, from strictyaml.Node, trail []string) *baseFile {
	if known := b.read[name]; known != nil {
		return known
	}
	data, err := fs.ReadFile(b.fsys, name)
	if err != nil {
		from.Problemf("read base %q: %s; a base is named relative to the file that stands on it", name, bareError(err))
		return nil
	}
	file := &baseFile{sum: sha256.Sum256(data)}
	doc, root := strictyaml.Parse(join(b.root, name), data)
	switch {
	case root.Present() && looksLikeCase(root):
		from.Problemf("base %q is a case; name a fixture file", name)
		return nil
	case root.Present():
		f, at := readFixture(root)
		file.broken = f.Base != "" && !b.under(&f, at, name, trail)
		file.states = f.resolved()
	}
	if problems := doc.Problems(); len(problems) > 0 {
		b.problems = append(b.problems, problems...)
		file.broken = true
	}
	if b.read == nil {
		b.read = map[string]*baseFile{}
	}
	b.read[name] = file
	return file
}

// named reports whether a file is a base of some case.
func (b *bases) named(name string) bool { return b.read[name] != nil }
