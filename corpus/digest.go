package corpus

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// Digest is the SHA-256, in lower-case hex, of the names and bytes of some cases
// of the corpus at file, and of the fixture files that they stand on. Other cases
// of the corpus do not change it.
func Digest(file string, cases []*Case) (string, error) {
	fsys, err := files(file)
	if err != nil {
		return "", err
	}
	sums := map[string][sha256.Size]byte{}
	for _, cs := range cases {
		if err := addFile(fsys, cs.Name+".yaml", sums); err != nil {
			return "", fmt.Errorf("digest corpus: %w", err)
		}
	}
	hash := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		hash.Write(appendText(nil, name))
		sum := sums[name]
		hash.Write(sum[:])
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// files is the directory, or the .zip of one, that a corpus is in.
func files(file string) (fs.FS, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("open corpus %q: %w", file, bareError(err))
	}
	if info.IsDir() {
		return os.DirFS(file), nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("open corpus %q: %w", file, bareError(err))
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("open corpus %q: %w", file, err)
	}
	return inner(archive), nil
}

// addFile adds a file and, one after the other, what it stands on.
func addFile(fsys fs.FS, name string, sums map[string][sha256.Size]byte) error {
	for {
		if _, known := sums[name]; known {
			return nil
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		sums[name] = sha256.Sum256(data)
		base := baseOf(name, data)
		if base == "" {
			return nil
		}
		name = path.Join(path.Dir(name), base)
	}
}

// baseOf is what a case or fixture file names as its base, "" for none.
func baseOf(name string, data []byte) string {
	if !bytes.Contains(data, []byte("base")) {
		return ""
	}
	_, root := strictyaml.Parse(name, data)
	if !root.Present() {
		return ""
	}
	for _, n := range []strictyaml.Node{root.Child("fixture").Child("base"), root.Child("base")} {
		if n.Scalar() {
			return strings.TrimSpace(n.Value)
		}
	}
	return ""
}
