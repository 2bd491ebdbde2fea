package ledger

import (
	"os"
	"strings"
	"testing"
)

// The example of the documentation must load.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/ledger.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/ledger.md has no example")
	}
	names := testNames(t)
	names.Classes = append(names.Classes, "byte versus character length")
	if _, problems := Read("docs/ledger.md", []byte(example), names); len(problems) > 0 {
		t.Error(problems)
	}
}
