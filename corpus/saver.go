package corpus

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Saver saves cases that come side by side. Those that wait for the disk at the same
// time wait together: it costs a disk little more to make many files last than one.
type Saver struct {
	// Dir is that of the corpus.
	Dir string
	// Gather is how long a case waits for others to be made to last with it. With none
	// those go together that come while others are under way.
	Gather time.Duration

	mu      sync.Mutex
	forming *group // nil where nobody waits

	underWay sync.Mutex // one group at a time
}

// SaveText is [Save] for a case of which the text is known: what [Format] gave. It may
// be called side by side, and returns when the file is there to stay.
func (s *Saver) SaveText(name string, text []byte) (path string, err error) {
	if !fs.ValidPath(name) || strings.HasPrefix(name, ".") || strings.Contains(name, "/.") {
		return "", fmt.Errorf("save case %q: the name is no path of a case within a corpus", name)
	}
	path = filepath.Join(s.Dir, filepath.FromSlash(name)+".yaml")
	if err := s.whole(path, text); err != nil {
		return "", fmt.Errorf("save case %q: %w", name, err)
	}
	return path, nil
}

// SaveFile writes a file that belongs to a corpus, and the directories that it needs. It
// replaces one that is there, and appears whole or not at all, also after a crash.
func SaveFile(path string, data []byte) error { return new(Saver).whole(path, data) }

// whole writes a file that has no name, or another one, before it has its own.
func (s *Saver) whole(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := beginFile(filepath.Dir(path))
	if err != nil {
		return err
	}
	if _, err = file.Write(data); err == nil {
		err = file.Chmod(0o644)
	}
	f := &saving{file: file, path: path}
	if err != nil {
		return errors.Join(err, f.end(false))
	}
	return s.lasting(f)
}

// beginNamed begins a file whose name begins with a dot, so that it is no case if a crash
// leaves it.
func beginNamed(dir string) (*os.File, error) { return os.CreateTemp(dir, ".saving-*") }

// saving is a file that is written, and not yet in its place.
type saving struct {
	file *os.File
	path string
	err  error
}

// end closes the file. One that has not got its place is no more.
func (f *saving) end(placed bool) error {
	err := f.file.Close()
	if name := f.file.Name(); name != "" && !placed {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

// group is what is made to last together.
type group struct {
	files []*saving
	done  chan struct{} // closed when they are
}

// lasting puts a file in its place, there to stay, with those that come meanwhile. The
// first of them does it for all.
func (s *Saver) lasting(f *saving) error {
	s.mu.Lock()
	g := s.forming
	first := g == nil
	if first {
		g = &group{done: make(chan struct{})}
		s.forming = g
	}
	g.files = append(g.files, f)
	s.mu.Unlock()
	if !first {
		<-g.done
		return f.err
	}
	time.Sleep(s.Gather)
	s.underWay.Lock()
	defer s.underWay.Unlock()
	s.mu.Lock()
	s.forming = nil
	s.mu.Unlock()
	g.last()
	close(g.done)
	return f.err
}

// last makes the files last, then puts them in their places, then makes that last.
func (g *group) last() {
	for _, f := range g.files {
		beginSync(f.file) // so that the first wait is for all
	}
	for _, f := range g.files {
		f.err = f.file.Sync()
	}
	for _, f := range g.files {
		if f.err == nil {
			f.err = placeFile(f.file, f.path)
		}
		f.err = errors.Join(f.err, f.end(f.err == nil))
	}
	synced := map[string]error{} // by directory
	for _, f := range g.files {
		if f.err != nil {
			continue
		}
		dir := filepath.Dir(f.path)
		if _, done := synced[dir]; !done {
			synced[dir] = syncDir(dir)
		}
		f.err = synced[dir]
	}
}

// syncDir makes renaming itself last. Not every system can do so for a directory; the
// file is whole there all the same.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}
