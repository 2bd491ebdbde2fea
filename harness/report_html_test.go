package harness

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

func writePage(tb testing.TB, r *Report) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := r.WriteHTML(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// TestPageNeedsNothing wants nothing on the page that a browser would fetch, and no
// element that a case's text made.
func TestPageNeedsNothing(t *testing.T) {
	text := string(writePage(t, pageOf(40)))
	for _, pattern := range []string{`(?i)<link`, `(?i)<\w[^<>]*\s(src|href)=`, `(?i)@import`, `url\(`, `(?i)<img`, `\bfetch\(`, `innerHTML`, `insertAdjacentHTML`, `\beval\(`} {
		if at := regexp.MustCompile(pattern).FindStringIndex(text); at != nil {
			t.Errorf("the page has %s: …%s…", pattern, text[max(0, at[0]-60):min(len(text), at[1]+60)])
		}
	}
	scripts := strings.Count(text, "<script")
	if ends := strings.Count(text, "</script>"); ends != scripts {
		t.Errorf("%d scripts begin and %d end", scripts, ends)
	}
}

// TestPageIsBounded wants 10 000 cases on less than 20 MB, whole ones first among
// those that fail.
func TestPageIsBounded(t *testing.T) {
	text := writePage(t, pageOf(10_000))
	if limit := 20 << 20; len(text) > limit {
		t.Errorf("the page has %d bytes, want at most %d", len(text), limit)
	}
	t.Logf("%.1f MB", float64(len(text))/(1<<20))
}

// TestPageWithoutRoom wants results on the page where there is no room for more,
// and the page to say so.
func TestPageWithoutRoom(t *testing.T) {
	r := pageOf(40)
	r.details = nil
	if text := string(writePage(t, r)); !strings.Contains(text, `"whole":0,"bare":`) || !strings.Contains(text, `id="chunk0"`) {
		t.Error("without details, the results are missing or taken for whole cases")
	}
	var none Report
	if text := string(writePage(t, &none)); !strings.Contains(text, `"rows":[]`) {
		t.Error("a report of no cases has no list")
	}
}

// TestDetailsAreBounded wants cases that agree to leave room for those that do not.
func TestDetailsAreBounded(t *testing.T) {
	d := &Details{}
	d.used[1] = othersRoom
	_, agrees, j := pageCase(0)
	d.keep(agrees, j)
	_, fails, j := pageCase(3)
	d.keep(fails, j)
	if d.of(agrees.Name) != nil || d.of(fails.Name) == nil {
		t.Error("with no room left for cases that agree, want the failing one alone kept")
	}
	if got := beginning(strings.Repeat("ä", maxText)); len(got) > maxText+60 || !strings.HasSuffix(got, "bytes, cut here)") || strings.Contains(got, "\ufffd") {
		t.Errorf("a long text is cut to %d bytes, ending in %q", len(got), got[len(got)-40:])
	}
}

// TestJSONReportHasNoDetails wants the contract of the JSON report unchanged.
func TestJSONReportHasNoDetails(t *testing.T) {
	with, without := pageOf(40), pageOf(40)
	without.details = nil
	var a, b bytes.Buffer
	if err := with.WriteJSON(&a); err != nil {
		t.Fatal(err)
	}
	if err := without.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the JSON report depends on details")
	}
}
