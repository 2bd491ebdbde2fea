package recorder_test

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/sidebyside/replay/recorder"
	"github.com/sidebyside/replay/recorder/shape"
)

// TestPerShape records a day of traffic that hardly shows anything new, and the same
// traffic on the next day into the same corpus.
func TestPerShape(t *testing.T) {
	out := filepath.Join(t.TempDir(), "corpus")
	legacy := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"data":{"rename":{"id":"42"}}}`)
	})
	day := func(from int) recorder.Summary {
		limit, err := shape.NewLimit(2, out)
		if err != nil {
			t.Fatal(err)
		}
		s := recordBefore(t, legacy, nil, func(o *recorder.Options) { o.Out, o.PerShape = out, limit })
		for i := range 5 {
			post(t, s.url, fmt.Sprintf(`{"query":"mutation { rename(title: \"no. %d\") { id } }"}`, from+i))
		}
		post(t, s.url, `{"query":"mutation { rename(title: null) { id } }"}`)
		post(t, s.url, fmt.Sprintf(`{"query":"mutation { rename(title: \"no. %d\") { id } }"}`, from)) // again
		return s.rec.Close(t.Context())
	}
	for i, want := range []struct{ recorded, unchanged, left int }{
		{3, 1, 3}, // two titles, and null; the title again is a case that is there
		{0, 1, 6}, // null is there already
	} {
		got := day(10 * i)
		if got.Recorded != want.recorded || got.Unchanged != want.unchanged || got.LeftOut["shape"] != want.left || len(got.Skipped) > 0 {
			t.Errorf("day %d: want %+v, got\n%s", i+1, want, got)
		}
	}
}
