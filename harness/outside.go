package harness

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/upstream"
)

// outside stands where a lane's side would leave the machine: it is the proxy of
// its environment and the address of each upstream. It answers what the case
// holds of upstreams, refuses every other request, and remembers what was asked
// for, so that the case can say so.
type outside struct {
	listener  net.Listener
	server    *http.Server
	upstreams []UpstreamConfig

	mu   sync.Mutex
	stub *upstream.Stub // of the case that runs; nil between cases
	seen outsideSeen
}

// outsideSeen is what a side asked for during one case.
type outsideSeen struct {
	calls []corpus.Call
	asked []string // what was refused
	// unsent are refused calls that change something. They show in the comparison,
	// unless a rule hides them.
	unsent []string
}

func newOutside(upstreams []UpstreamConfig) (*outside, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for requests that leave the machine: %w", err)
	}
	o := &outside{listener: l, upstreams: upstreams}
	o.server = &http.Server{Handler: o}
	go func() { _ = o.server.Serve(l) }()
	return o, nil
}

// ServeHTTP answers requests to an upstream, which come with its name as first
// segment of the path, and refuses requests to a proxy, which come with a whole
// URL or as CONNECT.
func (o *outside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, path, ok := o.upstream(r)
	if !ok {
		what := r.Method + " " + r.URL.String()
		if what == "GET /" || what == "HEAD /" {
			// Neither a proxy nor an upstream is asked so: somebody else looks
			// for a server that had this port before.
			http.Error(w, "replay: nothing is served here", http.StatusBadGateway)
			return
		}
		if r.Method == http.MethodConnect {
			what = "CONNECT " + r.Host
		}
		o.refuse(w, what, "", false)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, upstream.MaxBody+1))
	if err != nil {
		return // the implementation gave its request up
	}
	req, err := upstream.Request(r.Method, path, r.URL.RawQuery, r.Header, body)
	if err != nil || len(body) > upstream.MaxBody {
		o.refuse(w, "upstream "+name+": "+r.Method+" "+path, "its body cannot be compared", false)
		return
	}
	response, err := o.answer(name, &req)
	if m, missing := errors.AsType[*upstream.Missing](err); missing {
		o.refuse(w, m.What, m.Why, m.Changing)
		return
	}
	upstream.Write(w, response)
}

// upstream is which upstream a request is for, and the path below its address.
func (o *outside) upstream(r *http.Request) (name, path string, ok bool) {
	if r.Method == http.MethodConnect || r.URL.Host != "" && r.URL.Host != o.listener.Addr().String() {
		return "", "", false
	}
	name, path, slash := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	if slash {
		path = "/" + path
	}
	return name, path, slices.ContainsFunc(o.upstreams, func(u UpstreamConfig) bool { return u.Name == name })
}

// answer notes the call and answers it from the case.
func (o *outside) answer(name string, req *corpus.CallRequest) (corpus.CallResponse, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var response corpus.CallResponse
	err := error(&upstream.Missing{What: upstream.Describe(name, req), Why: "no case is running"})
	if o.stub != nil {
		response, err = o.stub.Answer(name, req)
	}
	o.seen.calls = append(o.seen.calls, corpus.Call{Upstream: name, Request: *req, Response: response})
	return response, err
}

func (o *outside) refuse(w http.ResponseWriter, what, why string, changing bool) {
	text := what
	if why != "" {
		text += " (" + why + ")"
	}
	o.mu.Lock()
	if changing {
		o.seen.unsent = append(o.seen.unsent, text)
	} else {
		o.seen.asked = append(o.seen.asked, text)
	}
	o.mu.Unlock()
	http.Error(w, "replay: refused "+text+": a replay reaches nothing outside its lane", http.StatusBadGateway)
}

// begin answers from the case until take is called.
func (o *outside) begin(cs *corpus.Case) {
	stub := upstream.NewStub(cs)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stub, o.seen = stub, outsideSeen{}
}

// take ends the case and returns what was asked for since begin.
func (o *outside) take() outsideSeen {
	o.mu.Lock()
	defer o.mu.Unlock()
	seen := o.seen
	o.stub, o.seen = nil, outsideSeen{}
	return seen
}

// env are the variables that send what would leave the machine here.
func (o *outside) env() map[string]string {
	proxy := "http://" + o.listener.Addr().String()
	env := map[string]string{}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		env[name] = proxy
	}
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		env[name] = "localhost,127.0.0.1,::1"
	}
	for _, u := range o.upstreams {
		env[u.Env] = o.url(u)
	}
	return env
}

// url is where the implementation reaches an upstream.
func (o *outside) url(u UpstreamConfig) string {
	if u.Address != "" {
		return u.Address
	}
	return "http://" + o.listener.Addr().String() + "/" + u.Name
}

func (o *outside) close() { _ = o.server.Close() }
