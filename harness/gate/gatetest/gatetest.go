// Package gatetest shows on an example, with the real command, what the gate
// promises: a move to canary is refused, passes after the sign-off that the gate
// asks for, and is refused again as soon as one byte differs of what was signed.
package gatetest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Example is a folder with a replay.yaml, below a Go module, and what to change
// in it.
type Example struct {
	// Module is the folder of the module, Dir that of the example below it.
	Module, Dir string
	// Config is the configuration's file in Dir; "" for replay.yaml. It must allow
	// the sign-off of the field.
	Config string
	// Schema is the schema's file in Dir. Declaration is the field in it up to its
	// type, on one line: "rename(id: ID!): Assignment". Coordinate is its name.
	Schema, Declaration, Coordinate string
	// Changes are made one after the other, and taken back.
	Changes []Change
}

// Change is one byte that becomes another one.
type Change struct {
	// Reason is what the gate must say.
	Reason string
	// File is a path or a glob in Dir of which the first match counts. Old must
	// occur in it; "" appends New.
	File, Old, New string
}

// Show runs the example in a copy, so that nothing of it changes.
func Show(t *testing.T, e Example) {
	t.Helper()
	s := newShow(t, e)
	s.migrate("manual")
	s.copyFile(s.schema, s.base)
	s.migrate("canary")

	refused := s.gate(1, "REFUSED", e.Coordinate+": manual -> canary", "holds no sign-off of "+e.Coordinate)
	command := regexp.MustCompile(`run: replay (signoff .*)`).FindStringSubmatch(refused)
	if command == nil {
		t.Fatalf("the gate does not say what to run:\n%s", refused)
	}
	s.replay(0, strings.Fields(command[1])...)
	s.gate(0, "ok ", "signed off in ")
	for _, c := range e.Changes {
		back := s.change(c)
		s.gate(1, "REFUSED", c.Reason)
		back()
	}
	s.gate(0, "ok ")
}

// show is the copy of an example.
type show struct {
	*testing.T
	Example
	command           string // the built replay
	dir, schema, base string
}

func newShow(t *testing.T, e Example) *show {
	t.Helper()
	tmp := t.TempDir()
	module, err := filepath.Abs(e.Module)
	if err != nil {
		t.Fatal(err)
	}
	rel, err := filepath.Rel(module, mustAbs(t, e.Dir))
	if err != nil {
		t.Fatal(err)
	}
	s := &show{T: t, Example: e, command: filepath.Join(tmp, "replay"), dir: filepath.Join(tmp, "module", rel), base: filepath.Join(tmp, "base.graphql")}
	s.schema = filepath.Join(s.dir, e.Schema)
	if s.Config == "" {
		s.Config = "replay.yaml"
	}
	build := exec.Command("go", "build", "-o", s.command, "./cmd/replay")
	build.Dir = module
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build replay: %v\n%s", err, out)
	}
	s.copyFolder(filepath.Join(module, rel), s.dir)
	for _, name := range []string{"go.mod", "go.sum"} {
		s.copyFile(filepath.Join(module, name), filepath.Join(tmp, "module", name))
	}
	return s
}

func mustAbs(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

func (s *show) copyFolder(from, to string) {
	s.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !d.Type().IsRegular() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		s.copyFile(path, filepath.Join(to, rel))
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
}

func (s *show) copyFile(from, to string) {
	s.Helper()
	info, err := os.Stat(from)
	if err != nil {
		s.Fatal(err)
	}
	s.write(to, s.read(from), info.Mode())
}

func (s *show) read(file string) []byte {
	s.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		s.Fatal(err)
	}
	return data
}

func (s *show) write(file string, data []byte, mode fs.FileMode) {
	s.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(file, data, mode); err != nil {
		s.Fatal(err)
	}
}

// declaration is for servers that refuse a directive that is not declared.
const declaration = "\ndirective @migrate(from: String!, state: String!, color: String) on FIELD_DEFINITION\n"

// migrate sets the state of the field in the copy's schema.
func (s *show) migrate(state string) {
	s.Helper()
	field := regexp.MustCompile(regexp.QuoteMeta(s.Declaration) + `(\s*@migrate\([^)]*\))?`)
	sdl := s.read(s.schema)
	if len(field.FindAll(sdl, -1)) != 1 {
		s.Fatalf("%s does not declare %q once", s.Schema, s.Declaration)
	}
	if !bytes.Contains(sdl, []byte("directive @migrate(")) {
		sdl = append(sdl, declaration...)
	}
	s.write(s.schema, field.ReplaceAllLiteral(sdl, []byte(s.Declaration+` @migrate(from: "legacy", state: "`+state+`")`)), 0o644)
}

// gate asks the gate and wants an exit code and texts.
func (s *show) gate(code int, want ...string) string {
	s.Helper()
	out := s.replay(code, "gate", "-c", s.Config, "--base", s.base, "--head", s.Schema, "--signoffs", "signoffs-of-test")
	for _, text := range want {
		if !strings.Contains(out, text) {
			s.Fatalf("the gate does not say %q:\n%s", text, out)
		}
	}
	return out
}

// replay runs the command in the copy and wants an exit code.
func (s *show) replay(code int, args ...string) string {
	s.Helper()
	cmd := exec.Command(s.command, args...)
	cmd.Dir = s.dir
	out, err := cmd.CombinedOutput()
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else if err != nil {
		s.Fatal(err)
	}
	if got != code {
		s.Fatalf("replay %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, code, out)
	}
	return string(out)
}

// change makes a change and returns how to take it back.
func (s *show) change(c Change) func() {
	s.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, c.File))
	if err != nil || len(files) == 0 {
		s.Fatalf("no file %s: %v", c.File, err)
	}
	file, before := files[0], s.read(files[0])
	if !bytes.Contains(before, []byte(c.Old)) {
		s.Fatalf("%s does not hold %q", c.File, c.Old)
	}
	after := append(bytes.Clone(before), c.New...)
	if c.Old != "" {
		after = bytes.Replace(before, []byte(c.Old), []byte(c.New), 1)
	}
	s.write(file, after, 0o644)
	return func() { s.write(file, before, 0o644) }
}
