package recorder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/recorder/shape"
)

// saver writes cases, of each shape so many as the limit lets pass; nil is none.
func saver(l *shape.Limit) func(dir string, c *corpus.Case) (outcome, error) {
	if l == nil {
		return save
	}
	return func(dir string, c *corpus.Case) (outcome, error) {
		_, err := os.Stat(filepath.Join(dir, filepath.FromSlash(c.Name)+".yaml"))
		if !errors.Is(err, fs.ErrNotExist) {
			return save(dir, c) // it is there: that is no further case
		}
		if !l.Take(c) {
			return surplus, nil
		}
		outcome, err := save(dir, c)
		if err != nil {
			l.Return(c)
		}
		return outcome, err
	}
}
