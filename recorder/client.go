package recorder

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"

	"github.com/Khan/genqlient/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/upstream"
)

// Client records what a Go service asks another one with a client that genqlient
// generated, as calls to the upstream of that name:
//
//	calls := &recorder.Upstreams{}
//	users := recorder.Client(graphql.NewClient(url, nil), calls, "users")
//	service := newService(users)
//	recorded, err := recorder.Handler(service, recorder.Options{Upstreams: calls, Out: "corpus"})
//
// A call belongs to the operation in whose context it is made: the context of the
// request that [Handler] passed on, or one made of it. One that is made in another
// context belongs to the only operation in flight, if there is just one and it runs
// alone; else none of those in flight can be a case.
//
// A graphql.Client says less than there is on the wire. The data are recorded as they
// came, which is why inner is given a [json.RawMessage] to decode them into; errors
// and extensions as genqlient read them, and every request as a POST. An answer whose
// status is not 200, or that is no GraphQL, cannot be told: the operation is not
// recorded, and counted as "call not recorded". The proxies of [NewUpstreams] record
// those, too.
//
// It goes directly around genqlient's client. One that looks at the type of its
// response's data, such as a cache or a fake, goes around this one.
func Client(inner graphql.Client, calls *Upstreams, name string) graphql.Client {
	return &client{inner: inner, calls: calls, name: name}
}

type client struct {
	inner graphql.Client
	calls *Upstreams
	name  string
}

// errPanicked is the flaw of a call whose client panicked.
var errPanicked = errors.New("the client panicked")

// MakeRequest asks the upstream, and does to resp what the inner client would have
// done.
func (c *client) MakeRequest(ctx context.Context, req *graphql.Request, resp *graphql.Response) error {
	if c.calls == nil || req == nil {
		return c.inner.MakeRequest(ctx, req, resp)
	}
	e := &exchange{name: c.name, what: req.OpName + " of upstream " + c.name, byClient: true, done: make(chan struct{})}
	owner := c.calls.owner(orBackground(ctx), "", e)
	if owner == nil {
		return c.inner.MakeRequest(ctx, req, resp)
	}
	read := func() (corpus.Call, error) { return corpus.Call{}, errPanicked }
	defer func() { owner.finish(e, read) }()
	if resp == nil { // the inner client knows what to say to that
		err := c.inner.MakeRequest(ctx, req, nil)
		read = func() (corpus.Call, error) { return corpus.Call{}, errors.New("nobody asked for the answer") }
		return err
	}
	h := &heard{}
	h.Data = &h.data
	h.err = c.inner.MakeRequest(ctx, req, &h.Response)
	read = func() (corpus.Call, error) { return c.call(req, h) }
	return h.hand(resp)
}

// orBackground is a context, where genqlient is configured to have none, too.
func orBackground(ctx context.Context) context.Context {
	if ctx == nil {
		return context.Background()
	}
	return ctx
}

// heard is what the inner client gave.
type heard struct {
	graphql.Response
	data json.RawMessage // into which it was to decode them
	err  error
}

// own says whether the inner client put data of its own in the place of those that came.
func (h *heard) own() bool { return h.Data != nil && h.Data != any(&h.data) }

// hand gives the caller what was heard, as if it had been decoded for it.
func (h *heard) hand(resp *graphql.Response) error {
	if h.Errors != nil {
		resp.Errors = h.Errors
	}
	switch resp.Extensions {
	case nil:
		resp.Extensions = h.Extensions
	default: // encoding/json adds to a map
		maps.Copy(resp.Extensions, h.Extensions)
	}
	switch {
	case h.own():
		resp.Data = h.Data
	case h.Data == nil:
		resp.Data = nil // null, by which encoding/json empties an interface
	case len(h.data) > 0:
		// Decoded as the member that they were: into whatever is there, and with its
		// name in the errors.
		err := json.Unmarshal(fmt.Appendf(nil, `{"data":%s}`, h.data), resp)
		if list := gqlerror.List(nil); err != nil && (h.err == nil || errors.As(h.err, &list)) {
			return err // genqlient looks at errors only in what it could decode
		}
	}
	return h.err
}

// call is the call with its answer. The error says why it cannot be told.
func (c *client) call(req *graphql.Request, h *heard) (call corpus.Call, err error) {
	status, list := (*graphql.HTTPError)(nil), gqlerror.List(nil)
	switch {
	case errors.As(h.err, &status):
		return call, fmt.Errorf("status %d, whose answer a graphql.Client does not tell", status.StatusCode)
	case h.err != nil && !errors.As(h.err, &list):
		return call, fmt.Errorf("no answer: %w", h.err)
	case h.own():
		return call, errors.New("the client gave data of its own instead of decoding those that came")
	case h.Data == nil:
		h.data = json.RawMessage("null")
	}
	if len(h.Errors) > 0 {
		list = h.Errors
	}
	if h.data == nil && len(list) == 0 {
		return call, errors.New("the client decoded neither data nor errors")
	}
	sent, err := json.Marshal(req)
	if err != nil {
		return call, err
	}
	got, err := plainJSON(response{h.data, list, h.Extensions})
	if err != nil {
		return call, err
	}
	header := http.Header{"Content-Type": {"application/json"}}
	call.Upstream = c.name
	if call.Request, err = upstream.Request(http.MethodPost, "", "", header, sent); err != nil {
		return call, err
	}
	call.Response, err = upstream.Response(http.StatusOK, header, got)
	return call, err
}

// response is a graphql.Response in which absent data are not null.
type response struct {
	Data       json.RawMessage `json:"data,omitempty"`
	Errors     gqlerror.List   `json:"errors,omitempty"`
	Extensions map[string]any  `json:"extensions,omitempty"`
}

// plainJSON is the JSON of a value, without escapes for HTML.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}
