package container

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"

	"github.com/sidebyside/replay/harness/internal/guard"
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
var guarded ownership

// ownership has a guard up while there is something to remove.
type ownership struct {
	mu    sync.Mutex
	held  int
	swept bool
	guard *guard.Guard
}

// guardScript removes what has a label. A request of ours may still be on its way
// when we die, so it looks several times.
const guardScript = `
for again in 1 2 3 4 5 6; do
  ids=$(docker ps --all --quiet --filter "label=$1") && [ -n "$ids" ] && docker rm --force --volumes $ids
  nets=$(docker network ls --quiet --filter "label=$1") && [ -n "$nets" ] && docker network rm $nets
  sleep 0.5
done`

// labels are those of a new container or network.
func (g *ownership) labels(context.Context) map[string]string {
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
func (g *ownership) hold(ctx context.Context) error {
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
func (g *ownership) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held--; g.held == 0 {
		g.guard.Done()
		g.guard = nil
	}
}

// start runs the guard. Without the docker command there is none; then the next
// start removes what is left.
func (g *ownership) start(ctx context.Context) {
	if _, err := exec.LookPath("docker"); err != nil {
		return
	}
	c, err := connect(ctx)
	if err != nil {
		return
	}
	host := c.DaemonHost()
	_ = c.Close()
	g.guard = guard.Start(guardScript, []string{labelOwner + "=" + owner()[labelOwner]}, []string{"DOCKER_HOST=" + host})
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
