package recorder_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/recorder"
)

// A client that tells legacy the time is recorded at that time, because that is
// the time that legacy wrote.
func TestRecordedAtTheTimeThatLegacyWasTold(t *testing.T) {
	tests := []struct{ reason, option, header, value, want string }{
		{"legacy obeys the header", "x-replay-now", "X-Replay-Now", "2026-09-18T13:59:59.9999+02:00", "2026-09-18T11:59:59.999Z"},
		{"legacy does not, so the header means nothing", "", "X-Replay-Now", "2026-09-18T11:59:59Z", "2026-11-20T13:03:22.184Z"},
		{"a request without it has the time of the clock", "x-replay-now", "X-Other", "2026-09-18T11:59:59Z", "2026-11-20T13:03:22.184Z"},
		{"what is no instant tells nothing", "x-replay-now", "X-Replay-Now", "soon", "2026-11-20T13:03:22.184Z"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			s := record(t, seed(), func(o *recorder.Options) { o.NowHeader = tt.option })
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url, strings.NewReader(`{"query":"{ task(board: 1, id: 3) { id } }"}`))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set(tt.header, tt.value)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			s.rec.Summary()
			cases, err := corpus.Open(s.out)
			if err != nil || len(cases.Cases) != 1 {
				t.Fatalf("%d cases, %v", len(cases.Cases), err)
			}
			if got := cases.Cases[0].Recorded.At.Format(time.RFC3339Nano); got != tt.want {
				t.Errorf("recorded at %s, want %s", got, tt.want)
			}
		})
	}
}
