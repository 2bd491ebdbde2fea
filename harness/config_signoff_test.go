package harness

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// loadSignOff reads a configuration with a section signoff.
func loadSignOff(t *testing.T, section string) (*Config, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"schema.graphql": "type Query { class: Int }\ntype Mutation { rename: Int archive: Int renameAssignment: Int }\n",
		"corpus/a.txt":   "",
		"replay.yaml": `version: 1
schema: schema.graphql
implementations:
  legacy: {url: "http://127.0.0.1:1/graphql"}
` + section,
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return LoadConfig(dir)
}

func TestSignOffPolicy(t *testing.T) {
	c, err := loadSignOff(t, `signoff:
  cases: 3
  age: any
  directory: proofs
  fields:
    Mutation.rename: {coverage: 0.25, valid: 36h}
`)
	if err != nil {
		t.Fatal(err)
	}
	want := DefaultSignOffPolicy()
	want.Cases, want.Age = 3, 0
	if diff := cmp.Diff(want, c.SignOff.Policy("Mutation.archive")); diff != "" {
		t.Errorf("policy of all: %s", diff)
	}
	want.Coverage, want.Valid = 0.25, Span(36*time.Hour)
	if diff := cmp.Diff(want, c.SignOff.Policy("Mutation.rename")); diff != "" {
		t.Errorf("policy of one field: %s", diff)
	}
	if c.SignOff.Directory != filepath.Join(c.Dir, "proofs") {
		t.Errorf("directory %s", c.SignOff.Directory)
	}
	blank, err := loadSignOff(t, "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(DefaultSignOffPolicy(), blank.SignOff.Policy("Mutation.rename")); diff != "" {
		t.Errorf("blank policy: %s", diff)
	}
}

// TestSignOffDocs wants the page's policy to load, and to be the one that holds
// without it.
func TestSignOffDocs(t *testing.T) {
	page, err := os.ReadFile("../docs/signoff.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/signoff.md has no example")
	}
	c, err := loadSignOff(t, example)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(DefaultSignOffPolicy(), c.SignOff.Policy("Mutation.rename")); diff != "" {
		t.Error(diff)
	}
}

func TestSignOffProblems(t *testing.T) {
	for _, c := range []struct{ reason, section, want string }{
		{"a misspelt key", "signoff: {covrage: 0.5}", `replay.yaml:5:11: unknown key "covrage"; did you mean "coverage"?`},
		{"a percentage", "signoff: {coverage: 80}", `replay.yaml:5:21: want a share from 0 to 1, for example 0.8, have the number 80`},
		{"not a number", "signoff: {selftest: nan}", `replay.yaml:5:21: want a share from 0 to 1, for example 0.8, have "nan"`},
		{"no cases show nothing", "signoff: {cases: 0}", `replay.yaml:5:18: want a number from 1 up, have 0`},
		{"a length without unit", "signoff: {age: 90}", `replay.yaml:5:16: "90" is not a length of time such as 90d, 12h or any`},
		{"a length in the past", "signoff: {valid: -1d}", `replay.yaml:5:18: "-1d" is not a length of time such as 90d, 12h or any`},
		{"a misspelt field", "signoff: {fields: {Mutation.rname: {cases: 1}}}", `replay.yaml:5:20: unknown field "Mutation.rname"; did you mean "Mutation.rename"?`},
		{"a field of no type", "signoff: {fields: {rename: {cases: 1}}}", `replay.yaml:5:20: unknown field "rename"`},
		{"a misspelt key of a field", "signoff: {fields: {Mutation.rename: {case: 1}}}", `replay.yaml:5:38: unknown key "case"; did you mean "cases"?`},
		{"a digest that is none", "signoff: {implementations: {legacy: {files: [a], digest: x}}}", `replay.yaml:5:58: "x" is not a digest`},
		{"no identity", "signoff: {implementations: {legacy: {}}}", `replay.yaml:5:37: say what identifies the implementation: one of files and digest`},
		{"one that is not there", "signoff: {implementations: {candidate: {files: [a]}}}", `replay.yaml:5:40: candidate is not configured`},
	} {
		_, err := loadSignOff(t, c.section)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: have\n%v\nwant\n%s", c.reason, err, c.want)
		}
	}
}

func TestSpan(t *testing.T) {
	for text, want := range map[string]Span{"90d": 90 * Day, "36h": Span(36 * time.Hour), "any": 0, "1h30m0s": Span(90 * time.Minute)} {
		var s Span
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%s: %v, %v", text, time.Duration(s), err)
		}
		var again Span
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s {
			t.Errorf("%s is written %s and read %v, %v", text, s, again, err)
		}
	}
}

func TestEssence(t *testing.T) {
	essence := func(section string) string {
		t.Helper()
		c, err := loadSignOff(t, section)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := c.Essence()
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	before := essence("")
	for _, c := range []struct {
		reason, section string
		same            bool
	}{
		{"a comment replays nothing", "# a comment\n", true},
		{"the policy is held against a sign-off by itself", "signoff: {cases: 9}\n", true},
		{"lanes and recording do not change what is shown", "lanes: 2\nrecord: {headers: [x-user]}\n", true},
		{"a rule does", "normalizers: [{match: {coordinate: Query.class}, use: ignore, reason: r}]\n", false},
		{"the clock does", "clock: {mode: rebase}\n", false},
	} {
		if same := essence(c.section) == before; same != c.same {
			t.Errorf("%s: same is %v", c.reason, same)
		}
	}
}
