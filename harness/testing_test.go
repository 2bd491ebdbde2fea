package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestChild is the test that TestAsSubtests runs in a process of its own.
func TestChild(t *testing.T) {
	dir := os.Getenv("HARNESS_TEST_CONFORMANCE")
	if dir == "" {
		t.Skip("run by TestAsSubtests")
	}
	Test(t, filepath.Join(dir, "replay.yaml"), func(_ *Config, o *Options) { o.Lanes = 2 })
}

const conformanceConfig = `version: 1
ledger: ledger.yaml
implementations:
  legacy:
    command: [%[1]q]
    env: {HARNESS_TEST_SERVER: well, STARTED: legacy}
    endpoint: "http://127.0.0.1:${PORT}/graphql"
    ready: "http://127.0.0.1:${PORT}/healthz"
  candidate:
    command: [%[1]q]
    env: {HARNESS_TEST_SERVER: %[2]s}
    endpoint: "http://127.0.0.1:${PORT}/graphql"
    ready: "http://127.0.0.1:${PORT}/healthz"
`

const conformanceLedger = `version: 1
bugs:
  - {id: KA-1, title: says ok to all, when: "request.operation == 'mutation'", witness: observation.response.data.ok == true}
  - {id: KA-2, title: never seen, when: "request.operation == 'query'", witness: observation.response.data.ok == true}
`

const conformanceCase = `version: 1
recorded: {at: 2026-11-20T14:03:22.184Z, implementation: legacy}
request:
  operation: mutation
  fields: [ok]
  document: "mutation %s { ok }"
fixture: {}
expect:
  http: {status: 200, headers: {content-type: application/json}}
  response: {data: {ok: true}}
`

// conformance writes a configuration with three cases in two folders.
func conformance(t *testing.T, candidate string) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"replay.yaml": fmt.Sprintf(conformanceConfig, os.Args[0], candidate),
		"ledger.yaml": conformanceLedger,
	}
	for _, name := range []string{"grade/half", "rename/differs", "rename/fine"} {
		files["corpus/"+name+".yaml"] = fmt.Sprintf(conformanceCase, filepath.Base(name))
	}
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var testLine = regexp.MustCompile(`(?m)^ *--- (PASS|FAIL|SKIP): TestChild(\S*) `)

// TestAsSubtests runs a corpus by go test as its users do, and reads what it
// prints.
func TestAsSubtests(t *testing.T) {
	tests := []struct {
		reason, candidate, run string
		want                   []string // the subtests, sorted
		texts                  []string
		not                    string
	}{
		{
			"all cases, and the ledger", "well", "^TestChild$",
			[]string{
				"FAIL ", "FAIL /ledger", "FAIL /ledger/KA-2", "PASS /grade", "PASS /grade/half", "PASS /ledger/KA-1",
				"PASS /rename", "PASS /rename/differs", "PASS /rename/fine",
			},
			[]string{"ledger.yaml:4: bug KA-2: never seen is not exercised: no case triggers it"},
			"",
		},
		{
			"one field: the bugs that it lacks are not held against it", "well", "^TestChild$/rename",
			[]string{"PASS ", "PASS /rename", "PASS /rename/differs", "PASS /rename/fine"},
			nil, "KA-2",
		},
		{
			"one case that differs", "differs", "^TestChild$/^rename$/^differs$",
			[]string{"FAIL ", "FAIL /rename", "FAIL /rename/differs"},
			[]string{
				"DIVERGENT", "response data.ok: value", "reproduce: replay run -c ", "--case rename/differs",
				"or:        go test -run '^TestChild$/^rename$/^differs$'", `bug "KA-1" is not ported`,
			},
			"grade/half",
		},
		{
			"a part of the corpus: the ledger is skipped", "well", "^TestChild$/(grade|ledger)",
			[]string{"PASS ", "PASS /grade", "PASS /grade/half", "SKIP /ledger"},
			[]string{"1 of 3 cases were replayed: what does not occur in a part of them proves nothing"},
			"KA-2",
		},
		{
			"nothing is started without a case", "exit-at-start", "^TestChild$/nosuch",
			[]string{"PASS "},
			nil, "settings.toml",
		},
		{
			"what does not start is told once", "exit-at-start", "^TestChild$/rename",
			[]string{"FAIL ", "FAIL /rename", "FAIL /rename/differs", "FAIL /rename/fine"},
			[]string{"cannot read settings.toml", "not replayed: the session did not start"},
			"",
		},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.v", "-test.run", tt.run)
			cmd.Env = append(os.Environ(), "HARNESS_TEST_CONFORMANCE="+conformance(t, tt.candidate))
			out, err := cmd.CombinedOutput()
			text := string(out)
			var got []string
			for _, m := range testLine.FindAllStringSubmatch(text, -1) {
				got = append(got, m[1]+" "+m[2])
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) || (err == nil) != (tt.want[0] == "PASS ") {
				t.Errorf("%v: %q, want %q\n%s", err, got, tt.want, text)
			}
			for _, want := range tt.texts {
				if !strings.Contains(text, want) {
					t.Errorf("%q is missing in\n%s", want, text)
				}
			}
			if tt.not != "" && strings.Contains(text, tt.not) {
				t.Errorf("%q is in\n%s", tt.not, text)
			}
			if n := strings.Count(text, "cannot read settings.toml"); n > 1 {
				t.Errorf("the log is shown %d times:\n%s", n, text)
			}
		})
	}
}
