// Package testimage makes the images that tests run, from what is installed on
// this machine: no registry is asked for anything. What is in them is the real
// PostgreSQL and Redis; the entry point does what the official images' does, as
// far as a test can tell (package entrypoint).
//
// An image stays on the machine, and is made again when its content changes.
package testimage

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sidebyside/replay/harness/store/storetest"
)

// Docker skips the test where no Docker daemon answers, or fails it where
// REPLAY_REQUIRE names docker.
func Docker(tb testing.TB) {
	tb.Helper()
	out, err := exec.Command("docker", "info", "--format", "{{.ServerVersion}}").CombinedOutput()
	storetest.Need(tb, "docker", err == nil, fmt.Sprintf("no Docker daemon answers (%v: %s)", err, strings.TrimSpace(string(out))))
}

// Postgres makes an image with the installed PostgreSQL, and gives its name.
func Postgres(tb testing.TB) string {
	tb.Helper()
	Docker(tb)
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	storetest.Need(tb, "postgres", len(found) > 0, "no PostgreSQL is installed in Debian's place (apt-get install postgresql)")
	bin := filepath.Dir(found[len(found)-1])
	version := filepath.Base(filepath.Dir(bin))
	root := NewRoot().At("/usr/local/bin/entrypoint", entrypoint(tb)).
		Program(filepath.Join(bin, "postgres")).Program(filepath.Join(bin, "initdb")).Program("/bin/sh").
		Tree("/usr/share/postgresql/"+version, func(path string) bool { return !strings.Contains(path, "/man/") }).
		Tree("/usr/share/zoneinfo", func(path string) bool {
			return !strings.Contains(path, "/right/") && !strings.Contains(path, "/posix/")
		})
	objects, _ := filepath.Glob(filepath.Join(filepath.Dir(bin), "lib", "*.so"))
	for _, object := range objects {
		if !strings.Contains(object, "llvm") { // compiling queries needs a compiler
			root.Program(object)
		}
	}
	return Make(tb, "replay-test-postgres", root, "ENV PATH="+bin+":/usr/local/bin:/usr/bin:/bin", `ENTRYPOINT ["/usr/local/bin/entrypoint"]`,
		`CMD ["postgres"]`, "EXPOSE 5432", "VOLUME /var/lib/postgresql/data")
}

// Redis makes an image with the installed Redis, and gives its name.
func Redis(tb testing.TB) string {
	tb.Helper()
	Docker(tb)
	program, err := exec.LookPath("redis-server")
	storetest.Need(tb, "redis", err == nil, "no redis-server is installed (apt-get install redis-server)")
	if file, err := filepath.EvalSymlinks(program); err == nil { // one program under several names
		program = file
	}
	root := NewRoot().At("/usr/local/bin/entrypoint", entrypoint(tb)).At("/usr/bin/redis-server", program).Program(program)
	return Make(tb, "replay-test-redis", root, "ENV PATH=/usr/local/bin:/usr/bin:/bin", `ENTRYPOINT ["/usr/local/bin/entrypoint"]`,
		`CMD ["redis-server", "--protected-mode", "no"]`, "EXPOSE 6379")
}

// Datastore makes the image of this module's Datastore emulator, as "make image"
// does, and gives its name.
func Datastore(tb testing.TB) string {
	tb.Helper()
	Docker(tb)
	root := NewRoot().At("/replay", build(tb, "cmd/replay"))
	return Make(tb, "replay-test-datastore", root, "EXPOSE 8081",
		`ENTRYPOINT ["/replay", "emulator", "datastore", "--listen", "0.0.0.0:8081"]`)
}

// made are the images of this process, by name.
var made sync.Map

// Make makes an image of a file system, unless there is one with the same
// content, and gives its name. Changes are instructions of a Dockerfile.
func Make(tb testing.TB, name string, root *Root, changes ...string) string {
	tb.Helper()
	once, _ := made.LoadOrStore(name, &sync.Mutex{})
	lock := once.(*sync.Mutex)
	lock.Lock()
	defer lock.Unlock()
	if root.err != nil {
		tb.Fatalf("make image %s: %v", name, root.err)
	}
	tag := name + ":" + NewRoot().File("key", root.key()+strings.Join(changes, "\n")).key()[:12]
	if exec.Command("docker", "image", "inspect", tag).Run() == nil {
		return tag
	}
	old, _ := exec.Command("docker", "image", "ls", "--quiet", name).Output()
	id, err := importImage(root, changes)
	if err == nil {
		err = exec.Command("docker", "tag", id, tag).Run()
	}
	if err != nil {
		_ = exec.Command("docker", "image", "rm", id).Run() // half an image, if any
		tb.Fatalf("make image %s: %v", name, err)
	}
	for id := range strings.FieldsSeq(string(old)) {
		_ = exec.Command("docker", "image", "rm", id).Run() // one in use stays
	}
	return tag
}

// importImage gives the id of an image, also of one that is cut short by an error.
func importImage(root *Root, changes []string) (string, error) {
	args := []string{"import"}
	for _, c := range changes {
		args = append(args, "--change", c)
	}
	cmd := exec.Command("docker", append(args, "-")...)
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(root.write(w)) }() // the reader is told
	cmd.Stdin = r
	out, err := cmd.CombinedOutput()
	text := strings.TrimSpace(string(out))
	if err != nil {
		err = fmt.Errorf("%w: %s", err, text)
	}
	return text, err
}

func entrypoint(tb testing.TB) string {
	tb.Helper()
	return build(tb, "harness/store/storetest/testimage/entrypoint")
}

// build builds a static program of this module.
func build(tb testing.TB, folder string) string {
	tb.Helper()
	out := filepath.Join(tb.TempDir(), "program")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w -buildid=", "-o", out, "github.com/sidebyside/replay/"+folder)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("build %s: %v\n%s", folder, err, text)
	}
	return out
}

// Left lists the containers and networks of this process that are there.
func Left(tb testing.TB) []string {
	tb.Helper()
	var all []string
	for _, list := range [][]string{{"container", "ls", "--all", "--format={{.ID}} {{.Image}}"}, {"network", "ls", "--format={{.ID}} {{.Name}}"}} {
		args := slices.Concat(list, []string{fmt.Sprintf("--filter=label=io.github.sidebyside.replay.pid=%d", os.Getpid())})
		out, err := exec.Command("docker", args...).Output()
		if err != nil {
			tb.Fatalf("docker %v: %v", args, err)
		}
		for line := range strings.Lines(string(out)) {
			all = append(all, list[0]+" "+strings.TrimSpace(line))
		}
	}
	return all
}
