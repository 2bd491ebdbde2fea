package recorder_test

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/sidebyside/replay/recorder"
)

// scripted is a legacy that answers each request with the bytes that it is given, and
// keeps the bytes of the requests.
type scripted struct {
	net.Listener
	answer string
	got    chan string
}

func newScripted(t *testing.T, answer string) *scripted {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := &scripted{l, answer, make(chan string, 1)}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.serve(conn)
		}
	}()
	return s
}

func (s *scripted) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	var read bytes.Buffer
	r := bufio.NewReader(io.TeeReader(conn, &read))
	req, err := http.ReadRequest(r)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, req.Body)
	s.got <- read.String()
	_, _ = io.WriteString(conn, s.answer)
}

// raw sends bytes and returns the bytes that come back.
func raw(t *testing.T, address, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if !strings.Contains(request, "Connection: close") {
		request += "no request\r\n\r\n" // which net/http refuses, and ends the connection
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	answer, _, _ := strings.Cut(string(got), "HTTP/1.1 400 Bad Request\r\n")
	return answer
}

// sameLines are the lines of a message with its header lines sorted: net/http sorts
// them by name, and keeps the order of the values of one.
func sameLines(message string) []string {
	head, body, _ := strings.Cut(message, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	slices.SortStableFunc(lines[1:], func(a, b string) int {
		nameA, _, _ := strings.Cut(a, ":")
		nameB, _, _ := strings.Cut(b, ":")
		return strings.Compare(nameA, nameB)
	})
	return append(lines, body)
}

const (
	operation = `{"query":"{ count }"}`
	countJSON = `{"data":{"count":1}}`
)

// What legacy says reaches the client as it was said, on the wire.
func TestAnswersByteForByte(t *testing.T) {
	packed := string(zipped(t, countJSON))
	tests := []struct{ reason, answer string }{
		{"headers, with several values each", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 20\r\nContent-Type: application/json\r\n" +
			"Date: Fri, 20 Nov 2026 14:03:22 GMT\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2; Path=/\r\nVary: Accept\r\nVary: Origin\r\nX-Empty: \r\n\r\n" + countJSON},
		{"no date and no type are not made up", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 20\r\n\r\n" + countJSON},
		{"a status of its own", "HTTP/1.1 422 Unprocessable Entity\r\nConnection: close\r\nContent-Length: 20\r\nContent-Type: application/json\r\n\r\n" + countJSON},
		{"no content", "HTTP/1.1 204 No Content\r\nConnection: close\r\nX-Why: nothing\r\n\r\n"},
		{"compressed", fmt.Sprintf("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\nContent-Type: application/json\r\n\r\n", len(packed)) + packed},
		{"an encoding that nobody knows", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: rot13\r\nContent-Length: 3\r\nContent-Type: application/json\r\n\r\n{}!"},
		{"chunks and trailers", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n" +
			"14\r\n" + countJSON + "\r\n0\r\nX-Sum: 7\r\n\r\n"},
		{"an interim answer", "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n" +
			"HTTP/1.1 200 OK\r\nContent-Length: 20\r\nContent-Type: application/json\r\nDate: Fri, 20 Nov 2026 14:03:22 GMT\r\nConnection: close\r\n\r\n" + countJSON},
		{"no JSON", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\nContent-Type: text/csv\r\n\r\na,b"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			// The first goes by httputil.ReverseProxy, the second by the relay.
			for _, closes := range []string{"Connection: close\r\n", ""} {
				legacy := newScripted(t, tt.answer)
				s := before(t, "http://"+legacy.Addr().String()+"/graphql", nil)
				request := fmt.Sprintf("POST /graphql HTTP/1.1\r\nHost: x\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
					closes, len(operation), operation)
				want := strings.ReplaceAll(tt.answer, "Connection: close\r\n", closes)
				if diff := cmp.Diff(sameLines(want), sameLines(raw(t, hostOf(s.url), request))); diff != "" {
					t.Errorf("asked with %q:\n%s", closes, diff)
				}
			}
		})
	}
}

// What the client says reaches legacy as it was said, but for the host and what
// belongs to the connection.
func TestRequestsByteForByte(t *testing.T) {
	const body = "{ \"query\" :\"{ count }\",\r\n \"variables\":{\"a\":1.0,\"a\":2} }"
	for _, request := range []string{
		"POST /graphql?a=%zz;b&c HTTP/1.1\r\nAccept-Encoding: br, gzip;q=0.5\r\nContent-Length: 55\r\nContent-Type: application/json\r\nForwarded: for=1\r\nX-Forwarded-For: 2\r\nX-Twice: 1\r\nX-Twice: 2\r\n\r\n" + body,
		"POST /graphql HTTP/1.1\r\nContent-Length: 55\r\nContent-Type: application/json\r\nUser-Agent: me\r\n\r\n" + body,
		"GET /graphql?query={count}&x=%zz HTTP/1.1\r\nAccept: */*\r\n\r\n",
		"POST /graphql HTTP/1.1\r\nContent-Length: 4\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n--x-",
		"POST /elsewhere?q=%zz HTTP/1.1\r\nContent-Length: 2\r\nX-Forwarded-Proto: https\r\n\r\nhi",
	} {
		for _, connection := range []string{"Connection: close\r\n", "Connection: keep-alive\r\n", ""} {
			legacy := newScripted(t, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
			s := before(t, "http://"+legacy.Addr().String()+"/graphql", nil)
			head, rest, _ := strings.Cut(request, "\r\n")
			raw(t, hostOf(s.url), head+"\r\nHost: the-client\r\n"+connection+rest)
			want := head + "\r\nHost: " + legacy.Addr().String() + "\r\n" + rest
			if diff := cmp.Diff(sameLines(want), sameLines(<-legacy.got)); diff != "" {
				t.Errorf("asked with %q:\n%s", connection, diff)
			}
		}
	}
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return u.Host
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Whatever the answer is compressed with, the case holds what it says.
func TestCompressedAnswersAreRecorded(t *testing.T) {
	through := func(open func(io.Writer) io.WriteCloser) func([]byte) []byte {
		return func(in []byte) []byte {
			var b bytes.Buffer
			w := open(&b)
			_, _ = w.Write(in)
			_ = w.Close()
			return b.Bytes()
		}
	}
	gzips := through(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
	bare := through(func(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, 9); return z })
	zlibs := through(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
	brs := through(func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) })
	zstds := through(func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z })
	plain := []byte(countJSON)
	tests := []struct {
		reason, encoding string
		body             []byte
		skipped          string // "" if it is recorded
	}{
		{"gzip", "gzip", gzips(plain), ""},
		{"its old name, in capitals", "X-GZIP", gzips(plain), ""},
		{"deflate as it is defined", "deflate", zlibs(plain), ""},
		{"deflate as some send it", "deflate", bare(plain), ""},
		{"Brotli", "br", brs(plain), ""},
		{"Zstandard", "zstd", zstds(plain), ""},
		{"one in another", "br, gzip", gzips(brs(plain)), ""},
		{"none", "identity", plain, ""},
		{"an unknown one is named", "rot13", plain, "answer is compressed as rot13"},
		{"not what it says", "gzip", plain, "answer does not unpack"},
		{"half of it", "gzip", gzips(plain)[:20], "answer does not unpack"},
		{"one that grows too large", "gzip", gzips(bytes.Repeat([]byte(" "), 1<<20)), "answer too large"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			s := recordBefore(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if got := r.Header.Get("Accept-Encoding"); got != "br, zstd" {
					t.Errorf("legacy was asked for %q", got)
				}
				w.Header().Set("Content-Encoding", tt.encoding)
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write(tt.body)
			}), nil, func(o *recorder.Options) { o.MaxBody = 1 << 16 })
			got := post(t, s.url, operation, "Accept-Encoding", "br, zstd")
			if got.Body != string(tt.body) || got.Header.Get("Content-Encoding") != tt.encoding {
				t.Errorf("the client got %q as %q", got.Body, got.Header.Get("Content-Encoding"))
			}
			summary := s.rec.Summary()
			if tt.skipped != "" {
				if summary.Recorded != 0 || summary.Skipped[tt.skipped].Count != 1 {
					t.Errorf("want %q; %s", tt.skipped, summary)
				}
			} else if cases := s.cases(t); len(cases) != 1 || cases[0].Expect.Response.String() != countJSON {
				t.Errorf("%d cases; %s", len(cases), summary)
			}
		})
	}
}

// The first byte of an answer reaches the client before legacy has sent the last one,
// and the case holds the whole.
func TestAnswersStream(t *testing.T) {
	for _, length := range []string{"", "20"} {
		proceed := make(chan struct{})
		s := recordBefore(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if length != "" {
				w.Header().Set("Content-Length", length)
			}
			for i := range len(countJSON) {
				_, _ = io.WriteString(w, countJSON[i:i+1])
				w.(http.Flusher).Flush()
				<-proceed
			}
		}), nil, nil)
		resp, err := http.Post(s.url, "application/json", strings.NewReader(operation))
		if err != nil {
			t.Fatal(err)
		}
		one := make([]byte, 1)
		for i := range len(countJSON) {
			if _, err := io.ReadFull(resp.Body, one); err != nil || one[0] != countJSON[i] {
				t.Fatalf("byte %d: %q, %v", i, one, err)
			}
			proceed <- struct{}{}
		}
		_ = resp.Body.Close()
		if cases := s.cases(t); len(cases) != 1 || cases[0].Expect.Response.String() != countJSON {
			t.Errorf("length %q: %d cases; %s", length, len(cases), s.rec.Summary())
		}
	}
}

// A client that goes away misses its answer; the corpus does not.
func TestClientGoneIsRecorded(t *testing.T) {
	arrived, proceed := make(chan struct{}), make(chan struct{})
	s := recordBefore(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-proceed
		if err := r.Context().Err(); err != nil {
			t.Errorf("legacy was given up: %v", err)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"data":{"long":%q}}`, strings.Repeat("x", 1<<20))
	}), nil, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, strings.NewReader(operation))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if resp, err := http.DefaultClient.Do(req); err == nil {
		_ = resp.Body.Close()
		t.Fatal("the client got an answer")
	}
	close(proceed)
	if got := s.rec.Summary(); got.Recorded != 1 {
		t.Error(got)
	}
}

// HTTP/2 without TLS on both sides, and on either.
func TestHTTP2(t *testing.T) {
	speaks := func(h http.Handler, cleartext2 bool) string {
		s := httptest.NewUnstartedServer(h)
		if cleartext2 {
			s.Config.Protocols = new(http.Protocols)
			s.Config.Protocols.SetUnencryptedHTTP2(true)
		}
		s.Start()
		t.Cleanup(s.Close)
		return s.URL + "/graphql"
	}
	for _, front := range []bool{false, true} {
		for _, back := range []bool{false, true} {
			legacy := speaks(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if want := map[bool]int{false: 1, true: 2}[back]; r.ProtoMajor != want {
					t.Errorf("legacy is asked by HTTP/%d", r.ProtoMajor)
				}
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Trailer", "X-Sum")
				_, _ = io.WriteString(w, countJSON)
				w.(http.Flusher).Flush() // by HTTP/1 trailers follow chunks, not a length
				w.Header().Set("X-Sum", "7")
			}), back)
			transport := recorder.CleartextHTTP2()
			s := before(t, legacy, func(o *recorder.Options) {
				if back {
					o.Transport = transport
				}
			})
			client := &http.Client{}
			if front {
				client.Transport = recorder.CleartextHTTP2()
			}
			resp, err := client.Post(speaks(s.rec, front), "application/json", strings.NewReader(operation))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if want := map[bool]int{false: 1, true: 2}[front]; err != nil || string(body) != countJSON || resp.ProtoMajor != want || resp.Trailer.Get("X-Sum") != "7" {
				t.Errorf("front %v, back %v: got %q by %s with %v, %v", front, back, body, resp.Proto, resp.Trailer, err)
			}
			if got := s.rec.Summary(); got.Recorded != 1 {
				t.Error(got)
			}
			client.CloseIdleConnections()
			transport.CloseIdleConnections()
		}
	}
}

// A request that offers HTTP/2 by an upgrade, as Java's client does with each, is an
// operation like any other.
func TestUpgradeToHTTP2IsNotTaken(t *testing.T) {
	s := record(t, seed(), nil)
	got := post(t, s.url, operation, "Connection", "Upgrade, HTTP2-Settings", "Upgrade", "h2c", "HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA")
	if got.Status != http.StatusOK || s.rec.Summary().Recorded != 1 {
		t.Errorf("got %v; %s", got, s.rec.Summary())
	}
}
