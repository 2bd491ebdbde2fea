package corpus_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// Those that are saved side by side are all there, and one that cannot be costs no other.
func TestSaverSideBySide(t *testing.T) {
	for _, gather := range []time.Duration{0, 20 * time.Millisecond} {
		t.Run(gather.String(), func(t *testing.T) {
			dir := t.TempDir()
			// A directory is where the file of the case should be.
			if err := os.MkdirAll(filepath.Join(dir, "field1", "taken.yaml"), 0o755); err != nil {
				t.Fatal(err)
			}
			s := corpus.Saver{Dir: dir, Gather: gather}
			text := func(name string) []byte { return []byte(strings.Repeat(name+"\n", 100)) }
			var names []string
			for i := range 100 {
				names = append(names, fmt.Sprintf("field%d/case%d", i%3, i))
			}
			var all sync.WaitGroup
			for _, name := range append(names, "field1/taken", "field2/../up") {
				all.Go(func() {
					path, err := s.SaveText(name, text(name))
					wrong := strings.HasSuffix(name, "taken") || strings.Contains(name, "..")
					if wrong != (err != nil) {
						t.Errorf("%s: %v", name, err)
					}
					if wrong {
						return
					}
					if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, text(name)) {
						t.Errorf("%s has returned, and its file is not there: %v", name, err)
					}
				})
			}
			all.Wait()
			if got, err := filepath.Glob(filepath.Join(dir, "*", ".*")); err != nil || len(got) > 0 {
				t.Errorf("left behind: %v, %v", got, err)
			}
			if got, err := filepath.Glob(filepath.Join(dir, "*", "*.yaml")); err != nil || len(got) != len(names)+1 {
				t.Errorf("%d files, %v", len(got), err)
			}
		})
	}
}

// Of two texts of one name saved side by side, one is there, whole.
func TestSaverOfOneName(t *testing.T) {
	s := corpus.Saver{Dir: t.TempDir(), Gather: time.Millisecond}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if _, err := s.SaveText("a/b", bytes.Repeat([]byte{byte('0' + i)}, 5000)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	text, err := os.ReadFile(filepath.Join(s.Dir, "a", "b.yaml"))
	if err != nil || len(text) != 5000 || bytes.Count(text, text[:1]) != 5000 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

// A directory that goes away costs what is in it, and says so.
func TestSaverWithoutDirectory(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "field")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := corpus.Saver{Dir: dir}
	if _, err := s.SaveText("field/case", []byte("x")); err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), `save case "field/case"`) {
		t.Errorf("got %v", err)
	}
}

// What it costs to save one, by how many come side by side.
func BenchmarkSave(b *testing.B) {
	text := []byte(strings.Repeat("key: value\n", 200))
	for _, beside := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("%d at a time", beside), func(b *testing.B) {
			s := corpus.Saver{Dir: b.TempDir()}
			places := make(chan struct{}, beside)
			var all sync.WaitGroup
			for i := 0; b.Loop(); i++ {
				places <- struct{}{}
				all.Go(func() {
					if _, err := s.SaveText(fmt.Sprintf("field/case%d", i), text); err != nil {
						b.Error(err)
					}
					<-places
				})
			}
			all.Wait()
		})
	}
}
