package signoff

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/sidebyside/replay/harness"
)

// implementation says what identifies an implementation: what the configuration
// says does, else what its build wrote and the files that its command names. What
// runs behind a URL is not known.
func (b *Builder) implementation(ctx context.Context, i *harness.Implementation) (Subject, error) {
	said := b.config.SignOff.Implementations[i.Name]
	switch {
	case said.Digest != "":
		return subject(i.Name, said.Digest, "as the configuration says"), nil
	case len(said.Files) > 0:
		return identifiedBy(i, said.Files)
	case i.URL != "":
		return Subject{}, fmt.Errorf("%s is not started here, so that nobody knows what runs there; say it with signoff.implementations.%s.digest", i.Name, i.Name)
	}
	p := parts{sums: map[string]string{}}
	configured := b.config.Legacy // where ${OUT} stands for any folder
	if i.Name == candidateName {
		configured = b.config.Candidate
	}
	if image, ok, err := configured.ImageIdentity(ctx); ok {
		if err != nil {
			return Subject{}, err
		}
		return b.image(i, image, &p)
	}
	for _, name := range b.built.Files[i.Name] {
		if err := p.file("out/"+filepath.ToSlash(name), filepath.Join(b.built.Out, name)); err != nil {
			return Subject{}, err
		}
	}
	if err := b.command(i, &p); err != nil {
		return Subject{}, fmt.Errorf("%s: %w; name its files with signoff.implementations.%s.files", i.Name, err, i.Name)
	}
	return p.subject(i.Name), nil
}

// image takes the image's id, how it is started, and what is mounted into it.
func (b *Builder) image(i *harness.Implementation, image harness.ImageIdentity, p *parts) (Subject, error) {
	p.sums["image "+image.ID] = hexOf([]byte(image.ID))
	p.sums["start"] = hexOf([]byte(image.Started))
	for _, path := range image.Mounts {
		if within(path, b.config.Dir) {
			return Subject{}, fmt.Errorf("%s: %s, in which the configuration lies, is mounted, so that its own files cannot be told from others; name them with signoff.implementations.%s.files", i.Name, path, i.Name)
		}
		if err := p.folder(b.config.Dir, path); err != nil {
			return Subject{}, err
		}
	}
	return p.subject(i.Name), nil
}

// identifiedBy takes the files that globs name, of which each must name some.
func identifiedBy(i *harness.Implementation, globs []string) (Subject, error) {
	p := parts{sums: map[string]string{}}
	for _, glob := range globs {
		names, err := doublestar.Glob(os.DirFS(i.Dir), glob, doublestar.WithFilesOnly())
		if err != nil || len(names) == 0 {
			return Subject{}, fmt.Errorf("signoff.implementations.%s: glob %q names no file below %s", i.Name, glob, i.Dir)
		}
		for _, name := range names {
			if generated(name) {
				continue
			}
			if err := p.file(name, filepath.Join(i.Dir, filepath.FromSlash(name))); err != nil {
				return Subject{}, err
			}
		}
	}
	return p.subject(i.Name), nil
}

// command takes the program and the files and folders that its arguments name.
func (b *Builder) command(i *harness.Implementation, p *parts) error {
	program, err := findProgram(i)
	if err != nil {
		return err
	}
	if !within(b.built.Out, program) {
		script, err := b.program(i, program, p)
		if err != nil {
			return err
		}
		if script && !within(i.Dir, program) {
			return fmt.Errorf("%s is a script that starts something else", i.Command[0])
		}
	}
	named := len(p.sums)
	for _, arg := range i.Command[1:] {
		if !filepath.IsAbs(arg) {
			arg = filepath.Join(i.Dir, arg)
		}
		if within(b.built.Out, arg) {
			continue // what the build wrote is taken already
		}
		if _, err := os.Stat(arg); err != nil {
			continue
		}
		if err := b.source(i, arg, p); err != nil {
			return err
		}
	}
	own := within(b.built.Out, program) || within(i.Dir, program) || len(b.built.Files[i.Name]) > 0
	if !own && len(i.Command) > 1 && len(p.sums) == named {
		return fmt.Errorf("its command %q names no file, so that what %s runs is not known", strings.Join(i.Command, " "), i.Command[0])
	}
	return nil
}

func findProgram(i *harness.Implementation) (string, error) {
	program := i.Command[0]
	if strings.Contains(program, string(filepath.Separator)) {
		if !filepath.IsAbs(program) {
			program = filepath.Join(i.Dir, program)
		}
		return program, nil
	}
	found, err := exec.LookPath(program)
	if err != nil {
		return "", fmt.Errorf("find program %q: %w", program, errors.Unwrap(err))
	}
	return filepath.Abs(found)
}

// program takes the program itself, of a script that lies below the
// implementation's folder what lies beside it too. It reports whether it is one.
func (b *Builder) program(i *harness.Implementation, program string, p *parts) (bool, error) {
	data, err := os.ReadFile(program)
	if err != nil {
		return false, fmt.Errorf("read program: %w", err)
	}
	script := bytes.HasPrefix(data, []byte("#!"))
	if script && within(i.Dir, program) {
		return true, b.source(i, program, p)
	}
	p.sums["program/"+filepath.Base(program)] = hexOf(data)
	return script, nil
}

// source takes a folder with all below it: of a file the one that it lies in, for
// programs load what lies beside them.
func (b *Builder) source(i *harness.Implementation, path string, p *parts) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	folder := path
	if !info.IsDir() {
		folder = filepath.Dir(path)
	}
	if within(folder, b.config.Dir) {
		return fmt.Errorf("its command names %s, beside which the configuration lies, so that its own files cannot be told from others", path)
	}
	return p.folder(i.Dir, folder)
}

// within reports whether a path is a folder or lies below it.
func within(folder, path string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// generated tells what tools leave beside sources, and change at will.
func generated(name string) bool {
	return slices.ContainsFunc(strings.Split(filepath.ToSlash(name), "/"), func(part string) bool {
		return part == ".git" || part == "__pycache__"
	})
}

// parts are the files of an implementation with their digests.
type parts struct{ sums map[string]string }

func (p *parts) file(name, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read file of the implementation: %w", err)
	}
	p.sums[name] = hexOf(data)
	return nil
}

// folder takes the files below a folder, named relative to dir.
func (p *parts) folder(dir, folder string) error {
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if generated(d.Name()) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || d.IsDir() {
			return err
		}
		info, err := os.Stat(path)
		switch {
		case err == nil && info.Mode().IsRegular():
			return p.file(filepath.ToSlash(name), path)
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			p.sums[filepath.ToSlash(name)] = hexOf([]byte(target))
			return err
		}
		return nil // sockets and the like hold nothing
	})
}

// subject is the digest of the names and digests of all files.
func (p *parts) subject(name string) Subject {
	var b strings.Builder
	names := slices.Sorted(maps.Keys(p.sums))
	for _, n := range names {
		fmt.Fprintf(&b, "%s  %s\n", p.sums[n], n)
	}
	const most = 5
	of := "files " + strings.Join(names[:min(most, len(names))], ", ")
	if len(names) > most {
		of += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return subject(name, hexOf([]byte(b.String())), of)
}
