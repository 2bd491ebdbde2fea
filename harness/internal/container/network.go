package container

import (
	"context"
	"fmt"
	"net"

	api "github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
)

// HostName is what containers call this machine.
const HostName = "host.docker.internal"

// Network is one that containers are in.
type Network struct {
	Name string
	// Gateway is the address of this machine in it.
	Gateway string
	// Internal says that it leads nowhere but to this machine.
	Internal bool
	made     *testcontainers.DockerNetwork // nil for one that was there
}

// Isolated makes a network that leads nowhere but to this machine: what runs in it
// reaches what listens on the gateway's address.
func Isolated(ctx context.Context) (_ *Network, err error) {
	prepare()
	if err := guarded.hold(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			guarded.release()
		}
	}()
	made, err := network.New(ctx, network.WithInternal(), network.WithLabels(guarded.labels(ctx)))
	if err != nil {
		return nil, fmt.Errorf("make a network: %w", err)
	}
	n, err := Existing(ctx, made.Name)
	if err != nil {
		_ = made.Remove(ctx)
		return nil, err
	}
	n.made = made
	return n, nil
}

// Existing is a network by its name: "bridge" is the default one.
func Existing(ctx context.Context, name string) (*Network, error) {
	c, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close() //nolint:errcheck // of a connection
	found, err := c.NetworkInspect(ctx, name, client.NetworkInspectOptions{})
	if err != nil {
		return nil, fmt.Errorf("look for network %q: %w; make it, or leave the key out", name, err)
	}
	n := &Network{Name: found.Network.Name, Internal: found.Network.Internal, Gateway: gatewayOf(found.Network.IPAM.Config)}
	if n.Gateway == "" {
		return nil, fmt.Errorf("network %q has no gateway, so that a container in it cannot reach this machine; name another one", name)
	}
	return n, nil
}

// gatewayOf is the address of the daemon's machine in a network, "" for none. A daemon
// that has just made its first default bridge does not tell it; it is the first address
// of the subnet then, as everywhere where none is asked for (docker network create,
// --gateway).
func gatewayOf(config []api.IPAMConfig) string {
	for _, part := range config {
		if part.Gateway.IsValid() {
			return part.Gateway.String()
		}
	}
	for _, part := range config {
		if part.Subnet.IsValid() && part.Subnet.Addr().Is4() {
			return part.Subnet.Masked().Addr().Next().String()
		}
	}
	return ""
}

// Outer is a network, "" for the default one, whose machine is a virtual one that
// passes what is meant for the host on to it.
func Outer(name string) *Network {
	if name == "" {
		name = "bridge"
	}
	return &Network{Name: name, Gateway: "host-gateway"}
}

// Here reports whether the gateway is an address of this machine, and not of a
// virtual one (Docker Desktop) or another one (a remote daemon).
func (n *Network) Here() bool {
	l, err := net.Listen("tcp", net.JoinHostPort(n.Gateway, "0"))
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}

// Close removes a network that was made. Its containers are closed before.
func (n *Network) Close() error {
	if n.made == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), removeTimeout)
	defer cancel()
	defer guarded.release()
	if err := n.made.Remove(ctx); err != nil {
		return fmt.Errorf("remove network: %w", err)
	}
	return nil
}
