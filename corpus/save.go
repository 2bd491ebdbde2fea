package corpus

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Save writes a case below a corpus directory to the file of its name, replacing
// one that is there, and returns the file's path. The file appears whole or not
// at all, also after a crash.
func Save(dir string, c *Case) (path string, err error) {
	text, err := Format(c)
	if err != nil {
		return "", err
	}
	return SaveText(dir, c.Name, text)
}

// SaveText is [Save] for a case of which the text is known: what [Format] gave.
func SaveText(dir, name string, text []byte) (path string, err error) {
	if !fs.ValidPath(name) || strings.HasPrefix(name, ".") || strings.Contains(name, "/.") {
		return "", fmt.Errorf("save case %q: the name is no path of a case within a corpus", name)
	}
	path = filepath.Join(dir, filepath.FromSlash(name)+".yaml")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("save case %q: %w", name, err)
	}
	if err := writeWhole(path, text); err != nil {
		return "", fmt.Errorf("save case %q: %w", name, err)
	}
	return path, nil
}

// writeWhole writes beside the file and renames. The temporary name begins with
// a dot, so that what a crash leaves is no case.
func writeWhole(path string, data []byte) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), ".saving-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	if _, err := temp.Write(data); err != nil {
		return errors.Join(err, temp.Close())
	}
	if err := errors.Join(temp.Chmod(0o644), temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the rename itself last. Not every system can do so for a
// directory; the file is whole there all the same.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}
