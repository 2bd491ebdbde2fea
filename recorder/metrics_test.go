package recorder

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
)

// What is counted in the Summary stands in the metrics, by reason.
func TestMetrics(t *testing.T) {
	r, ask1 := within(t, func(o *Options) { o.Queue, o.Select.Only = 2, corpus.Query })
	disk := make(chan struct{})
	writes := r.scribe.write
	r.scribe.write = func(name string, text []byte) error { <-disk; return writes(name, text) }
	for i := range 3 {
		ask1(i)
	}
	ask(t, r, `{"query":"mutation { a }"}`)
	ask(t, r, `{"query":"{"}`)
	want := []string{
		`replay_record_operations_total 5`,
		`replay_record_skipped_total{reason="operation does not parse"} 1`,
		`replay_record_skipped_total{reason="queue is full"} 1`,
		`replay_record_left_out_total{by="only"} 1`,
		`replay_record_queue_length 2`, `replay_record_queue_capacity 2`,
		`replay_record_in_flight 0`,
		`replay_record_bytes_total{direction="answer"} 55`,
		`replay_record_added_seconds_count 5`, `replay_record_turn_seconds_count 5`,
	}
	wantMetrics(t, r, want)
	close(disk)
	r.Summary()
	wantMetrics(t, r, []string{`replay_record_cases_total{outcome="written"} 2`, `replay_record_queue_length 0`, `replay_record_queue_bytes 0`})
}

func wantMetrics(t *testing.T, r *Recorder, lines []string) {
	t.Helper()
	w := httptest.NewRecorder()
	r.Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	for _, line := range lines {
		if !strings.Contains(w.Body.String(), "\n"+line+"\n") {
			t.Errorf("no line %s in\n%s", line, w.Body)
		}
	}
}
