package recorder

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
)

// relay passes plain operations on as httputil.ReverseProxy does, in a fraction of its
// time; all else goes by that.
type relay struct {
	r       *Recorder
	direct  *direct
	address string // of legacy, host:port; "" where it is not reached directly
}

func newRelay(r *Recorder) relay {
	t := r.options.Target
	if r.options.Transport != nil || t.Scheme != "http" {
		return relay{}
	}
	return relay{r, newDirect(), net.JoinHostPort(t.Hostname(), cmp.Or(t.Port(), "80"))}
}

// perHop belongs to one connection (RFC 9110, section 7.6.1), or asks for what does.
var perHop = []string{
	"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
	"Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// takes says whether a request is an operation all of which is for legacy, but for the
// wish to keep the connection, and whose body is small and in memory.
func (y relay) takes(req *http.Request) bool {
	const most = 64 << 10 // bytes: they fit the buffers of a connection
	if y.address == "" || takeOf(req.Context()) == nil || req.GetBody == nil || req.ContentLength < 0 || req.ContentLength > most ||
		req.Header["Expect"] != nil || len(req.Trailer) > 0 {
		return false
	}
	for _, name := range perHop {
		values, ok := req.Header[name]
		if ok && (name != "Connection" || len(values) != 1 || !strings.EqualFold(values[0], "keep-alive")) {
			return false
		}
	}
	return true
}

// ServeHTTP has legacy answer an operation.
func (y relay) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	text, err := y.text(req)
	if err == nil {
		err = y.pass(w, req, text)
	}
	if err != nil {
		noAnswer(w, req, err)
	}
}

// pass asks legacy and passes its answer on. The error is that there is none; an answer
// that breaks off is a panic with http.ErrAbortHandler, as net/http wants it.
func (y relay) pass(w http.ResponseWriter, req *http.Request, text []byte) error {
	resp, err := y.direct.ask(y.address, text, req, takeOf(req.Context()).read, func(r *http.Response) error { return interim(w, r) })
	if err != nil {
		return err
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		_ = resp.Body.Close()
		return errors.New("it switched protocols, which nobody asked for")
	}
	_ = watchEnd(resp) // it gives no error
	err = forward(w, resp)
	_ = resp.Body.Close()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// text is the request as it goes to legacy: with nothing added or taken away but what
// belongs to the connection.
func (y relay) text(req *http.Request) ([]byte, error) {
	target := *req.URL
	target.RawQuery = y.r.query(req)
	var out bytes.Buffer
	out.Grow(512 + int(req.ContentLength))
	out.WriteString(req.Method)
	out.WriteByte(' ')
	out.WriteString(target.RequestURI())
	out.WriteString(" HTTP/1.1\r\nHost: ")
	out.WriteString(y.r.options.Target.Host)
	out.WriteString("\r\n")
	_ = req.Header.WriteSubset(&out, framing) // a buffer gives no error
	if req.ContentLength > 0 || req.Method != http.MethodGet {
		out.WriteString("Content-Length: ")
		out.WriteString(strconv.FormatInt(req.ContentLength, 10))
		out.WriteString("\r\n")
	}
	out.WriteString("\r\n")
	body, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	_, err = out.ReadFrom(body)
	return out.Bytes(), err
}

// framing are the headers that the relay says itself.
var framing = map[string]bool{"Connection": true, "Content-Length": true, "Host": true}

// interim passes an answer before the answer on (RFC 9110, section 15.2).
func interim(w http.ResponseWriter, r *http.Response) error {
	h := w.Header()
	maps.Copy(h, r.Header)
	w.WriteHeader(r.StatusCode)
	for name := range r.Header {
		delete(h, name)
	}
	return nil
}

// forward passes an answer on. The error is that of reading or writing its body.
func forward(w http.ResponseWriter, resp *http.Response) error {
	h := w.Header()
	maps.Copy(h, resp.Header)
	for _, values := range resp.Header["Connection"] {
		for name := range strings.SplitSeq(values, ",") {
			h.Del(textproto.TrimString(name))
		}
	}
	for _, name := range perHop {
		delete(h, name)
	}
	announced := len(resp.Trailer)
	for name := range resp.Trailer {
		h.Add("Trailer", name)
	}
	w.WriteHeader(resp.StatusCode)
	if resp.ContentLength < 0 {
		_ = http.NewResponseController(w).Flush() // its first piece may be long in coming
	}
	piece := buffers{}.Get()
	defer buffers{}.Put(piece)
	if _, err := io.CopyBuffer(w, resp.Body, piece); err != nil {
		return err
	}
	if len(resp.Trailer) == 0 {
		return nil
	}
	_ = http.NewResponseController(w).Flush() // so that the answer goes in chunks, which alone can have trailers
	prefix := http.TrailerPrefix
	if len(resp.Trailer) == announced {
		prefix = ""
	}
	for name, values := range resp.Trailer {
		h[prefix+name] = values
	}
	return nil
}
