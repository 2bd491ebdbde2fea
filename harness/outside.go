package harness

import (
	"fmt"
	"net"
	"net/http"
	"sync"
)

// outside stands where a lane's side would leave the machine: it is the proxy of
// its environment and the address of each upstream, refuses every request, and
// remembers what was asked for, so that the case can say so.
type outside struct {
	listener net.Listener
	server   *http.Server

	mu    sync.Mutex
	asked []string
}

func newOutside() (*outside, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for requests that leave the machine: %w", err)
	}
	o := &outside{listener: l}
	o.server = &http.Server{Handler: o}
	go func() { _ = o.server.Serve(l) }()
	return o, nil
}

// ServeHTTP refuses. Requests to an upstream come with its name as first segment
// of the path, requests to a proxy with a whole URL or as CONNECT.
func (o *outside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	what := r.Method + " " + r.URL.String()
	if r.Method == http.MethodConnect {
		what = "CONNECT " + r.Host
	}
	o.mu.Lock()
	o.asked = append(o.asked, what)
	o.mu.Unlock()
	http.Error(w, "replay: refused "+what+": a replay reaches nothing outside its lane", http.StatusBadGateway)
}

// take returns what was asked for since the last take.
func (o *outside) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	asked := o.asked
	o.asked = nil
	return asked
}

// env are the variables that send what would leave the machine here.
func (o *outside) env(upstreams []UpstreamConfig) map[string]string {
	proxy := "http://" + o.listener.Addr().String()
	env := map[string]string{}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		env[name] = proxy
	}
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		env[name] = "localhost,127.0.0.1,::1"
	}
	for _, u := range upstreams {
		env[u.Env] = o.url(u)
	}
	return env
}

func (o *outside) url(u UpstreamConfig) string {
	return "http://" + o.listener.Addr().String() + "/" + u.Name
}

func (o *outside) close() { _ = o.server.Close() }
