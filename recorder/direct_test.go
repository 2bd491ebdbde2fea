package recorder

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// roundTrip sends one request and returns what came back.
func roundTrip(ctx context.Context, d *direct, url, body string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	var text bytes.Buffer
	if err := req.Write(&text); err != nil {
		return "", err
	}
	resp, err := d.ask(req.URL.Host, text.Bytes(), req, func() {}, func(*http.Response) error { return nil })
	if err != nil {
		return "", err
	}
	answer, err := io.ReadAll(resp.Body)
	return fmt.Sprint(resp.StatusCode, " ", string(answer)), errors.Join(err, resp.Body.Close())
}

// Connections are used again, by one request at a time.
func TestDirectKeepsConnections(t *testing.T) {
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/chunks" {
			w.(http.Flusher).Flush()
		}
		_, _ = w.Write(body)
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	d := newDirect()
	for i := range 20 {
		for _, path := range []string{"/", "/chunks"} {
			want := fmt.Sprintf("200 body %d", i)
			if got, err := roundTrip(t.Context(), d, server.URL+path, want[4:]); err != nil || got != want {
				t.Fatalf("%s: got %q, %v, want %q", path, got, err, want)
			}
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections for requests that came one after the other", n)
	}
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			want := fmt.Sprintf("200 %d", i)
			if got, err := roundTrip(t.Context(), d, server.URL, want[4:]); err != nil || got != want {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		})
	}
	all.Wait()
}

// A connection that the server closed while nobody used it is not used again: the
// operation could not be sent a second time.
func TestDirectLeavesClosedConnections(t *testing.T) {
	for _, last := range []struct{ reason, bytes string }{
		{"closed", ""},
		{"closed with a word", "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"},
	} {
		t.Run(last.reason, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			closed := make(chan struct{}, 3)
			go func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
						_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"+last.bytes)
					}
					_ = conn.Close()
					closed <- struct{}{}
				}
			}()
			d := newDirect()
			for range 3 {
				if got, err := roundTrip(t.Context(), d, "http://"+l.Addr().String()+"/", "x"); err != nil || got != "200 ok" {
					t.Fatalf("got %q, %v", got, err)
				}
				<-closed
				time.Sleep(10 * time.Millisecond) // until the end has come
			}
		})
	}
}

// Who no longer waits gets the context's error, and the connection is not used again.
func TestDirectGivesUp(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hang" {
			<-release
		}
		if r.URL.Path == "/half" {
			_, _ = io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			<-release
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	d := newDirect()
	for _, path := range []string{"/hang", "/half"} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		got, err := roundTrip(ctx, d, server.URL+path, "x")
		cancel()
		if err == nil {
			t.Errorf("%s: got %q and no error", path, got)
		}
		for address, list := range d.idle {
			if len(list) > 0 {
				t.Errorf("%s: the connection to %s is kept", path, address)
			}
		}
	}
}

// No answer is an error that says so.
func TestDirectWithoutAnswer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_ = conn.Close()
		}
	}()
	_, err = roundTrip(t.Context(), newDirect(), "http://"+l.Addr().String()+"/", "x")
	if err == nil || !strings.Contains(err.Error(), "closed the connection before it answered") {
		t.Errorf("got %v", err)
	}
}
