package recorder

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"maps"
	"mime"
	"net/http"
	"net/http/httputil"
	"strings"
)

// answer is what legacy said to one operation.
type answer struct {
	status int
	header http.Header
	body   []byte
	// rest is what follows the body where that is too large or not to be waited
	// for; nil otherwise.
	rest io.ReadCloser
	// broken is set when the answer broke off behind the body.
	broken error
}

// ask sends an operation to legacy. It asks for an answer without compression,
// so that the recorder can read what the client gets. It does not stop when the
// client goes away: legacy may go on, and the next operation must not meet it.
func (r *Recorder) ask(ctx context.Context, in *http.Request, body []byte) (answer, error) {
	url := *r.options.Target
	url.Path, url.RawPath = in.URL.Path, in.URL.RawPath
	if in.URL.RawQuery != "" {
		url.RawQuery = in.URL.RawQuery
	}
	out, err := http.NewRequestWithContext(ctx, in.Method, url.String(), bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	out.Header = in.Header.Clone()
	removeHopByHop(out.Header)
	out.Header.Set("Accept-Encoding", "identity")
	if out.Header.Get("User-Agent") == "" {
		out.Header.Set("User-Agent", "") // keeps net/http from naming itself
	}
	resp, err := r.options.Transport.RoundTrip(out)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: resp.StatusCode, header: resp.Header}
	if !isJSON(resp.Header) {
		a.rest = resp.Body
		return a, nil
	}
	a.body, a.broken = io.ReadAll(io.LimitReader(resp.Body, r.options.MaxBody+1))
	if int64(len(a.body)) > r.options.MaxBody {
		a.rest = resp.Body
		return a, nil
	}
	_ = resp.Body.Close()
	return a, nil
}

// isJSON says whether an answer is worth waiting for.
func isJSON(h http.Header) bool {
	mediaType, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err != nil || mediaType == "application/json" || strings.HasSuffix(mediaType, "+json") || mediaType == "text/plain"
}

// write gives the answer to the client, as it came. The client has it all when
// write returns.
func (a answer) write(w http.ResponseWriter) {
	removeHopByHop(a.header)
	maps.Copy(w.Header(), a.header)
	if a.rest == nil && a.broken == nil {
		w.Header().Set("Content-Length", fmt.Sprint(len(a.body)))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that is gone misses nothing
	flush(w)
	if a.rest != nil {
		_, a.broken = io.Copy(flushing{w}, a.rest)
		_ = a.rest.Close()
	}
	if a.broken != nil {
		panic(http.ErrAbortHandler) // the client's answer breaks off, too
	}
}

// flushing passes on each piece as it comes.
type flushing struct{ http.ResponseWriter }

func (f flushing) Write(p []byte) (int, error) {
	n, err := f.ResponseWriter.Write(p)
	flush(f.ResponseWriter)
	return n, err
}

func flush(w http.ResponseWriter) {
	_ = http.NewResponseController(w).Flush() // a writer that cannot flush has no buffer to empty
}

// removeHopByHop removes what belongs to one connection (RFC 9110, section
// 7.6.1).
func removeHopByHop(h http.Header) {
	for _, list := range h.Values("Connection") {
		for name := range strings.SplitSeq(list, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range []string{
		"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade",
	} {
		h.Del(name)
	}
}

// unreachable answers in legacy's stead.
func unreachable(w http.ResponseWriter, err error) {
	http.Error(w, "recorder: legacy gave no answer: "+err.Error(), http.StatusBadGateway)
}

// passThrough is the proxy for all that is no operation.
func (r *Recorder) passThrough() *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Transport:     r.options.Transport,
		FlushInterval: -1,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host = r.options.Target.Scheme, r.options.Target.Host
			p.Out.Host = ""
			for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
				if values, ok := p.In.Header[name]; ok {
					p.Out.Header[name] = values
				}
			}
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) { unreachable(w, err) },
		ErrorLog:     log.New(io.Discard, "", 0), //nolint:forbidigo // keeps the proxy from writing to standard error
	}
}
