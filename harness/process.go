package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/sidebyside/replay/harness/internal/guard"
	"github.com/sidebyside/replay/harness/ports"
)

// StartError is an implementation that did not start, or did not become ready.
type StartError struct {
	Implementation string
	Reason         string
	// Log is the end of what the process wrote, "" when it wrote nothing.
	Log string
}

func (e *StartError) Error() string {
	s := fmt.Sprintf("start %s: %s", e.Implementation, e.Reason)
	if e.Log == "" {
		return s
	}
	return s + "\nlast lines of its log:\n" + indent(e.Log, "    ")
}

// process is one running implementation of a lane.
type process struct {
	config   *Implementation
	endpoint string
	client   *http.Client
	log      *logTail
	instance instance // nil for a url implementation
}

// instance is what an implementation runs in: a process or a container.
type instance interface {
	// Exited is closed when it is gone.
	Exited() <-chan struct{}
	// Why says how it ended, once Exited is closed.
	Why() string
	// Stop asks it to end, and ends it after the time if it does not.
	Stop(grace time.Duration) error
	// Close ends it with its children, at once.
	Close() error
}

// launch is what a process needs beyond its configuration.
type launch struct {
	config    *Implementation
	variables map[string]string // without PORT
	env       map[string]string // stores, upstreams, proxies
	log       io.Writer         // besides the tail; may be nil
}

// startTries is how often a chosen port may turn out to be taken in between.
const startTries = 3

// start runs the implementation and waits until it is ready. Where the port is
// ours to choose, one that was taken in the meantime is replaced.
func (l launch) start(ctx context.Context) (*process, error) {
	if l.config.URL != "" {
		p := &process{config: l.config, endpoint: l.config.Endpoint, client: newClient(), log: newLogTail(nil)}
		if err := p.awaitReady(ctx, l.config.Ready); err != nil {
			return nil, err
		}
		return p, nil
	}
	if l.config.contained() {
		return l.startImage(ctx)
	}
	for try := 1; ; try++ {
		p, err := l.startCommand(ctx)
		if err == nil {
			return p, nil
		}
		if try == startTries || !l.choosesPort() || !strings.Contains(err.Error(), "address already in use") {
			return nil, err
		}
	}
}

func (l launch) choosesPort() bool { return strings.Contains(l.config.Endpoint, "${PORT}") }

// values are the variables with a port of this start.
func (l launch) values() (map[string]string, error) {
	values := map[string]string{}
	maps.Copy(values, l.variables)
	if l.choosesPort() {
		port, err := ports.Free()
		if err != nil {
			return nil, err
		}
		values["PORT"] = strconv.Itoa(port)
	} else if u, err := url.Parse(l.config.Endpoint); err == nil {
		values["PORT"] = u.Port()
	}
	return values, nil
}

func portFree(name, endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil {
		return fmt.Errorf("parse endpoint: %w", err)
	}
	conn, err := net.DialTimeout("tcp", u.Host, time.Second)
	if err != nil {
		return nil // nobody answers there: free
	}
	_ = conn.Close()
	return &StartError{name, fmt.Sprintf("%s is already taken by another program; stop it, or write ${PORT} in the endpoint to have a free port chosen", u.Host), ""}
}

// readyInterval is the pause between two questions whether a server is ready.
const readyInterval = 10 * time.Millisecond

// awaitReady asks until the implementation answers. The port may be answered by
// another program than ours, so the process must be alive after the answer too.
func (p *process) awaitReady(ctx context.Context, ready string) error {
	ctx, cancel := context.WithTimeout(ctx, p.config.ReadyTimeout)
	defer cancel()
	var last error
	for {
		if last = p.probe(ctx, ready); last == nil && !p.gone() {
			return nil
		}
		select {
		case <-p.exited():
			return p.startError(fmt.Sprintf("it exited before it was ready (%s)", p.instance.Why()))
		case <-ctx.Done():
			if cause := context.Cause(ctx); !errors.Is(cause, context.DeadlineExceeded) {
				return fmt.Errorf("start %s: %w", p.config.Name, cause)
			}
			what := ready
			if what == "" {
				what = p.endpoint
			}
			return p.startError(fmt.Sprintf("not ready within %s at %s: %v; check endpoint, ready and readyTimeout", p.config.ReadyTimeout, what, reason(last)))
		case <-time.After(readyInterval):
		}
	}
}

func (p *process) startError(why string) error {
	return &StartError{p.config.Name, why, p.log.Last(logLines)}
}

// probe asks once: GET the ready URL, or POST the smallest query.
func (p *process) probe(ctx context.Context, ready string) error {
	method, target, body := http.MethodGet, ready, ""
	if ready == "" {
		method, target, body = http.MethodPost, p.endpoint, `{"query":"{__typename}"}`
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", acceptDefault)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	_ = resp.Body.Close()
	// Without a ready URL any GraphQL server counts, one that refuses the query
	// (no header of its user, say) included.
	if resp.StatusCode >= 500 || ready != "" && resp.StatusCode >= 300 {
		return fmt.Errorf("it answers %s", resp.Status)
	}
	return nil
}

// exited is closed when the process is gone; nil where it is not ours.
func (p *process) exited() <-chan struct{} {
	if p.instance == nil {
		return nil
	}
	return p.instance.Exited()
}

// gone reports whether the process has exited.
func (p *process) gone() bool {
	select {
	case <-p.exited():
		return true
	default:
		return false
	}
}

// exitsSoon reports whether the process is gone, or will be in a moment: a
// connection breaks shortly before the exit of its process is known.
func (p *process) exitsSoon() bool {
	if p.instance == nil {
		return false
	}
	notice := exitNotice
	if p.config.contained() {
		notice = exitNoticeDocker
	}
	select {
	case <-p.exited():
		return true
	case <-time.After(notice):
		return false
	}
}

// Times by which the exit of a process may lag behind its connections; that of a
// container is told by the daemon.
const (
	exitNotice       = 100 * time.Millisecond
	exitNoticeDocker = time.Second
)

// stopGrace is how long a process may take to end when asked to.
const stopGrace = 2 * time.Second

// stop asks the process to end, and ends it and its children if it does not.
func (p *process) stop() error {
	defer p.client.CloseIdleConnections()
	if p.instance == nil {
		return nil
	}
	return p.instance.Stop(stopGrace)
}

// kill ends the process and its children at once.
func (p *process) kill() {
	defer p.client.CloseIdleConnections()
	if p.instance != nil {
		_ = p.instance.Close() // what cannot be ended is removed by the guard of containers
	}
}

// reason is the innermost text of an error about a file or a connection, which
// says what matters without repeating the request.
func reason(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		return ue.Err
	}
	if pe, ok := errors.AsType[*exec.Error](err); ok {
		return pe.Err
	}
	return err
}

func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 8,
			DisableCompression:  true,
			// The proxy of the environment is for the user's own traffic.
			Proxy: nil,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// outDir makes the private folder that ${OUT} stands for.
func outDir() (string, func(), error) {
	dir, err := os.MkdirTemp("", "replay-out-")
	if err != nil {
		return "", nil, fmt.Errorf("make the output folder: %w", err)
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", nil, fmt.Errorf("make the output folder: %w", err)
	}
	own := guard.Folder(dir)
	return dir, func() { _ = os.RemoveAll(dir); own.Done() }, nil
}
