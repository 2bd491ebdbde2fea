package harness

import (
	"context"
	"errors"
	"net"
	"regexp"
	"strings"
	"sync"

	"github.com/sidebyside/replay/harness/internal/container"
)

// reaching is how the containers of an implementation, over all lanes, reach what
// listens on this machine's loopback: its stores, stubs and the refusing proxy.
//
// These keep listening on the loopback alone. In the network of the containers a
// relay listens at the machine's address and passes connections on to the
// loopback, port by port; nothing else of the machine's loopback can be reached.
type reaching struct {
	mu      sync.Mutex
	users   int
	network *container.Network
	relays  map[string]*container.Relay // by port of the loopback; nil where none is needed
}

// join opens the network for one more user.
func (r *reaching) join(ctx context.Context, network string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.users > 0 {
		r.users++
		return nil
	}
	if err := r.open(ctx, network); err != nil {
		return err
	}
	r.users = 1
	return nil
}

func (r *reaching) open(ctx context.Context, network string) (err error) {
	if network != "" {
		r.network, err = container.Existing(ctx, network)
	} else {
		r.network, err = container.Isolated(ctx)
	}
	if err != nil {
		return err
	}
	if r.network.Here() {
		r.relays = map[string]*container.Relay{}
		return nil
	}
	// Docker Desktop: the machine of the networks is a virtual one, which passes
	// what is meant for the host on to the loopback by itself. That needs a network
	// that leads out.
	err = r.network.Close()
	r.network = container.Outer(network)
	return err
}

// leave closes the network with the last user.
func (r *reaching) leave() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.users--; r.users > 0 {
		return nil
	}
	var errs []error
	for _, relay := range r.relays {
		errs = append(errs, relay.Close())
	}
	r.relays = nil
	return errors.Join(append(errs, r.network.Close())...)
}

// loopback is an address of this machine's loopback in a text.
var loopback = regexp.MustCompile(`(?:127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})`)

// texts gives values as containers must have them: addresses of the loopback are
// replaced by those that lead there.
func (r *reaching) texts(values map[string]string) (map[string]string, error) {
	out := map[string]string{}
	var err error
	for name, value := range values {
		out[name] = loopback.ReplaceAllStringFunc(value, func(at string) string {
			port, relayErr := r.port(at[strings.LastIndex(at, ":")+1:])
			err = errors.Join(err, relayErr)
			return container.HostName + ":" + port
		})
		if strings.EqualFold(name, "NO_PROXY") {
			out[name] = value + "," + container.HostName
		}
	}
	if host := values["PGHOST"]; host == "127.0.0.1" || host == "localhost" {
		port, relayErr := r.port(values["PGPORT"])
		err = errors.Join(err, relayErr)
		out["PGHOST"], out["PGPORT"] = container.HostName, port
	}
	return out, err
}

// port is where a port of the loopback is to be had.
func (r *reaching) port(port string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.relays == nil || port == "" {
		return port, nil
	}
	relay := r.relays[port]
	if relay == nil {
		// The same number where it is free: a message that names it can be understood.
		target := net.JoinHostPort("127.0.0.1", port)
		var err error
		if relay, err = container.Forward(net.JoinHostPort(r.network.Gateway, port), target); err != nil {
			relay, err = container.Forward(net.JoinHostPort(r.network.Gateway, "0"), target)
		}
		if err != nil {
			return "", err
		}
		r.relays[port] = relay
	}
	_, at, err := net.SplitHostPort(relay.Addr())
	return at, err
}
