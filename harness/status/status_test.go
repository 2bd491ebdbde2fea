package status

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/harness/migration"
	"github.com/sidebyside/replay/harness/signoff"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (run with -update after a look):\n%s", name, diff)
	}
}

func example() *Report {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	expires := at.AddDate(0, 0, 30)
	return &Report{
		Version: 1, Tool: "replay v0", Config: "replay.yaml", At: at, Last: &Last{File: "report.json", Started: at, Stale: "the corpus has changed since"},
		Fields: []Field{
			{Coordinate: "Query.class", Verdicts: map[harness.Verdict]int{}},
			{
				Coordinate: "Mutation.rename", State: migration.Canary, From: "python", Cases: 3, Coverage: &signoff.Part{Count: 2, Of: 3},
				Verdicts: map[harness.Verdict]int{harness.Equivalent: 2, harness.Divergent: 1}, Failing: []string{"rename/a"}, Open: 2,
				Bugs: []Bug{{"<half|even>", "ported"}}, SignOff: SignOff{Reasons: []string{"proofs/a.json: it expired on <b>"}},
			},
			{Coordinate: "Mutation.archive", State: migration.Manual, Verdicts: map[harness.Verdict]int{}, SignOff: SignOff{Valid: true, Expires: &expires}},
		},
		History: []Point{
			{Day: "2026-11-01", States: map[string]int{"manual": 3, "side-by-side": 1}},
			{Day: "2026-11-10", States: map[string]int{"manual": 2, "side-by-side": 1, "canary": 1}},
			{Day: "2026-11-20", States: map[string]int{"manual": 1, "canary": 1, "migrated": 2}},
		},
	}
}

func TestReports(t *testing.T) {
	for name, write := range map[string]func(*Report, *bytes.Buffer) error{
		"status.txt":  func(r *Report, b *bytes.Buffer) error { return r.WriteText(b) },
		"status.md":   func(r *Report, b *bytes.Buffer) error { return r.WriteMarkdown(b) },
		"status.json": func(r *Report, b *bytes.Buffer) error { return r.WriteJSON(b) },
		"status.html": func(r *Report, b *bytes.Buffer) error { return r.WriteHTML(b) },
	} {
		var b bytes.Buffer
		if err := write(example(), &b); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
}

// TestBurndown wants the areas of the states to lie on one another.
func TestBurndown(t *testing.T) {
	c := burndown(example().History)
	var got []string
	for _, b := range c.Bands {
		got = append(got, b.State+" "+b.Points)
	}
	// 4 fields are the height of 232 between 12 and 244; 19 days the width of 904.
	want := []string{
		"canary 44.0,244.0 472.2,186.0 948.0,186.0 948.0,244.0 472.2,244.0 44.0,244.0",
		"side-by-side 44.0,186.0 472.2,128.0 948.0,186.0 948.0,186.0 472.2,186.0 44.0,244.0",
		"manual 44.0,12.0 472.2,12.0 948.0,128.0 948.0,186.0 472.2,128.0 44.0,186.0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if burndown(nil) != nil {
		t.Error("a chart of nothing")
	}
}

// TestAppend wants the history to have one line for each day and commit, however
// often and in which order they come.
func TestAppend(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		file := filepath.Join(dir, fmt.Sprint(n))
		last := map[string]int{}
		for _, day := range rapid.SliceOfN(rapid.IntRange(1, 4), 1, 12).Draw(t, "days") {
			p := Point{
				Day: fmt.Sprintf("2026-11-%02d", day), Commit: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "commit"),
				States: map[string]int{"manual": 1}, Open: rapid.IntRange(0, 9).Draw(t, "open"),
			}
			last[p.Day+p.Commit] = p.Open
			if _, err := Append(file, p); err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(file)
			points, err := Append(file, p)
			after, _ := os.ReadFile(file)
			if err != nil || !bytes.Equal(before, after) {
				t.Fatalf("doing it again changes the file: %v", err)
			}
			if len(points) != len(last) {
				t.Fatalf("%d lines for %d days and commits", len(points), len(last))
			}
			for i, one := range points {
				if one.Open != last[one.Day+one.Commit] || i > 0 && one.Day < points[i-1].Day {
					t.Fatalf("line %d: %+v", i+1, one)
				}
			}
		}
	})
}

func TestHistoryProblems(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history.jsonl")
	lines := []string{
		`{"day":"2026-11-01","states":{}}`, `{"day":"1 May","states":{}}`, `{"day":"2026-11-01","state":{}}`, `{"day":"2026-11-01","states":{"cannary":1}}`, `day`,
	}
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Append(file, Point{Day: "2026-11-02"})
	for _, want := range []string{`:2:1: the day "1 May"`, `:3:1: no line of a history: json: unknown field "state"`, `:4:1: unknown state "cannary"`, `:5:1: no line`} {
		if err == nil || !strings.Contains(err.Error(), file+want) {
			t.Errorf("have %v, want %s", err, want)
		}
	}
	if after, _ := os.ReadFile(file); string(after) != strings.Join(lines, "\n") {
		t.Error("a history that cannot be read was written over")
	}
}

// TestHTMLIsWhole wants the page to be well formed and to load nothing.
func TestHTMLIsWhole(t *testing.T) {
	var b bytes.Buffer
	if err := example().WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, bad := range []string{"http://", "https://", "src=", "<script", "<half", "on <b>", "ZgotmplZ"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	_, svg, _ := strings.Cut(page, "<svg")
	svg, _, _ = strings.Cut(svg, "</svg>")
	if err := xml.Unmarshal([]byte("<svg"+svg+"</svg>"), new(struct{})); err != nil {
		t.Errorf("the chart is not well formed: %v", err)
	}
}
