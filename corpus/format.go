package corpus

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Format is the YAML form of a case. It ends in an error when the case holds
// what a case must not, so that whatever is written can be read again:
// Parse(Format(c)) equals c, and formatting that gives the same bytes. Effects and
// Unindexed are written in their own order, by key and by name.
func Format(c *Case) ([]byte, error) {
	data, err := FormatUnread(c)
	if err != nil {
		return nil, err
	}
	if _, err := Parse(c.Name+".yaml", data); err != nil {
		return nil, fmt.Errorf("format case %q: %w", c.Name, err)
	}
	return data, nil
}

// FormatUnread is [Format] without reading what it gives, which is most of the work:
// for who compares texts, or reads them anyway.
func FormatUnread(c *Case) ([]byte, error) {
	var w caseWriter
	n := w.caseNode(c)
	if w.err != nil {
		return nil, fmt.Errorf("format case %q: %w", c.Name, w.err)
	}
	return emit(n), nil
}

// FormatState is the YAML form of a fixture file, by the name of the store. Like
// [Format] it refuses what cannot be read again.
func FormatState(stores map[string]State) ([]byte, error) {
	var w caseWriter
	n := openMapping()
	w.stores(n, stores)
	if w.err != nil {
		return nil, fmt.Errorf("format fixture: %w", w.err)
	}
	if len(n.items) == 0 {
		return []byte("{}\n"), nil
	}
	data := emit(n)
	if _, err := ParseState("fixture", data); err != nil {
		return nil, fmt.Errorf("format fixture: %w", err)
	}
	return data, nil
}

// caseWriter turns the parts of a case into YAML, in the order of the format.
type caseWriter struct{ valueWriter }

func (w *caseWriter) caseNode(c *Case) *yamlNode {
	n := openMapping()
	n.member("version", scalar("", strconv.Itoa(FormatVersion)))
	if c.Description != "" {
		n.member("description", w.text(c.Description))
	}
	if len(c.Tags) > 0 {
		n.member("tags", w.texts(c.Tags))
	}
	n.member("recorded", w.recorded(c.Recorded))
	n.member("request", w.request(c.Request))
	n.member("fixture", w.fixture(c.Fixture))
	n.member("expect", w.observation(c.Expect))
	return n
}

func (w *caseWriter) texts(all []string) *yamlNode {
	n := list("")
	for _, s := range all {
		n.addItem(w.text(s))
	}
	return n
}

func (w *caseWriter) recorded(r Recorded) *yamlNode {
	n := mapping("")
	if !inYears(r.At) {
		return w.failf("recorded at %s, outside the years 1 to 9999", r.At)
	}
	form := "2006-01-02T15:04:05.000Z"
	if r.At.Nanosecond()%int(time.Millisecond) != 0 {
		form = time.RFC3339Nano
	}
	n.member("at", scalar("", r.At.UTC().Format(form)))
	w.optional(n, "implementation", r.Implementation)
	w.optional(n, "revision", r.Revision)
	return n
}

func (w *caseWriter) optional(n *yamlNode, name, s string) {
	if s != "" {
		n.member(name, w.text(s))
	}
}

func (w *caseWriter) request(r Request) *yamlNode {
	n := openMapping()
	n.member("operation", w.text(string(r.Operation)))
	n.member("fields", w.texts(r.Fields))
	n.member("document", w.document(r.Document))
	w.optional(n, "operationName", r.OperationName)
	w.optionalJSON(n, "variables", r.Variables)
	w.optionalJSON(n, "extensions", r.Extensions)
	w.optionalHeaders(n, r.Headers)
	return n
}

func (w *caseWriter) optionalJSON(n *yamlNode, name string, j JSON) {
	if j != nil {
		n.member(name, w.json(j))
	}
}

func (w *caseWriter) optionalHeaders(n *yamlNode, headers map[string]string) {
	if len(headers) == 0 {
		return
	}
	h := mapping("")
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		w.checkUTF8(name)
		h.member(name, w.text(headers[name]))
	}
	n.member("headers", h)
}

func (w *caseWriter) observation(o Observation) *yamlNode {
	n := openMapping()
	h := mapping("")
	h.member("status", scalar("", strconv.Itoa(o.HTTP.Status)))
	w.optionalHeaders(h, o.HTTP.Headers)
	n.member("http", h)
	w.optionalJSON(n, "response", o.Response)
	n.member("effects", w.effectsByStore(o.Effects))
	calls := list("")
	calls.open = len(o.Calls) > 0
	for _, c := range o.Calls {
		calls.addItem(w.call(c))
	}
	n.member("calls", calls)
	return n
}

func (w *caseWriter) call(c Call) *yamlNode {
	request := mapping("")
	request.member("method", w.text(c.Request.Method))
	request.member("path", w.text(c.Request.Path))
	if c.Request.Document != "" {
		request.member("document", w.document(c.Request.Document))
	}
	w.optionalJSON(request, "variables", c.Request.Variables)
	w.optionalJSON(request, "body", c.Request.Body)
	response := mapping("")
	response.member("status", scalar("", strconv.Itoa(c.Response.Status)))
	w.optionalJSON(response, "body", c.Response.Body)
	n := openMapping()
	n.member("upstream", w.text(c.Upstream))
	n.member("request", request)
	n.member("response", response)
	return n
}
