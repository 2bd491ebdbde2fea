package recorder

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
)

// relay passes plain operations on as httputil.ReverseProxy does, in a fraction of its
// time; all else goes by that.
type relay struct {
	r         *Recorder
	transport http.RoundTripper
}

// perHop belongs to one connection (RFC 9110, section 7.6.1), or asks for what does.
var perHop = []string{"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
	"Te", "Trailer", "Transfer-Encoding", "Upgrade"}

// plain says whether a request is an operation all of which is for legacy, but for the
// wish to keep the connection, and whose body is in memory.
func plain(req *http.Request) bool {
	if takeOf(req.Context()) == nil || req.GetBody == nil || req.Header["Expect"] != nil || len(req.Trailer) > 0 {
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

// ServeHTTP has legacy answer a plain operation.
func (y relay) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	resp, err := y.transport.RoundTrip(y.out(w, req))
	if err == nil && resp.StatusCode == http.StatusSwitchingProtocols {
		_ = resp.Body.Close()
		err = errors.New("legacy switched protocols, which nobody asked for")
	}
	if err != nil {
		noAnswer(w, req, err)
		return
	}
	_ = watchEnd(resp) // it gives no error
	err = forward(w, resp)
	_ = resp.Body.Close()
	if err != nil && req.Context().Value(http.ServerContextKey) != nil {
		panic(http.ErrAbortHandler) // the answer breaks off
	}
}

// out is the request as it goes to legacy.
func (y relay) out(w http.ResponseWriter, req *http.Request) *http.Request {
	out := req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, header textproto.MIMEHeader) error { return interim(w, code, http.Header(header)) },
	}))
	_, userAgent := req.Header["User-Agent"]
	_, connection := req.Header["Connection"]
	if !userAgent || connection {
		out.Header = req.Header.Clone()
		delete(out.Header, "Connection")
		if !userAgent {
			out.Header["User-Agent"] = []string{""} // net/http adds none
		}
	}
	u := *req.URL
	u.Scheme, u.Host, u.RawQuery = y.r.options.Target.Scheme, y.r.options.Target.Host, y.r.query(req)
	out.URL, out.Host, out.Close = &u, "", false
	return out
}

// interim passes an answer before the answer on (RFC 9110, section 15.2).
func interim(w http.ResponseWriter, code int, header http.Header) error {
	h := w.Header()
	for name, values := range header {
		h[name] = values
	}
	w.WriteHeader(code)
	for name := range header {
		delete(h, name)
	}
	return nil
}

// forward passes an answer on. The error is that of reading or writing its body.
func forward(w http.ResponseWriter, resp *http.Response) error {
	h := w.Header()
	for name, values := range resp.Header {
		h[name] = values
	}
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
	if err := forwardBody(w, resp.Body); err != nil {
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

func forwardBody(w io.Writer, body io.Reader) error {
	piece := pieces.Get().(*[32 << 10]byte)
	defer pieces.Put(piece)
	for {
		n, err := body.Read(piece[:])
		if n > 0 {
			if _, err := w.Write(piece[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}
