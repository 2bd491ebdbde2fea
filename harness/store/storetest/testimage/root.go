package testimage

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Root is the root file system of an image: files of this machine, and some made
// for it.
type Root struct {
	paths map[string]bool   // of this machine, each at its own place
	made  map[string][]byte // by path
	links map[string]string
	err   error
}

// NewRoot is a file system with the users root and server (999), a writable /tmp
// and nothing else.
func NewRoot() *Root {
	return &Root{
		paths: map[string]bool{}, links: map[string]string{},
		made: map[string][]byte{
			"/etc/passwd": []byte("root:x:0:0:root:/:/bin/sh\nserver:x:999:999:server:/tmp:/bin/sh\n"),
			"/etc/group":  []byte("root:x:0:\nserver:x:999:\n"),
			"/etc/hosts":  nil, "/etc/resolv.conf": nil,
		},
	}
}

// Program adds a program or shared object with the libraries that it loads.
func (r *Root) Program(path string) *Root {
	r.add(path)
	return r.Libraries(path)
}

// Libraries adds what a program or shared object loads.
func (r *Root) Libraries(path string) *Root {
	out, err := exec.Command("ldd", path).CombinedOutput()
	if err != nil {
		return r // a static one, or none that ldd knows
	}
	for _, m := range library.FindAllSubmatch(out, -1) {
		r.add(string(m[1]))
	}
	return r
}

// library is a path in what ldd prints.
var library = regexp.MustCompile(`(?m)(?:^|\s)(/\S+)`)

// At adds a file of this machine at another place.
func (r *Root) At(path, file string) *Root {
	data, err := os.ReadFile(file)
	r.err = errors.Join(r.err, err)
	r.made[path] = data
	return r
}

// File adds a file with this content.
func (r *Root) File(path, content string) *Root {
	r.made[path] = []byte(content)
	return r
}

// Tree adds a folder with all that keep wants of it.
func (r *Root) Tree(folder string, keep func(path string) bool) *Root {
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (keep == nil || keep(path)) {
			r.add(path)
		}
		return err
	})
	r.err = errors.Join(r.err, err)
	return r
}

// add adds a path, and what it links to. Where a folder of it is a link, as /lib
// is, the link is added.
func (r *Root) add(path string) {
	for dir := filepath.Dir(path); dir != "/"; dir = filepath.Dir(dir) {
		if to, err := os.Readlink(dir); err == nil {
			r.links[dir] = to
			if !filepath.IsAbs(to) {
				to = filepath.Join(filepath.Dir(dir), to)
			}
			path = to + strings.TrimPrefix(path, dir)
		}
	}
	if r.paths[path] {
		return
	}
	r.paths[path] = true
	if to, err := os.Readlink(path); err == nil {
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		if info, err := os.Stat(to); err == nil && !info.IsDir() {
			r.add(to)
		}
	}
}

// key changes with the content, without reading all of it.
func (r *Root) key() string {
	h := sha256.New()
	for _, path := range sorted(r.paths) {
		if info, err := os.Lstat(path); err == nil {
			_, _ = fmt.Fprintln(h, path, info.Size(), info.Mode(), info.ModTime().UnixNano())
		}
	}
	for _, path := range sorted(r.made) {
		_, _ = fmt.Fprintf(h, "%s %x\n", path, sha256.Sum256(r.made[path]))
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// write writes the file system as a tar archive.
func (r *Root) write(to io.Writer) error {
	w := tar.NewWriter(to)
	folders := map[string]bool{"/": true, "/tmp": true}
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777}); err != nil {
		return err
	}
	for _, path := range sorted(r.links) {
		if err := put(w, folders, &tar.Header{Typeflag: tar.TypeSymlink, Name: path, Linkname: r.links[path], Mode: 0o777}, nil); err != nil {
			return err
		}
	}
	for _, path := range sorted(r.paths) {
		if err := copyFile(w, folders, path); err != nil {
			return err
		}
	}
	for _, path := range sorted(r.made) {
		data := r.made[path]
		head := &tar.Header{Typeflag: tar.TypeReg, Name: path, Mode: 0o755, Size: int64(len(data))}
		if err := put(w, folders, head, bytes.NewReader(data)); err != nil {
			return err
		}
	}
	return w.Close()
}

func copyFile(w *tar.Writer, folders map[string]bool, path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	link := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		if link, err = os.Readlink(path); err != nil {
			return err
		}
	}
	head, err := tar.FileInfoHeader(info, link)
	if err != nil {
		return err
	}
	head.Name, head.Uid, head.Gid, head.Uname, head.Gname = path, 0, 0, "", ""
	if link != "" {
		return put(w, folders, head, nil)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was read only
	return put(w, folders, head, f)
}

// put writes an entry behind the folders that it is in.
func put(w *tar.Writer, folders map[string]bool, head *tar.Header, content io.Reader) error {
	var above []string
	for dir := filepath.Dir(strings.TrimSuffix(head.Name, "/")); !folders[dir]; dir = filepath.Dir(dir) {
		above = append(above, dir)
		folders[dir] = true
	}
	slices.Reverse(above)
	for _, dir := range above {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir[1:] + "/", Mode: 0o755}); err != nil {
			return err
		}
	}
	if head.Typeflag == tar.TypeSymlink {
		folders[head.Name] = true // what is below it is written below its target
	}
	head.Name = strings.TrimPrefix(head.Name, "/")
	if err := w.WriteHeader(head); err != nil {
		return err
	}
	if content == nil {
		return nil
	}
	_, err := io.Copy(w, content)
	return err
}
