package container_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sidebyside/replay/harness/internal/container"
	"github.com/sidebyside/replay/harness/store/storetest/testimage"
)

// TestMain runs this binary as an owner of containers where a test asks for one
// that it can kill.
func TestMain(m *testing.M) {
	if image := os.Getenv("CONTAINER_TEST_OWNER"); image != "" {
		if err := own(image); err != nil {
			_, _ = fmt.Fprintln(os.Stdout, err)
			os.Exit(1)
		}
		select {} // until it is killed
	}
	os.Exit(m.Run())
}

func own(image string) error {
	ctx := context.Background()
	n, err := container.Isolated(ctx)
	if err != nil {
		return err
	}
	c, err := container.Start(ctx, container.Options{Name: "redis", Image: image, Port: 6379, Network: n})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(os.Stdout, "owner", c.ID(), n.Name)
	return err
}

// owner is a process with a container and a network.
type owner struct {
	cmd                *exec.Cmd
	container, network string
}

func startOwner(t *testing.T) owner {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "CONTAINER_TEST_OWNER="+testimage.Redis(t))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	fields := strings.Fields(line)
	if err != nil || len(fields) != 3 {
		t.Fatalf("the owner says %q: %v", line, err)
	}
	return owner{cmd, fields[1], fields[2]}
}

func (o owner) left() bool {
	return exec.Command("docker", "inspect", o.container).Run() == nil ||
		exec.Command("docker", "network", "inspect", o.network).Run() == nil
}

// guard is the owner's guard, 0 without one.
func (o owner) guard(t *testing.T) int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range stats {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // it ended
		}
		if fields := strings.Fields(string(data)); fields[1] == "(sh)" && fields[3] == strconv.Itoa(o.cmd.Process.Pid) {
			pid, err := strconv.Atoi(fields[0])
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	return 0
}

func gone(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s is still there", what)
		}
	}
}

// TestKilled: after a kill -9 the guard removes what the owner had, and ends.
func TestKilled(t *testing.T) {
	o := startOwner(t)
	guard := o.guard(t)
	if !o.left() || guard == 0 {
		t.Fatalf("nothing to remove, or nobody who would (guard %d)", guard)
	}
	if err := o.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	gone(t, "what the owner had", func() bool { return !o.left() })
	gone(t, "the guard", func() bool { return syscall.Kill(guard, 0) != nil })
}

// TestSwept: where the guard is killed too, as by the end of a whole control
// group, the next start removes what is left, and nothing of those who live.
func TestSwept(t *testing.T) {
	alive, o := startOwner(t), startOwner(t)
	if err := syscall.Kill(o.guard(t), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := o.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = o.cmd.Wait() // it was killed
	if !o.left() {
		t.Fatal("nothing is left to be swept")
	}
	next := startOwner(t)
	if o.left() {
		t.Error("the next start did not remove what a dead process left")
	}
	if !alive.left() || !next.left() {
		t.Error("somebody who lives lost a container")
	}
	for _, o := range []owner{alive, next} {
		if err := o.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range []owner{alive, next} {
		gone(t, "what the owner had", func() bool { return !o.left() })
	}
}
