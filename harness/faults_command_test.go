package harness

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sidebyside/replay/harness/store/storetest"
	"github.com/sidebyside/replay/harness/store/storetest/testimage"
)

// program is the program replay, as it is run, with temporary files of its own.
type program struct {
	cmd    *exec.Cmd
	tmp    string
	output bytes.Buffer
}

// faulty writes a configuration with the three cases of faultCorpus, and prepares
// "replay run" on it.
func faulty(t *testing.T, stores, env string, bring http.HandlerFunc) *program {
	t.Helper()
	if testing.Short() {
		t.Skip("building the program takes long")
	}
	dir, binary := t.TempDir(), filepath.Join(t.TempDir(), "replay")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/sidebyside/replay/cmd/replay").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	hook := httptest.NewServer(bring)
	t.Cleanup(hook.Close)
	files := map[string]string{
		"schema.sql": "CREATE TABLE grades (id serial PRIMARY KEY, score numeric(5,2)); CREATE TABLE log (grade_id int);",
		"replay.yaml": `version: 1
implementations:
  candidate:
    image: ` + testImage(t) + `
    pull: never
    network: host
    endpoint: "http://127.0.0.1:${PORT}/graphql"
    ready: "http://127.0.0.1:${PORT}/healthz"
    timeout: 60s
    env: {HARNESS_TEST_SERVER: grades, HARNESS_TEST_HOST: 127.0.0.1, HARNESS_TEST_HOOK: "` + hook.URL + `"}
lanes: 1
stores:
` + stores,
	}
	for n, document := range []string{"mutation { ok }", "mutation { ok } # fault", "mutation { ok } # last"} {
		files[fmt.Sprintf("corpus/grade/%d.yaml", n+1)] = strings.Replace(gradeCase, "mutation { ok }", document, 1)
	}
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // of a test
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // of a test
			t.Fatal(err)
		}
	}
	p := &program{cmd: exec.Command(binary, "run", "-c", dir), tmp: filepath.Join(os.TempDir(), "own")}
	if err := os.MkdirAll(p.tmp, 0o755); err != nil { //nolint:gosec // a server runs as another user
		t.Fatal(err)
	}
	p.cmd.Env = append(os.Environ(), "TMPDIR="+p.tmp)
	if env != "" {
		p.cmd.Env = append(p.cmd.Env, env)
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	return p
}

// run gives the exit code and what was printed.
func (p *program) run(t *testing.T) (int, string) {
	t.Helper()
	err := p.cmd.Run()
	if p.cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return p.cmd.ProcessState.ExitCode(), p.output.String()
}

// left lists the processes that have the program's folder in their environment or
// command, and what is in the folder.
func (p *program) left(t *testing.T) []string {
	t.Helper()
	var all []string
	entries, err := os.ReadDir(p.tmp)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, "file "+e.Name())
	}
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range processes {
		command, _ := os.ReadFile(filepath.Join(dir, "cmdline")) // one that ended has none
		environ, _ := os.ReadFile(filepath.Join(dir, "environ"))
		if bytes.Contains(append(command, environ...), []byte(p.tmp)) {
			all = append(all, "process "+strings.ReplaceAll(string(command), "\x00", " "))
		}
	}
	return all
}

// containersOf lists the containers and networks of a process.
func containersOf(t *testing.T, host string, pid int) []string {
	t.Helper()
	var all []string
	for _, list := range [][]string{{"container", "ls", "--all", "--quiet"}, {"network", "ls", "--quiet"}} {
		args := slices.Concat(list, []string{"--filter=label=io.github.sidebyside.replay.pid=" + strconv.Itoa(pid)})
		if host != "" {
			args = slices.Concat([]string{"--host", host}, args)
		}
		out, err := exec.Command("docker", args...).CombinedOutput()
		if err != nil {
			t.Fatalf("docker %v: %v: %s", args, err, out)
		}
		all = append(all, strings.Fields(string(out))...)
	}
	return all
}

// TestKilledProgram: of a replay that is killed by kill -9 in the middle of a case
// nothing is left: no container, no process, no folder.
func TestKilledProgram(t *testing.T) {
	nothingLeft(t)
	reached := make(chan bool)
	release := make(chan bool)
	defer close(release)
	p := faulty(t, `  db: {kind: postgres, driver: container, pull: never, image: "`+testimage.Postgres(t)+`", schema: schema.sql}
  cache: {kind: redis, driver: local}
  other: {kind: postgres, driver: local}
`, "", func(http.ResponseWriter, *http.Request) { reached <- true; <-release })
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan bool)
	go func() { _ = p.cmd.Wait(); close(exited) }()
	select {
	case <-reached:
	case <-exited:
		t.Fatal(p.output.String())
	}
	pid := p.cmd.Process.Pid
	if all := append(containersOf(t, "", pid), p.left(t)...); len(all) < 8 {
		t.Fatalf("there is too little to leave behind: %q", all)
	}
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var all []string
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if all = append(containersOf(t, "", pid), p.left(t)...); len(all) == 0 {
			return
		}
	}
	t.Errorf("left behind: %q", all)
}

// TestFailingMigration: exit 3 with what the migration said.
func TestFailingMigration(t *testing.T) {
	nothingLeft(t)
	p := faulty(t, `  db: {kind: postgres, schema: schema.sql, migrate: [sh, -c, "echo relation classes does not exist; exit 7"]}
  cache: {kind: redis}
`, "", nil)
	code, out := p.run(t)
	for _, want := range []string{"start store db", "migrate with", "exit status 7", "relation classes does not exist"} {
		if code != 3 || !strings.Contains(out, want) {
			t.Errorf("want exit 3 and %q, have exit %d and %s", want, code, out)
		}
	}
	if all := p.left(t); len(all) > 0 {
		t.Errorf("left behind: %q", all)
	}
}

// TestStoppedDaemon: the end of the Docker daemon in the middle of a case is told as
// the cause; when the daemon runs again, the next replay removes what this one
// could not.
func TestStoppedDaemon(t *testing.T) {
	testimage.Docker(t)
	if os.Getenv("HARNESS_TEST_APART") == "" {
		apart(t)
		return
	}
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for reason, row := range map[string]daemonFault{
		"stopped, with its containers": {syscall.SIGTERM, 3, []string{"the process exited (exit code", "no Docker daemon answers", "INCOMPLETE"}},
		// The container goes on and answers; then nobody can tell whether it is there.
		"killed": {syscall.SIGKILL, 1, []string{"the process exited (the Docker daemon lost it"}},
	} {
		t.Run(reason, row.test)
	}
}

// daemonFault is an end of the daemon in the second of three cases.
type daemonFault struct {
	signal syscall.Signal
	code   int
	want   []string
}

func (row daemonFault) test(t *testing.T) {
	nothingLeft(t)
	d := startDaemon(t)
	load := exec.Command("sh", "-c", `docker save "$1" | docker --host "$2" load`, "sh", testImage(t), d.host)
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const stores = `  db: {kind: postgres, schema: schema.sql}
  cache: {kind: redis}
`
	p := faulty(t, stores, "DOCKER_HOST="+d.host, func(http.ResponseWriter, *http.Request) { d.stop(row.signal) })
	code, out := p.run(t)
	for _, want := range row.want {
		if code != row.code || !strings.Contains(out, want) {
			t.Errorf("want exit %d and %q, have exit %d and %s", row.code, want, code, out)
		}
	}
	if all := p.left(t); len(all) > 0 {
		t.Errorf("left behind: %q", all)
	}
	d.start(t)
	if row.signal == syscall.SIGKILL && len(containersOf(t, d.host, p.cmd.Process.Pid)) == 0 {
		t.Error("nothing is left that the next replay could remove: the test shows less than it says")
	}
	next := faulty(t, stores, "DOCKER_HOST="+d.host, func(http.ResponseWriter, *http.Request) {})
	if code, out := next.run(t); code != 0 {
		t.Errorf("the next replay: exit %d: %s", code, out)
	}
	if all := containersOf(t, d.host, p.cmd.Process.Pid); len(all) > 0 {
		t.Errorf("left behind: %q", all)
	}
}

// apart runs the test in network and mount namespaces of its own: a second daemon
// would take the bridge of the first one.
func apart(t *testing.T) {
	t.Helper()
	cmd := exec.Command("unshare", "--net", "--mount", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), "HARNESS_TEST_APART=yes")
	out, err := cmd.CombinedOutput()
	switch {
	case strings.Contains(string(out), "unshare failed") || strings.Contains(string(out), "unshare: "):
		storetest.Need(t, "docker", false, fmt.Sprintf("no namespaces for a second daemon: %s", out))
	case strings.Contains(string(out), "--- SKIP"):
		t.Skip(string(out))
	case err != nil || !strings.Contains(string(out), "--- PASS"):
		t.Errorf("%v\n%s", err, out)
	}
}

// daemon is a Docker daemon of the test's own.
type daemon struct {
	dir, host string
	log       bytes.Buffer

	mu  sync.Mutex // a case stops it, and the test starts it again
	cmd *exec.Cmd
}

func startDaemon(t *testing.T) *daemon {
	t.Helper()
	_, err := exec.LookPath("dockerd")
	storetest.Need(t, "docker", err == nil, "dockerd is not installed")
	dir, err := os.MkdirTemp("", "dockerd-") //nolint:usetesting // its mounts are gone before it is removed
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{dir: dir, host: "unix://" + filepath.Join(dir, "socket")}
	t.Cleanup(func() {
		d.stop(syscall.SIGTERM)
		for _, mount := range []string{"data", "exec/netns/default"} {
			_ = syscall.Unmount(filepath.Join(dir, mount), syscall.MNT_DETACH) // it may be none
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	d.start(t)
	return d
}

func (d *daemon) start(t *testing.T) {
	t.Helper()
	d.stop(syscall.SIGTERM)
	d.mu.Lock()
	defer d.mu.Unlock()
	// One that follows a killed one may find its containerd, which is about to end, and
	// give up with it.
	const tries = 3
	for range tries {
		if d.answers(t) {
			return
		}
		d.ending(syscall.SIGTERM)
	}
	storetest.Need(t, "docker", false, "a second dockerd does not start: "+d.log.String())
}

// answers starts the process, and says whether it answers within a while. The caller
// holds mu.
func (d *daemon) answers(t *testing.T) bool {
	t.Helper()
	d.log.Reset()
	d.cmd = exec.Command("dockerd", "--host", d.host, "--data-root", filepath.Join(d.dir, "data"),
		"--exec-root", filepath.Join(d.dir, "exec"), "--pidfile", filepath.Join(d.dir, "pid"))
	d.cmd.Stdout, d.cmd.Stderr = &d.log, &d.log
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if exec.Command("docker", "--host", d.host, "info").Run() == nil {
			return true
		}
	}
	return false
}

// stop ends the daemon with its containers.
func (d *daemon) stop(signal syscall.Signal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ending(signal)
}

// ending is stop for who holds mu.
func (d *daemon) ending(signal syscall.Signal) {
	if d.cmd == nil || d.cmd.ProcessState != nil {
		return
	}
	_ = d.cmd.Process.Signal(signal)
	_ = d.cmd.Wait() // its exit code says that it was told to end
}
