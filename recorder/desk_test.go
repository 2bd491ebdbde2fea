package recorder

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// pipe is one end of two pipes.
type pipe struct {
	io.Reader
	io.WriteCloser
}

// elsewhere runs a scribe and returns the pipe to it. What it ended with comes from
// ended.
func elsewhere(t *testing.T, o Options) (to io.ReadWriteCloser, ended <-chan error) {
	t.Helper()
	sheetsIn, sheets := io.Pipe()
	receipts, receiptsOut := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := Scribe(context.Background(), sheetsIn, receiptsOut, o)
		_ = receiptsOut.Close()
		_ = sheetsIn.Close()
		done <- err
	}()
	return pipe{receipts, sheets}, done
}

// once gives the pipe to a scribe that no other follows.
func once(pipe io.ReadWriteCloser) func() (io.ReadWriteCloser, error) {
	given := false
	return func() (io.ReadWriteCloser, error) {
		if given {
			return nil, errors.New("there is no other")
		}
		given = true
		return pipe, nil
	}
}

// A scribe elsewhere writes, byte for byte, what would be written here, and counts the
// same: what is there, what differs, what is not redacted, who asked.
func TestScribeElsewhere(t *testing.T) {
	at := time.Date(2026, 11, 20, 14, 3, 22, 184e6, time.UTC)
	options := func() Options {
		return Options{
			Out: filepath.Join(t.TempDir(), "corpus"), KeepHeaders: []string{"x-kept"}, Now: func() time.Time { return at },
			Stores: map[string]store.Recordable{"db": content{stateOf(t, afterwards)["db"]}},
			Identify: func(h http.Header) (name, value string, err error) {
				if h.Get("authorization") == "Bearer broken" {
					return "", "", errors.New("the token is none")
				}
				return "x-user", strings.TrimPrefix(h.Get("authorization"), "Bearer "), nil
			},
			Redact: func(c *corpus.Case) (*corpus.Case, error) {
				if strings.Contains(c.Request.Document, "secret") {
					return nil, errors.New("a place without a rule")
				}
				c.Request.Document = strings.ReplaceAll(c.Request.Document, "Ann", "Xyz")
				return c, nil
			},
		}
	}
	record := func(o Options) Summary {
		var err error
		if o.Base, err = newBase(t, o.Out, nil); err != nil {
			t.Fatal(err)
		}
		n := 0
		r, err := Handler(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if n++; req.Header.Get("x-other") != "" {
				_, _ = io.WriteString(w, `{"data":{"a":2.0}}`)
				return
			}
			_, _ = io.WriteString(w, `{"data":{"a":1.0,"b":"\ud800","c":1e400}}`)
		}), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, headers := range [][]string{
			{"authorization", "Bearer ann"},
			{"authorization", "Bearer ann"},
			{"authorization", "Bearer ann", "x-other", "1"},
			{"authorization", "Bearer broken"},
			{"x-kept", "kept"},
		} {
			ask(t, r, `{"query":"query Ann { name }","variables":{"a":1.0,"a":18446744073709551616}}`, headers...)
		}
		ask(t, r, `{"query":"{ secret }"}`)
		return r.Close(t.Context())
	}
	here := options()
	want := record(here)
	there := options()
	pipe, ended := elsewhere(t, there)
	there.Scribe = once(pipe)
	got := record(there)
	if diff := cmp.Diff(want, got); diff != "" || want.Recorded != 2 || want.Unchanged != 1 || len(want.Differing) != 1 || len(want.Skipped) != 2 {
		t.Errorf("here (-), elsewhere (+):\n%s\n%s", diff, want)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(filesIn(t, here.Out), filesIn(t, there.Out)); diff != "" {
		t.Errorf("here (-), elsewhere (+):\n%s", diff)
	}
}

func filesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[name] = string(text)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// A scribe that ends costs what it had not answered and what comes later, and no answer.
func TestScribeThatEnds(t *testing.T) {
	sheets, in := io.Pipe()
	receipts, out := io.Pipe()
	r, asks := within(t, func(o *Options) { o.Scribe = once(pipe{receipts, in}) })
	go func() {
		_, _ = io.ReadFull(sheets, make([]byte, 200)) // the first one, or a part of it
		_ = sheets.Close()
		_ = out.Close()
	}()
	for i := range 5 {
		asks(i)
	}
	if s := r.Summary(); s.Skipped[scribeEnded].Count != 5 || s.Unfinished > 0 {
		t.Errorf("the summary is\n%s", s)
	}
	asks(6)
	if s := r.Close(t.Context()); s.Skipped[scribeEnded].Count != 6 {
		t.Errorf("the summary is\n%s", s)
	}
}

// Another scribe follows one that ended: what comes after that is written.
func TestScribeThatIsReplaced(t *testing.T) {
	var out string
	starts := 0
	r, asks := within(t, func(o *Options) {
		out = o.Out
		there := Options{Out: out}
		o.Scribe = func() (io.ReadWriteCloser, error) {
			if starts++; starts == 2 {
				return nil, errors.New("too many processes")
			}
			there, _ := elsewhere(t, there)
			return there, nil
		}
	})
	asks(0)
	if s := r.Summary(); s.Recorded != 1 {
		t.Fatalf("the summary is\n%s", s)
	}
	broken := r.desk.wire
	_ = broken.pipe.Close() // as if it was killed
	asked := 1
	for ; r.Summary().Recorded < 2; asked++ {
		if asked > 1000 {
			t.Fatalf("no other scribe followed; the summary is\n%s", r.Summary())
		}
		asks(asked)
		time.Sleep(10 * time.Millisecond)
	}
	asks(asked)
	s := r.Close(t.Context())
	if lost := s.Skipped[scribeEnded].Count; s.Recorded != 3 || lost != asked-2 || lost < 1 || starts != 3 {
		t.Errorf("%d starts, %d lost of %d; the summary is\n%s", starts, lost, asked+1, s)
	}
	if got := len(filesIn(t, out)); got != 3 {
		t.Errorf("%d files", got)
	}
}

// A scribe that does not read costs what the queue cannot hold.
func TestScribeThatHangs(t *testing.T) {
	_, in := io.Pipe()
	receipts, _ := io.Pipe()
	r, asks := within(t, func(o *Options) { o.Scribe, o.Queue, o.Drain = once(pipe{receipts, in}), 3, 10*time.Millisecond })
	for i := range 8 {
		asks(i)
	}
	if s := r.Summary(); s.Skipped["queue is full"].Count != 5 || s.Unfinished != 3 {
		t.Errorf("the summary is\n%s", s)
	}
	_ = in.Close()
}
