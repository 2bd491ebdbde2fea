package container_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sidebyside/replay/harness/internal/container"
	"github.com/sidebyside/replay/harness/store/storetest/testimage"
)

// owned lists the containers and networks that this module made.
func owned(tb testing.TB) string {
	tb.Helper()
	var all []string
	for _, kind := range []string{"container", "network"} {
		args := []string{kind, "ls", "--quiet", "--filter", "label=io.github.sidebyside.replay.pid=" + fmt.Sprint(os.Getpid())}
		if kind == "container" {
			args = append(args, "--all")
		}
		out, err := exec.Command("docker", args...).CombinedOutput()
		if err != nil {
			tb.Fatalf("docker %v: %v: %s", args, err, out)
		}
		all = append(all, strings.Fields(string(out))...)
	}
	return strings.Join(all, " ")
}

func redis(t *testing.T, change func(*container.Options)) *container.Container {
	t.Helper()
	o := container.Options{
		Name: "redis", Image: testimage.Redis(t), Pull: container.PullNever, Port: 6379,
		Command: []string{"redis-server", "--protected-mode", "no", "--save", ""},
	}
	if change != nil {
		change(&o)
	}
	c, err := container.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// ping speaks Redis with an address until it answers.
func ping(t *testing.T, addr string) {
	t.Helper()
	var last error
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if last = tryPing(addr); last == nil {
			return
		}
	}
	t.Fatalf("%s does not answer: %v", addr, last)
}

func tryPing(addr string) error {
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // of a test
	if err := c.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	b := make([]byte, 7)
	if n, err := c.Read(b); err != nil || string(b[:n]) != "+PONG\r\n" {
		return fmt.Errorf("answered %q: %w", b[:n], errors.Join(err, errors.New("no pong")))
	}
	return nil
}

func TestContainer(t *testing.T) {
	c := redis(t, nil)
	if !strings.HasPrefix(c.Addr(), "127.0.0.1:") {
		t.Errorf("reached at %s, want the loopback", c.Addr())
	}
	ping(t, c.Addr())
	out, err := exec.Command("docker", "port", c.ID()).Output()
	if err != nil || strings.Contains(string(out), "0.0.0.0") || strings.Contains(string(out), "::") {
		t.Errorf("published to the network: %s %v", out, err)
	}
	if err := c.Stop(5 * time.Second); err != nil {
		t.Error(err)
	}
	if left := owned(t); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

// TestRemovedByHand: who removes a container is told by the error, with what the
// container wrote, which is not to be had from Docker any more.
func TestRemovedByHand(t *testing.T) {
	c := redis(t, nil)
	ping(t, c.Addr())
	if out, err := exec.Command("docker", "rm", "--force", c.ID()).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	select {
	case <-c.Exited():
	case <-time.After(20 * time.Second):
		t.Fatal("the end of the container is not noticed")
	}
	text := c.Blame(errors.New("seed redis: connection refused")).Error()
	for _, want := range []string{"seed redis: connection refused; the container of redis is gone (", "last lines of its log:", "Ready to accept connections"} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q in:\n%s", want, text)
		}
	}
}

// TestDoesNotStart: what ends at once says why.
func TestDoesNotStart(t *testing.T) {
	c, err := container.Start(t.Context(), container.Options{
		Name: "redis", Image: testimage.Redis(t), Command: []string{"redis-server", "--port", "many"}, Port: 6379,
	})
	if err == nil { // it may end before or after its port is known
		<-c.Exited()
		err = c.Blame(errors.New("ended"))
		if closeErr := c.Close(); closeErr != nil {
			t.Error(closeErr)
		}
	}
	if !strings.Contains(err.Error(), "Bad directive or wrong number of arguments") && !strings.Contains(err.Error(), "many") {
		t.Errorf("want the log in %v", err)
	}
	if left := owned(t); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

func TestImages(t *testing.T) {
	testimage.Docker(t)
	const missing = "127.0.0.1:1/no/such:image" // a registry that refuses at once
	for _, row := range []struct {
		image, want string
		pull        container.Pull
	}{
		{missing, `pull is "never": build or load it`, container.PullNever},
		{missing, "connection refused; build or load it", container.PullMissing},
		{missing, "connection refused", container.PullAlways},
		{"Not A Name", "look for image", container.PullMissing},
	} {
		err := container.Provide(t.Context(), row.image, row.pull)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s, pull %s: want %q, have %v", row.image, row.pull, row.want, err)
		}
	}
	if err := container.Provide(t.Context(), testimage.Redis(t), container.PullMissing); err != nil {
		t.Error(err)
	}
}

// TestIsolated: what is in an isolated network is reached by its address, and
// reaches nothing but the gateway.
func TestIsolated(t *testing.T) {
	testimage.Docker(t)
	n, err := container.Isolated(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !n.Here() {
		t.Skip("the daemon's networks are not on this machine")
	}
	c := redis(t, func(o *container.Options) { o.Network = n })
	ping(t, c.Addr())
	back, err := container.Forward("127.0.0.1:0", c.Addr())
	if err != nil {
		t.Fatal(err)
	}
	ping(t, back.Addr())
	if err := back.Close(); err != nil {
		t.Error(err)
	}
	if err := tryPing(back.Addr()); err == nil {
		t.Error("a closed relay answers")
	}
	out, err := exec.Command("docker", "inspect", "--format", "{{json .NetworkSettings.Ports}}{{json .HostConfig.ExtraHosts}}", c.ID()).CombinedOutput()
	if err != nil || !strings.Contains(string(out), `"host.docker.internal:`+n.Gateway) || strings.Contains(string(out), "HostIp") {
		t.Errorf("ports and hosts are %s %v", out, err)
	}
	if err := errors.Join(c.Close(), n.Close()); err != nil {
		t.Error(err)
	}
	if left := owned(t); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

func TestInterrupted(t *testing.T) {
	image := testimage.Redis(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := container.Start(ctx, container.Options{Name: "redis", Image: image, Port: 6379}); err == nil {
		t.Error("started although it was interrupted")
	}
	if left := owned(t); left != "" {
		t.Errorf("left behind: %s", left)
	}
}
