package recorder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// within starts a recorder around a handler that answers at once, and returns what
// asks it the i-th operation.
func within(t *testing.T, change func(*Options)) (*Recorder, func(i int)) {
	t.Helper()
	o := Options{Out: filepath.Join(t.TempDir(), "corpus"), Now: func() time.Time { return time.Unix(1e9, 0) }}
	if change != nil {
		change(&o)
	}
	r, err := Handler(answering(`{"data":{}}`), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Summary() })
	return r, func(i int) { t.Helper(); ask(t, r, fmt.Sprintf(`{"query":"{ field%d }"}`, i)) }
}

func answering(body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	})
}

// ask sends one operation, whose answer must come.
func ask(t *testing.T, h http.Handler, body string, headers ...string) string {
	t.Helper()
	req := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"data"`) {
		t.Errorf("answered with %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// A disk that does not answer costs what the queue cannot hold, and no answer.
func TestSlowDisk(t *testing.T) {
	r, ask := within(t, func(o *Options) { o.Queue = 4 })
	disk := make(chan struct{})
	writes := r.scribe.write
	r.scribe.write = func(name string, text []byte) error {
		<-disk
		return writes(name, text)
	}
	for i := range 10 {
		ask(i) // nothing is written until all are answered
	}
	close(disk)
	if got := r.Summary(); got.Recorded != 4 || got.Skipped["queue is full"].Count != 6 {
		t.Error(got)
	}
	if n, size, pending := r.backlog.state(); n != 0 || size != 0 || pending != 0 {
		t.Errorf("%d recordings, %d bytes, %d pending are left", n, size, pending)
	}
}

// The queue is bounded in bytes, too.
func TestLargeRecordingsFillTheQueue(t *testing.T) {
	const each = 64 << 10
	r, _ := within(t, func(o *Options) { o.QueueBytes = 3 * each })
	disk := make(chan struct{})
	r.scribe.write = func(string, []byte) error { <-disk; return nil }
	for i := range 6 {
		ask(t, r, fmt.Sprintf(`{"query":"{ field%d }","variables":{"text":%q}}`, i, strings.Repeat("x", each-16<<10)))
	}
	_, size, _ := r.backlog.state()
	if size > 3*each {
		t.Errorf("the queue holds %d bytes", size)
	}
	close(disk)
	if got := r.Summary(); got.Recorded < 2 || got.Recorded+got.Skipped["queue is full"].Count != 6 || got.Recorded > 3 {
		t.Error(got)
	}
}

// Whatever goes wrong beside the answer costs that recording, and the next is made.
func TestTroubleCostsARecordingOnly(t *testing.T) {
	full := fmt.Errorf("save case: %w", syscall.ENOSPC)
	tests := []struct {
		reason string
		change func(*Options, *bool)
		save   func() error
		want   string
	}{
		{"a full disk", nil, func() error { return full }, "case not written"},
		{"a panic while writing", nil, func() error { panic("trouble") }, "recording panicked"},
		{"a panic in redaction", func(o *Options, trouble *bool) {
			o.Redact = func(c *corpus.Case) (*corpus.Case, error) {
				if *trouble {
					panic("a secret")
				}
				return c, nil
			}
		}, nil, "not redacted"},
		{"a panic in identity", func(o *Options, trouble *bool) {
			o.Identify = func(http.Header) (string, string, error) {
				if *trouble {
					panic("trouble")
				}
				return "", "", nil
			}
		}, nil, "recording panicked"},
		{"redaction that refuses", func(o *Options, trouble *bool) {
			o.Redact = func(c *corpus.Case) (*corpus.Case, error) {
				if *trouble {
					return nil, errors.New("unclassified")
				}
				return c, nil
			}
		}, nil, "not redacted"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			trouble := true
			r, ask := within(t, func(o *Options) {
				if tt.change != nil {
					tt.change(o, &trouble)
				}
			})
			writes := r.scribe.write
			if tt.save != nil {
				r.scribe.write = func(name string, text []byte) error {
					if trouble {
						return tt.save()
					}
					return writes(name, text)
				}
			}
			ask(1)
			if got := r.Summary(); got.Recorded != 0 || got.Skipped[tt.want].Count != 1 || strings.Contains(got.String(), "secret") {
				t.Error(got)
			}
			trouble = false
			ask(2)
			if got := r.Summary(); got.Recorded != 1 || len(got.Skipped) != 1 {
				t.Error(got)
			}
		})
	}
}

// On a file system that is really full. It needs the right to mount one.
func TestFullDisk(t *testing.T) {
	out := t.TempDir()
	if err := syscall.Mount("tmpfs", out, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("cannot mount a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(out, 0); err != nil {
			t.Error(err)
		}
	})
	r, ask := within(t, func(o *Options) { o.Out = out })
	for i := range 40 {
		ask(i)
	}
	got := r.Summary()
	if failed := got.Skipped["case not written"]; got.Recorded == 0 || failed.Count == 0 || got.Recorded+failed.Count != 40 || !strings.Contains(failed.Examples[0], "no space left") {
		t.Error(got)
	}
	c, err := corpus.Load(os.DirFS(out))
	if err != nil || len(c.Cases) != got.Recorded {
		t.Errorf("the corpus does not load whole: %v", err)
	}
}

func TestBodiesThatAreTooLarge(t *testing.T) {
	long := strings.Repeat("x", 2000)
	r, err := Handler(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"data":{"got":%d,"padding":%q}}`, len(body), req.Header.Get("X-Padding"))
	}), Options{Out: t.TempDir(), MaxBody: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, r, `{"query":"{ a }","padding":"`+long+`"}`); !strings.Contains(got, `"got":2030`) {
		t.Errorf("legacy got another body: %s", got)
	}
	if got := ask(t, r, `{"query":"{ a }"}`, "X-Padding", long); !strings.Contains(got, long) {
		t.Errorf("the client got another answer: %s", got)
	}
	ask(t, r, `{"query":"{ a }"}`)
	if got := r.Summary(); got.Recorded != 1 || got.Skipped["request too large"].Count != 1 || got.Skipped["answer too large"].Count != 1 {
		t.Error(got)
	}
}

// Close does not wait for ever, and counts what it does not wait for.
func TestCloseIsBounded(t *testing.T) {
	r, ask := within(t, nil)
	disk, reached := make(chan struct{}), make(chan struct{})
	r.scribe.write = func(string, []byte) error {
		reached <- struct{}{}
		<-disk
		return nil
	}
	lines := writers
	for i := range lines + 1 {
		ask(i) // one more than are written side by side
	}
	for range lines {
		<-reached
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if got := r.Close(over); got.Recorded != 0 || got.Unfinished != lines+1 || !strings.Contains(got.String(), fmt.Sprintf("not written in time: %d operations", lines+1)) {
		t.Error(got)
	}
	ask(lines + 1)
	close(disk)
	if got := r.Summary(); got.Recorded != lines || got.Skipped["recording had ended"].Count != 1 || got.LeftOut["recording has ended"] != 1 || got.Unfinished != 0 {
		t.Errorf("only those that were being written are: %s", got)
	}
}

// An operation that outlasts the timeout is answered, and holds nobody up. What runs
// beside it is not recorded, what comes later is.
func TestOperationThatOutlastsTheTimeout(t *testing.T) {
	proceed := make(chan struct{})
	r, err := Handler(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Header.Get("X-Slow") != "" {
			<-proceed
		}
		answering(`{"data":{}}`).ServeHTTP(w, req)
	}), Options{Out: t.TempDir(), Timeout: time.Millisecond, Exclusive: ExclusiveAll})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ask(t, r, `{"query":"{ slow }"}`, "X-Slow", "1")
	}()
	for r.flying.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	ask(t, r, `{"query":"{ beside }"}`) // waits for the timeout, not for the end
	close(proceed)
	<-ended
	ask(t, r, `{"query":"{ later }"}`)
	if got := r.Summary(); got.Recorded != 1 || got.Skipped["operation outlasted the timeout"].Count != 1 || got.Skipped["beside a request that nobody waits for"].Count != 1 {
		t.Error(got)
	}
}

// busy is a store whose calls go on after the answer, for the first time that it is
// asked.
type busy struct {
	store.Recordable
	asked int
}

func (b *busy) Continue(context.Context) error { return nil }

func (b *busy) Observe(ctx context.Context) (store.Observed, error) {
	if b.asked++; b.asked == 1 {
		<-ctx.Done()
		return store.Observed{}, fmt.Errorf("observe: %w", ctx.Err())
	}
	return store.Observed{}, nil
}

func (b *busy) Fixture(context.Context, store.FixtureOptions) (corpus.State, error) {
	return corpus.State{}, nil
}

// An answer does not wait long for store calls that legacy left running; the recording
// does.
func TestStoreCallsThatGoOn(t *testing.T) {
	s := &busy{}
	r, ask := within(t, func(o *Options) { o.Stores = map[string]store.Recordable{"datastore": s} })
	ask(1)
	if got := r.Summary(); got.Recorded != 1 || s.asked != 2 {
		t.Errorf("asked %d times; %s", s.asked, got)
	}
}
