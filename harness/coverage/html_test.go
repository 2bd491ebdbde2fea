package coverage_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/coverage"
)

// TestPage wants every field and position on the page, and text of cases as text.
func TestPage(t *testing.T) {
	cases := append(school(t), request(t, `x/</script><img src=x onerror=alert(1)>`, `{ nope }`, "", `{"errors":[]}`))
	cov := coverage.Of(loadSchema(t, "testdata/school/schema.graphql"), cases)
	var b bytes.Buffer
	if err := cov.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, f := range cov.Fields {
		if !strings.Contains(text, `data-field="`+f.Coordinate+`"`) {
			t.Errorf("the page lacks %s", f.Coordinate)
		}
	}
	for _, want := range []string{"input.notes[].stars: Float", "answer at Removed.by", "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(text, "<img") {
		t.Error("text of a case became an element")
	}
	var none bytes.Buffer
	if err := coverage.Of(parseSchema(t, `type Query { a: Int }`), []*corpus.Case{}).WriteHTML(&none); err != nil {
		t.Errorf("a page of no cases: %v", err)
	}
}
