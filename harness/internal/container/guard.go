package container

import (
	"context"
	"io"
	"maps"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// Labels of what a process owns.
const (
	labelOwner   = "io.github.sidebyside.replay.owner" // machine and process, as one word
	labelMachine = "io.github.sidebyside.replay.machine"
	labelPID     = "io.github.sidebyside.replay.pid"
	labelBirth   = "io.github.sidebyside.replay.birth"
)

// guarded is what this process has, which is one for all of it: what is removed
// when the process is gone does not depend on who asked.
var guarded guard

// guard is a process that waits for the end of ours and removes what we left. It
// runs while there is something to remove.
type guard struct {
	mu    sync.Mutex
	held  int
	swept bool
	cmd   *exec.Cmd
	pipe  io.WriteCloser
}

// guardScript reads a pipe of which we alone hold the other end: a line is an
// orderly end, its closing our death. A request of ours may still be on its way
// then, so it looks several times.
const guardScript = `
read -r _ && exit 0
for again in 1 2 3 4 5 6; do
  ids=$(docker ps --all --quiet --filter "label=$1") && [ -n "$ids" ] && docker rm --force --volumes $ids
  nets=$(docker network ls --quiet --filter "label=$1") && [ -n "$nets" ] && docker network rm $nets
  sleep 0.5
done`

// labels are those of a new container or network.
func (g *guard) labels(context.Context) map[string]string {
	l := owner()
	maps.Copy(l, testcontainers.GenericLabels())
	return l
}

// owner labels what this process has.
func owner() map[string]string {
	pid := os.Getpid()
	own := map[string]string{labelMachine: machine(), labelPID: strconv.Itoa(pid), labelBirth: birth(pid)}
	own[labelOwner] = strings.Join(strings.Fields(own[labelMachine]+" "+own[labelPID]+" "+own[labelBirth]), "/")
	return own
}

// hold notes one more thing to remove, and has the guard up before it is there.
func (g *guard) hold(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.swept {
		if err := sweep(ctx); err != nil {
			return err
		}
		g.swept = true
	}
	if g.held == 0 {
		g.start(ctx)
	}
	g.held++
	return nil
}

// release notes that one thing is removed; the guard goes with the last one.
func (g *guard) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held--; g.held > 0 || g.cmd == nil {
		return
	}
	_, _ = io.WriteString(g.pipe, "done\n") // a guard that is gone needs no word
	_ = g.pipe.Close()
	_ = g.cmd.Wait()
	g.cmd = nil
}

// start runs the guard in a session of its own, so that neither Ctrl-C nor the
// end of our process group reaches it. Without the docker command there is none;
// then the next start removes what is left.
func (g *guard) start(ctx context.Context) {
	docker, err := exec.LookPath("docker")
	if err != nil {
		return
	}
	c, err := connect(ctx)
	if err != nil {
		return
	}
	host := c.DaemonHost()
	_ = c.Close()
	cmd := exec.Command("/bin/sh", "-c", guardScript, docker, labelOwner+"="+owner()[labelOwner]) //nolint:gosec // our own script
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+host)
	cmd.Dir = "/"
	cmd.SysProcAttr = apart()
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return
	}
	if cmd.Start() == nil {
		g.cmd, g.pipe = cmd, pipe
	}
}

// sweep removes what dead processes of this machine left.
func sweep(ctx context.Context) error {
	c, err := connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // of a connection
	here := make(client.Filters).Add("label", labelMachine+"="+machine())
	found, err := c.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: here})
	if err != nil {
		return err
	}
	for i := range found.Items {
		if dead(found.Items[i].Labels) {
			// Another start may be removing it too.
			_, _ = c.ContainerRemove(ctx, found.Items[i].ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		}
	}
	networks, err := c.NetworkList(ctx, client.NetworkListOptions{Filters: here})
	if err != nil {
		return err
	}
	for i := range networks.Items {
		if dead(networks.Items[i].Labels) {
			_, _ = c.NetworkRemove(ctx, networks.Items[i].ID, client.NetworkRemoveOptions{})
		}
	}
	return nil
}

// dead reports whether the owner is gone.
func dead(labels map[string]string) bool {
	pid, err := strconv.Atoi(labels[labelPID])
	return err == nil && birth(pid) != labels[labelBirth]
}
