package harness

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"strconv"

	"github.com/sidebyside/replay/harness/internal/container"
)

// networkHost has a container share this machine's network.
const networkHost = "host"

// contained is an implementation in a container, with what makes its port one of
// this machine's loopback.
type contained struct {
	*container.Container
	relay *container.Relay // nil where the port is published
}

// Close removes the container.
func (c contained) Close() error {
	err := c.Container.Close()
	if c.relay != nil {
		err = errors.Join(err, c.relay.Close())
	}
	return err
}

// startImage runs the implementation in a container of its own.
func (l launch) startImage(ctx context.Context) (*process, error) {
	c := l.config
	p := &process{config: c, client: newClient(), log: newLogTail(l.log)}
	values, err := l.values()
	if err != nil {
		return nil, err
	}
	port := values["PORT"]
	options, err := l.containerOptions(values)
	if err != nil {
		return nil, err
	}
	options.Log = p.log
	run, err := container.Start(ctx, options)
	if err != nil {
		return nil, &StartError{c.Name, err.Error(), ""}
	}
	own := contained{Container: run}
	p.instance = own
	if c.Network != networkHost {
		if own.relay, port, err = l.bring(run.Addr(), port); err != nil {
			p.kill()
			return nil, &StartError{c.Name, err.Error(), ""}
		}
		p.instance = own
	}
	values["PORT"] = port
	p.endpoint = expand(c.Endpoint, values)
	if err := p.awaitReady(ctx, expand(c.Ready, values)); err != nil {
		p.kill()
		return nil, err
	}
	return p, nil
}

// containerOptions are those of a container with a port of its own; with the
// machine's network it is the one of values.
func (l launch) containerOptions(values map[string]string) (container.Options, error) {
	c := l.config
	o := container.Options{
		Name: c.Name, Image: c.Image, Pull: container.Pull(c.Pull), Entrypoint: c.entrypoint,
		Dir: c.dir, User: c.user, Tmpfs: c.tmpfs,
	}
	env, inside := l.env, maps.Clone(values)
	if c.Network == networkHost {
		o.HostNetwork = true
		o.Port, _ = strconv.Atoi(values["PORT"])
	} else {
		o.Network, o.Port = c.reaching.network, c.Port
		if o.Port == 0 {
			o.Port = DefaultPort
		}
		var err error
		if env, err = c.reaching.texts(l.env); err == nil {
			inside, err = c.reaching.texts(values)
		}
		if err != nil {
			return o, &StartError{c.Name, err.Error(), ""}
		}
		inside["PORT"] = strconv.Itoa(o.Port)
	}
	if c.Command != nil {
		o.Command = expandAll(c.Command, inside)
	}
	o.Mounts = expandAll(c.Mounts, values)
	o.Env = maps.Clone(c.env)
	if o.Env == nil {
		o.Env = map[string]string{}
	}
	maps.Copy(o.Env, env)
	o.Env["PORT"] = inside["PORT"]
	for k, v := range c.Env {
		o.Env[k] = expand(v, inside)
	}
	return o, nil
}

// bring makes the container's port one of the loopback, and tells which.
func (l launch) bring(addr, port string) (*container.Relay, string, error) {
	host, published, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, "", err
	}
	if l.choosesPort() {
		if host == "127.0.0.1" {
			return nil, published, nil
		}
		port = "0"
	}
	relay, err := container.Forward(net.JoinHostPort("127.0.0.1", port), addr)
	if err != nil {
		return nil, "", fmt.Errorf("%w; write ${PORT} in the endpoint to have a free port chosen", err)
	}
	_, port, err = net.SplitHostPort(relay.Addr())
	return relay, port, err
}

// provide has the image, and what containers share, once for all lanes.
func (i *Implementation) provide(ctx context.Context) error {
	if !i.contained() {
		return nil
	}
	if i.reaching == nil {
		i.reaching = &reaching{}
	}
	if err := container.Provide(ctx, i.Image, container.Pull(i.Pull)); err != nil {
		return &StartError{i.Name, err.Error(), ""}
	}
	return nil
}

// join has the network of the side's containers, until leave.
func (s *Side) join(ctx context.Context) error {
	c := s.launch.config
	if !c.contained() || c.Network == networkHost {
		return nil
	}
	if err := c.reaching.join(ctx, c.Network); err != nil {
		return &StartError{c.Name, err.Error(), ""}
	}
	s.joined = true
	return nil
}

func (s *Side) leave() error {
	if !s.joined {
		return nil
	}
	s.joined = false
	return s.launch.config.reaching.leave()
}
