package classroom_test

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/harness"
)

// TestConformance has a subtest for each recorded case:
//
//	go test -run 'TestConformance/renameAssignment' ./examples/classroom
func TestConformance(t *testing.T) {
	harness.Test(t, "replay.yaml", func(c *harness.Config, _ *harness.Options) {
		for _, i := range []*harness.Implementation{c.Legacy, c.Candidate} {
			i.Build, i.Command = nil, []string{filepath.Join(programs, i.Name)}
		}
	})
}

// TestShards wants three shards, joined, to say what one run does: byte for byte,
// but for times.
func TestShards(t *testing.T) {
	for _, broken := range []string{"", "fixed-half-even"} {
		t.Run("break "+broken, func(t *testing.T) {
			c, cases := replays(t)
			c.Candidate.Env = map[string]string{"CLASSROOM_BREAK": broken, "CLASSROOM_CLOCK": "header"}
			opts := harness.Options{At: time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)}
			whole := readBack(t, run(t, c, cases, opts))
			var shards []harness.ReportFile
			for i := 1; i <= 3; i++ {
				opts.Shard = harness.Shard{Index: i, Of: 3}
				part := run(t, c, cases, opts)
				if n := len(part.Results); n < len(cases.Cases)/4 || n > len(cases.Cases)/2 {
					t.Errorf("shard %d has %d of %d cases", i, n, len(cases.Cases))
				}
				shards = append(shards, harness.ReportFile{Name: fmt.Sprintf("%d.json", i), Report: readBack(t, part)})
			}
			merged, err := harness.Merge(shards)
			if err != nil {
				t.Fatal(err)
			}
			if want := broken != ""; whole.Fails() != want || merged.Fails() != want {
				t.Errorf("whole fails: %v, merged: %v; want %v", whole.Fails(), merged.Fails(), want)
			}
			for name, write := range map[string]func(*harness.Report, io.Writer) error{
				"json": (*harness.Report).WriteJSON, "text": (*harness.Report).WriteText,
				"junit": (*harness.Report).WriteJUnit, "markdown": (*harness.Report).WriteMarkdown,
			} {
				if diff := cmp.Diff(timeless(t, whole, write), timeless(t, merged, write)); diff != "" {
					t.Errorf("%s (-one run +shards):\n%s", name, diff)
				}
			}
		})
	}
}

// readBack is a report as another program reads it.
func readBack(t *testing.T, r *harness.Report) *harness.Report {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	back, err := harness.ReadReport(&b)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// timeless is what a report says without the times that it took.
func timeless(t *testing.T, r *harness.Report, write func(*harness.Report, io.Writer) error) string {
	t.Helper()
	r.Started, r.Seconds = time.Time{}, 0
	for i := range r.Results {
		r.Results[i].Milliseconds = harness.Milliseconds{}
	}
	for i := range r.Normalizers { // whether two times are the same to the microsecond is chance
		if r.Normalizers[i].Use == "now" {
			r.Normalizers[i].Count = 0
		}
	}
	var b bytes.Buffer
	if err := write(r, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
