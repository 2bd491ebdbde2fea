package recorder

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
// and extensions as genqlient read them. An answer whose status is not 200, or that
// is no GraphQL, cannot be told: the operation is not recorded, and counted as "call
// not recorded". The proxies of [NewUpstreams] record those, too.
func Client(inner graphql.Client, calls *Upstreams, name string) graphql.Client {
	return &client{inner: inner, calls: calls, name: name}
}

type client struct {
	inner graphql.Client
	calls *Upstreams
	name  string
}

// MakeRequest asks the upstream, and does to resp what the inner client would have
// done.
func (c *client) MakeRequest(ctx context.Context, req *graphql.Request, resp *graphql.Response) error {
	e := &exchange{name: c.name, what: req.OpName + " of upstream " + c.name, done: make(chan struct{})}
	owner := c.calls.owner(orBackground(ctx), "", e)
	if owner == nil {
		return c.inner.MakeRequest(ctx, req, resp)
	}
	var data json.RawMessage
	heard := graphql.Response{Data: &data}
	err := c.inner.MakeRequest(ctx, req, &heard)
	owner.finish(e, func() (corpus.Call, error) { return c.call(req, &heard, data, err) })
	return hand(&heard, data, resp, err)
}

// orBackground is a context, where genqlient is configured to have none, too.
func orBackground(ctx context.Context) context.Context {
	if ctx == nil {
		return context.Background()
	}
	return ctx
}

// hand gives the caller what was heard, as if it had been decoded for it.
func hand(heard *graphql.Response, data json.RawMessage, resp *graphql.Response, err error) error {
	resp.Errors, resp.Extensions = heard.Errors, heard.Extensions
	switch {
	case heard.Data == nil:
		resp.Data = nil // null, by which encoding/json empties an interface
	case len(data) > 0:
		if e := json.Unmarshal(data, resp.Data); e != nil {
			return e
		}
	}
	return err
}

// call is the call with its answer. The error says why it cannot be told.
func (c *client) call(req *graphql.Request, heard *graphql.Response, data json.RawMessage, err error) (call corpus.Call, flaw error) {
	if status := (*graphql.HTTPError)(nil); errors.As(err, &status) {
		return call, fmt.Errorf("status %d, whose answer a graphql.Client does not tell", status.StatusCode)
	}
	if list := gqlerror.List(nil); err != nil && !errors.As(err, &list) {
		return call, fmt.Errorf("no answer: %w", err)
	}
	if heard.Data == nil {
		data = json.RawMessage("null")
	}
	sent, err := json.Marshal(req)
	if err != nil {
		return call, err
	}
	got, err := plainJSON(response{data, heard.Errors, heard.Extensions})
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
