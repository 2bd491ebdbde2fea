package page_test

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/sidebyside/replay/harness/page"
)

// TestDataStaysData wants text in data to end no element, and the title to be text.
func TestDataStaysData(t *testing.T) {
	var b bytes.Buffer
	err := page.Page{Title: "<b>&", Body: func(w io.Writer) error {
		return page.Data(w, "d", map[string]string{"x": "</script><script>alert(1)</script><!--\u2028"})
	}}.Write(&b)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "</script>"); n != 2 {
		t.Errorf("%d ends of scripts, want the data's and the page's own", n)
	}
	if strings.Contains(b.String(), "<b>") || strings.Contains(b.String(), "<!--") {
		t.Error("text of data or title became an element")
	}
}

// TestPolicy wants nothing allowed but the page's own style and script.
func TestPolicy(t *testing.T) {
	var b bytes.Buffer
	if err := (page.Page{Title: "t", Style: "a{}", Script: "1;", Body: func(io.Writer) error { return nil }}).Write(&b); err != nil {
		t.Fatal(err)
	}
	policy := regexp.MustCompile(`default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'`)
	if !policy.MatchString(b.String()) {
		t.Errorf("the policy is not the strict one:\n%.600s", b.String())
	}
}

// TestWriteErrors wants what cannot be written said.
func TestWriteErrors(t *testing.T) {
	body := errors.New("no body")
	if err := (page.Page{Body: func(io.Writer) error { return body }}).Write(io.Discard); !errors.Is(err, body) {
		t.Errorf("error %v, want the body's", err)
	}
	if err := (page.Page{Script: "'</SCRIPT>'"}).Write(io.Discard); err == nil {
		t.Error("a script that ends early is written")
	}
	if err := page.Data(io.Discard, "d", func() {}); err == nil {
		t.Error("a function is written as data")
	}
}
