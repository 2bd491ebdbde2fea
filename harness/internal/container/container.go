package container

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// Options say what is run.
type Options struct {
	// Name is that of the container in messages: "postgres", "legacy".
	Name  string
	Image string
	Pull  Pull
	// Command replaces the image's own when it is not nil, Entrypoint likewise.
	Command, Entrypoint []string
	Env                 map[string]string
	// Dir is the working directory in the container, User who runs it; "" for the
	// image's own.
	Dir, User string
	// Port is the one that it listens on. It is published on the loopback unless
	// Network is one of ours that leads nowhere, or the host's.
	Port int
	// Mounts are volumes in Docker's form, SOURCE:TARGET[:ro].
	Mounts []string
	// Tmpfs are folders in memory, with their mount options.
	Tmpfs map[string]string
	// Network is nil for the default bridge.
	Network *Network
	// HostNetwork runs it in the network of this machine.
	HostNetwork bool
	// Log gets what it writes, beside the end that is kept; may be nil.
	Log io.Writer
	// Run starts it, by a module of testcontainers-go; nil for none.
	Run func(ctx context.Context, image string, options ...testcontainers.ContainerCustomizer) (testcontainers.Container, error)
}

// Container is one that was started.
type Container struct {
	name   string
	docker *testcontainers.DockerClient
	id     string
	addr   string
	log    *tail
	exited chan struct{}
	why    string // it ended; valid once exited is closed
	end    context.CancelFunc
	once   sync.Once
	closed error
}

// removeTimeout bounds what is done after the end of a run.
const removeTimeout = 15 * time.Second

// Start has the image, and starts a container of it. It does not wait until the
// program in it is ready.
func Start(ctx context.Context, o Options) (*Container, error) {
	if err := Provide(ctx, o.Image, o.Pull); err != nil {
		return nil, err
	}
	if err := guarded.hold(ctx); err != nil {
		return nil, err
	}
	c, err := o.start(ctx)
	if err != nil {
		guarded.release()
		return nil, fmt.Errorf("run image %q: %w", o.Image, err)
	}
	return c, nil
}

func (o Options) start(ctx context.Context) (*Container, error) {
	docker, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	c := &Container{name: o.Name, docker: docker, log: &tail{next: o.Log}, exited: make(chan struct{})}
	run := o.Run
	if run == nil {
		run = plain
	}
	started, err := run(ctx, o.Image, o.customize(ctx, docker.DaemonHost()))
	if started != nil {
		c.id = started.GetContainerID()
	}
	if err == nil {
		err = c.find(ctx, o)
	}
	if err != nil {
		err = c.failed(err)
		return nil, errors.Join(err, c.remove(), docker.Close())
	}
	follow, end := context.WithCancel(context.WithoutCancel(ctx))
	c.end = end
	go c.watch(follow)
	return c, nil
}

// plain starts an image without a module of its own.
func plain(ctx context.Context, image string, options ...testcontainers.ContainerCustomizer) (testcontainers.Container, error) {
	c, err := testcontainers.Run(ctx, image, options...)
	if c == nil {
		return nil, err // not a nil pointer in an interface
	}
	return c, err
}

// failed adds what a container wrote that ended at once.
func (c *Container) failed(err error) error {
	if c.id == "" {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c.log.follow(ctx, c.docker, c.id)
	return c.withLog(err)
}

// customize is the whole request at once. It comes after what a module asks for.
func (o Options) customize(ctx context.Context, daemon string) testcontainers.CustomizeRequestOption {
	return func(r *testcontainers.GenericContainerRequest) error {
		if r.Env == nil {
			r.Env = map[string]string{}
		}
		maps.Copy(r.Env, o.Env)
		if o.Command != nil {
			r.Cmd = o.Command
		}
		if o.Entrypoint != nil {
			r.Entrypoint = o.Entrypoint
		}
		r.WaitingFor = nil // who starts it knows when it is ready
		r.Tmpfs = o.Tmpfs
		r.Labels = guarded.labels(ctx)
		r.ExposedPorts = nil
		if o.published() {
			r.ExposedPorts = []string{o.port().String()}
		}
		r.ConfigModifier = func(c *container.Config) { c.WorkingDir, c.User = o.Dir, o.User }
		r.HostConfigModifier = func(h *container.HostConfig) { o.host(h, daemon) }
		return nil
	}
}

// host sets what a container shares with the machine.
func (o Options) host(h *container.HostConfig, daemon string) {
	h.Binds = o.Mounts
	switch {
	case o.HostNetwork:
		h.NetworkMode = network.NetworkHost
	case o.Network != nil:
		h.NetworkMode = container.NetworkMode(o.Network.Name)
		h.ExtraHosts = []string{HostName + ":" + o.Network.Gateway}
	}
	if o.published() {
		binding := network.PortBinding{HostPort: "0"}
		if strings.HasPrefix(daemon, "unix:") || strings.HasPrefix(daemon, "npipe:") {
			binding.HostIP = netip.AddrFrom4([4]byte{127, 0, 0, 1}) // nobody else on the network shall reach it
		}
		h.PortBindings = network.PortMap{o.port(): {binding}}
	}
}

func (o Options) port() network.Port {
	p, _ := network.PortFrom(uint16(o.Port), network.TCP) //nolint:gosec // a port fits
	return p
}

// published reports whether the port is to be had on this machine's loopback.
func (o Options) published() bool {
	return o.Port > 0 && !o.HostNetwork && (o.Network == nil || !o.Network.Internal)
}

// find learns where the port is.
func (c *Container) find(ctx context.Context, o Options) error {
	if o.Port == 0 || o.HostNetwork {
		c.addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(o.Port))
		return nil
	}
	found, err := c.docker.ContainerInspect(ctx, c.id, client.ContainerInspectOptions{})
	if err != nil {
		return err
	}
	settings := found.Container.NetworkSettings
	if !o.published() {
		end := settings.Networks[o.Network.Name]
		if end == nil || !end.IPAddress.IsValid() {
			return fmt.Errorf("it has no address in its network (%s)", stateText(found.Container.State))
		}
		c.addr = net.JoinHostPort(end.IPAddress.String(), strconv.Itoa(o.Port))
		return nil
	}
	bindings := settings.Ports[o.port()]
	if len(bindings) == 0 {
		return fmt.Errorf("its port %d is not published (%s)", o.Port, stateText(found.Container.State))
	}
	c.addr = net.JoinHostPort(daemonHost(c.docker.DaemonHost()), bindings[0].HostPort)
	return nil
}

// daemonHost is the machine of a daemon at unix:///socket or tcp://host:port.
func daemonHost(at string) string {
	_, rest, _ := strings.Cut(at, "://")
	host, _, err := net.SplitHostPort(rest)
	if err != nil {
		return "127.0.0.1"
	}
	return host
}

func stateText(s *container.State) string {
	if s == nil {
		return "unknown state"
	}
	return fmt.Sprintf("%s, exit code %d", s.Status, s.ExitCode)
}

// watch waits for the end of the container, with its log read to the end.
func (c *Container) watch(ctx context.Context) {
	defer close(c.exited)
	done := make(chan struct{})
	go func() { defer close(done); c.log.follow(ctx, c.docker, c.id) }()
	wait := c.docker.ContainerWait(ctx, c.id, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case r := <-wait.Result:
		c.why = fmt.Sprintf("exit code %d", r.StatusCode)
	case err := <-wait.Error:
		c.why = "the Docker daemon lost it: " + firstLine(err)
		if errdefs.IsNotFound(err) {
			c.why = "it was removed"
		}
	}
	select {
	case <-done:
	case <-time.After(time.Second): // a daemon that goes down keeps the log open
	}
}

// Addr is the host:port at which this machine reaches the container's port.
func (c *Container) Addr() string { return c.addr }

// ID is Docker's.
func (c *Container) ID() string { return c.id }

// Exited is closed when the container has ended, or cannot be watched any more.
func (c *Container) Exited() <-chan struct{} { return c.exited }

// Why says how it ended. It may be called once Exited is closed.
func (c *Container) Why() string { return c.why }

// Blame adds the last lines of the log to an error, and says when the container
// is gone.
func (c *Container) Blame(err error) error {
	select {
	case <-c.exited:
		err = fmt.Errorf("%w; the container of %s is gone (%s)", err, c.name, c.why)
	default:
	}
	return c.withLog(err)
}

func (c *Container) withLog(err error) error {
	if text := c.log.last(); text != "" {
		return fmt.Errorf("%w\nlast lines of its log:\n%s", err, text)
	}
	return err
}

// Stop asks the program to end within the time, and removes the container.
func (c *Container) Stop(grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), removeTimeout)
	defer cancel()
	seconds := int(grace.Seconds())
	// What does not stop is removed by force.
	_, _ = c.docker.ContainerStop(ctx, c.id, client.ContainerStopOptions{Timeout: &seconds})
	return c.Close()
}

// Close removes the container with what it stored, and waits for its end.
func (c *Container) Close() error {
	c.once.Do(func() {
		c.closed = c.remove()
		select {
		case <-c.exited:
		case <-time.After(time.Second):
		}
		c.end()
		<-c.exited
		_ = c.docker.Close()
		guarded.release()
	})
	return c.closed
}

func (c *Container) remove() error {
	if c.id == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), removeTimeout)
	defer cancel()
	_, err := c.docker.ContainerRemove(ctx, c.id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if err != nil && !errdefs.IsNotFound(err) && !errdefs.IsConflict(err) { // somebody else removed it, or is about to
		return fmt.Errorf("remove the container of %s: %w", c.name, err)
	}
	return nil
}

// Time limits of a program that becomes ready.
const (
	readyTimeout = 60 * time.Second
	readyEvery   = 10 * time.Millisecond
)

// Await asks until the program in the container is ready. The error has the last
// lines of its log.
func (c *Container) Await(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-c.exited:
			return c.Blame(fmt.Errorf("start %s", c.name))
		case <-ctx.Done():
			return c.Blame(fmt.Errorf("start %s: not ready: %w", c.name, errors.Join(context.Cause(ctx), err)))
		case <-time.After(readyEvery):
		}
	}
}
