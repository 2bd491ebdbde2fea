package corpus

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// Corpus is all cases of a directory.
type Corpus struct {
	// Cases are sorted by name.
	Cases []*Case
	// SHA256 is the hash of names and content of all cases and of the fixture
	// files they stand on, in lower-case hex.
	SHA256 string
	// Unfaithful counts the cases that were set aside in the folder of that name.
	// They are not among Cases.
	Unfaithful int
}

// Load reads every case of a corpus. The error is [strictyaml.Problems] with
// everything wrong with any file: nothing is skipped but files and directories
// whose name begins with "_" or ".", and files that are no YAML.
func Load(fsys fs.FS) (*Corpus, error) { return load(fsys, "") }

// load reads a corpus; files are named below root in messages.
func load(fsys fs.FS, root string) (*Corpus, error) {
	l := &loader{fsys: fsys, root: root, bases: bases{fsys: fsys, root: root}}
	names := l.find()
	files := make([]caseFile, len(names))
	inParallel(len(names), func(i int) { files[i] = l.read(names[i]) })
	problems := slices.Concat(l.problems, l.strays(files), l.bases.problems, duplicates(files))
	for _, f := range files {
		problems = append(problems, f.problems...)
	}
	if err := sorted(problems).Err(); err != nil {
		return nil, err
	}
	loaded := assemble(files, &l.bases)
	loaded.Unfaithful = countAside(fsys)
	return loaded, nil
}

// loader reads the files of one corpus.
type loader struct {
	fsys     fs.FS
	root     string
	problems strictyaml.Problems
	bases    bases
	aside    *bases // of the cases set aside; nil until somebody asks
}

// caseFile is what one YAML file of a corpus holds.
type caseFile struct {
	path string
	// c is nil for a file that is no case, or one with problems.
	c        *Case
	stray    bool // neither case nor, so far, a base
	sum      [sha256.Size]byte
	identity [sha256.Size]byte
	problems strictyaml.Problems
}

func inParallel(n int, do func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	workers.Wait()
}

// read reads one file. What is not a case by its keys may be a fixture file.
func (l *loader) read(name string) caseFile {
	f := caseFile{path: name}
	data, err := fs.ReadFile(l.fsys, name)
	if err != nil {
		f.problems = strictyaml.Problems{l.unreadable(name, err)}
		return f
	}
	f.sum = sha256.Sum256(data)
	doc, root := strictyaml.Parse(join(l.root, name), data)
	if root.Present() && !looksLikeCase(root) {
		f.stray = true
		return f
	}
	c, at := readCase(root, data)
	known := c.Fixture.Base == "" || l.bases.under(&c.Fixture, at.fixture, name, nil)
	if known {
		checkAgainstFixture(c, at)
	}
	if f.problems = doc.Problems(); known && len(f.problems) == 0 {
		c.Name, c.File = strings.TrimSuffix(name, ".yaml"), join(l.root, name)
		f.c = c
		f.identity = identity(c, nil)
	}
	return f
}

// looksLikeCase tells a case, however broken, from a fixture file.
func looksLikeCase(root strictyaml.Node) bool {
	return slices.ContainsFunc([]string{"version", "request", "expect", "recorded"}, func(key string) bool {
		return root.Child(key).Present()
	})
}

// strays reports files that are neither a case nor a base that a case names.
func (l *loader) strays(files []caseFile) strictyaml.Problems {
	var problems strictyaml.Problems
	for _, f := range files {
		if f.stray && !l.bases.named(f.path) && !l.standsAside(f.path) {
			problems = append(problems, l.problem(f.path,
				`neither a case (no "version") nor a fixture file that a case names as its base; complete it, name it, or move it to a directory whose name begins with "_"`))
		}
	}
	return problems
}

func (l *loader) problem(name, message string) strictyaml.Problem {
	return strictyaml.Problem{File: join(l.root, name), Message: message}
}

func (l *loader) unreadable(name string, err error) strictyaml.Problem {
	return l.problem(name, "read: "+bareError(err).Error())
}

// bareError is the cause of a path error, whose path a problem names already.
func bareError(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// duplicates reports each case that another one, earlier by name, equals.
func duplicates(files []caseFile) strictyaml.Problems {
	var problems strictyaml.Problems
	first := make(map[[sha256.Size]byte]*Case, len(files))
	for _, f := range files {
		if f.c == nil {
			continue
		}
		if other := first[f.identity]; other != nil {
			problems = append(problems, strictyaml.Problem{
				File: f.c.File, Message: "duplicate case: same request and same fixture as " + other.File + "; delete one",
			})
			continue
		}
		first[f.identity] = f.c
	}
	return problems
}

func sorted(problems strictyaml.Problems) strictyaml.Problems {
	slices.SortStableFunc(problems, func(a, b strictyaml.Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return problems
}

// assemble lists the cases of a corpus without problems.
func assemble(files []caseFile, b *bases) *Corpus {
	corpus := &Corpus{Cases: make([]*Case, 0, len(files))}
	hash := sha256.New()
	add := func(name string, sum [sha256.Size]byte) {
		hash.Write(appendText(nil, name))
		hash.Write(sum[:])
	}
	for _, f := range files {
		if f.c != nil {
			corpus.Cases = append(corpus.Cases, f.c)
			add(f.path, f.sum)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.read)) {
		add(name, b.read[name].sum)
	}
	slices.SortFunc(corpus.Cases, func(a, b *Case) int { return strings.Compare(a.Name, b.Name) })
	corpus.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return corpus
}

// join names a file below root for messages.
func join(root, name string) string {
	if root == "" {
		return name
	}
	return path.Join(root, name)
}
