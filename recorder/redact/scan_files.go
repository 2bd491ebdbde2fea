package redact

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf16"
)

// Files looks into every file of a file system, cases in quarantine, hidden files and
// those within ZIP files too, and says how many there were. Files are named below root.
func (sc *Scanner) Files(fsys fs.FS, root string) (leaks []Leak, files int, err error) {
	var names []string
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	found, failures := make([][]Leak, len(names)), make([]error, len(names))
	var next, within atomic.Int64
	var workers sync.WaitGroup
	for range min(len(names), runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(names); i = int(next.Add(1)) - 1 {
				name := path.Join(root, names[i])
				data, err := fs.ReadFile(fsys, names[i])
				if packed := unzipped(name, data); packed != nil {
					var n int
					found[i], n, failures[i] = sc.Files(packed, name)
					within.Add(int64(n))
					continue
				}
				failures[i] = err
				found[i] = sc.File(name, data)
			}
		})
	}
	workers.Wait()
	return slices.Concat(found...), len(names) + int(within.Load()), errors.Join(append(failures, err)...)
}

// unzipped are the files in a ZIP file; nil if it is none.
func unzipped(name string, data []byte) fs.FS {
	if !strings.EqualFold(path.Ext(name), ".zip") {
		return nil
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil
	}
	return r
}

// inUTF8 is a text in UTF-8, which it may be in UTF-16 if it begins with a byte order
// mark (Unicode, section 23.8).
func inUTF8(data []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return data
	}
	units := make([]uint16, 0, len(data)/2)
	for rest := data[2:]; len(rest) > 1; rest = rest[2:] {
		units = append(units, order.Uint16(rest))
	}
	return []byte(string(utf16.Decode(units)))
}
