package harness

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
)

const changedConfig = `version: 1
schema: schema.graphql
ledger: ledger.yaml
implementations:
  candidate: {command: [true], endpoint: "http://127.0.0.1:${PORT}/graphql"}
stores:
  datastore: {kind: datastore, driver: embedded}
normalizers:
  - {match: {coordinate: Assignment.due}, use: instant, reason: "two spellings"}
  - {match: {property: Assignment.updated}, use: now, reason: "time of the write"}
`

const changedSchema = `scalar DateTime
type Query { person(id: ID!): Person }
type Mutation { rename(id: ID!, title: String): Assignment grade(id: ID!): Assignment }
type Person { name: String }
type Assignment { id: ID title: String due: DateTime }
`

const changedLedger = `version: 1
bugs:
  - {id: KA-1, title: cuts titles, when: "request.fields.exists(f, f == 'rename')", witness: "true"}
accepted:
  - {id: names, match: {coordinate: Person.name}, reason: "shown in capitals", owner: ann, expires: 2999-12-31}
`

// changedCase is a case of the kind and fields that the rules of the tests name.
func changedCase(operation, document, field, fixture string) string {
	return `version: 1
recorded: {at: 2026-11-20T14:03:22.184Z, implementation: legacy}
request:
  operation: ` + operation + `
  fields: [` + field + `]
  document: "` + document + `"
fixture: ` + fixture + `
expect:
  http: {status: 200, headers: {content-type: application/json}}
  response: {data: {` + field + `: null}}
`
}

const assignmentFixture = `{datastore: {entities: [{key: [Assignment, 1], properties: {updated: 2026-12-01T00:00:00Z}}]}}`

// changedFiles is a checkout with four cases.
func changedFiles() map[string]string {
	return map[string]string{
		"service/replay.yaml":                 changedConfig,
		"service/schema.graphql":              changedSchema,
		"service/ledger.yaml":                 changedLedger,
		"service/main.go":                     "package main\n",
		"web/app.js":                          "x\n",
		"service/corpus/_bases/school.yaml":   `datastore: {entities: [{key: [Person, ann], properties: {name: Ann}}]}` + "\n",
		"service/corpus/_bases/deeper.yaml":   "base: school.yaml\n",
		"service/corpus/rename/due.yaml":      changedCase("mutation", "mutation { rename(id: 1) { due } }", "rename", assignmentFixture),
		"service/corpus/rename/title.yaml":    changedCase("mutation", "mutation { rename(id: 1) { title } }", "rename", "{}"),
		"service/corpus/grade/half.yaml":      changedCase("mutation", "mutation { grade(id: 1) { id } }", "grade", assignmentFixture),
		"service/corpus/person/ann.yaml":      changedCase("query", "{ person(id: 1) { name } }", "person", "{base: ../_bases/deeper.yaml}"),
		"service/corpus/_unfaithful/a/1.yaml": "not loaded",
	}
}

// repository is a checkout with one commit, tagged v1, and its git command.
func repository(t *testing.T, files map[string]string) (dir string, git func(args ...string)) {
	t.Helper()
	dir = t.TempDir()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	git = func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=ann", "-c", "user.email=ann@school.example"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	for name, text := range files {
		writeBelow(t, dir, name, text)
	}
	git("init", "-q", "-b", "main")
	git("add", "-A")
	git("commit", "-q", "-m", "first")
	git("tag", "v1")
	return dir, git
}

func writeBelow(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func loadChanged(t *testing.T, dir string) (*Config, *corpus.Corpus) {
	t.Helper()
	c, err := LoadConfig(filepath.Join(dir, "service"))
	if err != nil {
		t.Fatal(err)
	}
	cases, err := corpus.Open(c.Corpus)
	if err != nil {
		t.Fatal(err)
	}
	return c, cases
}

func TestChangedSince(t *testing.T) {
	all := []string{"grade/half", "person/ann", "rename/due", "rename/title"}
	replace := func(name, old, text string) func(map[string]string) {
		return func(files map[string]string) {
			if !strings.Contains(files[name], old) {
				t.Fatalf("%q is not in %s", old, name)
			}
			files[name] = strings.Replace(files[name], old, text, 1)
		}
	}
	tests := []struct {
		reason  string
		change  func(files map[string]string)
		ignore  []string
		want    []string
		because []string // parts of the sentences
	}{
		{"nothing changed", func(map[string]string) {}, nil, nil, []string{"nothing changed that a case could tell"}},
		{
			"a case was edited", replace("service/corpus/grade/half.yaml", "version: 1", "version: 1\ntags: [smoke]"), nil,
			[]string{"grade/half"},
			[]string{"1 case changed: grade/half"},
		},
		{"a case was added", func(f map[string]string) {
			f["service/corpus/grade/new.yaml"] = changedCase("mutation", "mutation { grade(id: 2) { id } }", "grade", "{}")
		}, nil, []string{"grade/new"}, []string{"1 case changed: grade/new"}},
		{
			"a case was removed", func(f map[string]string) { delete(f, "service/corpus/grade/half.yaml") }, nil, nil,
			[]string{"removed from the corpus: grade/half"},
		},
		{
			"a fixture below a fixture changed: _ hides it as a case, not as a base",
			replace("service/corpus/_bases/school.yaml", "Ann", "Anna"), nil,
			[]string{"person/ann"},
			[]string{"fixture service/corpus/_bases/school.yaml changed: 1 case stands on it"},
		},
		{"what was set aside is not in the corpus", replace("service/corpus/_unfaithful/a/1.yaml", "not", "never"), nil, nil, []string{"nothing changed"}},
		{
			"a rule by coordinate changed", replace("service/replay.yaml", "use: instant", "use: date"), nil,
			[]string{"rename/due"},
			[]string{"rule service/replay.yaml:9 (date) is new or changed: it may apply in 1 case", "a rule of service/replay.yaml (instant) was removed or changed: it may apply in 1 case"},
		},
		{
			"a rule by property was removed", replace("service/replay.yaml", `  - {match: {property: Assignment.updated}, use: now, reason: "time of the write"}`+"\n", ""), nil,
			[]string{"grade/half", "rename/due"},
			[]string{"(now) was removed or changed: it may apply in 2 cases"},
		},
		{
			"a rule by type was added", replace("service/replay.yaml", "normalizers:\n", "normalizers:\n  - {match: {type: Person}, use: ignore, reason: gone}\n"), nil,
			[]string{"person/ann"},
			[]string{"rule service/replay.yaml:9 (ignore) is new or changed: it may apply in 1 case"},
		},
		{
			"a rule by path was added", replace("service/replay.yaml", "normalizers:\n", "normalizers:\n  - {match: {path: \"http:headers.x\"}, use: ignore, reason: gone}\n"), nil,
			all,
			[]string{"(ignore) is new or changed: it may apply in 4 cases"},
		},
		{"rules were only moved and commented", func(f map[string]string) {
			f["service/replay.yaml"] = strings.Replace(f["service/replay.yaml"], "normalizers:\n", "# rules\nnormalizers:\n", 1) + "lanes: 1\n"
		}, nil, nil, []string{"nothing changed"}},
		{
			"another part of the configuration changed", replace("service/replay.yaml", "[true]", "[true, --fast]"), nil, all,
			[]string{"service/replay.yaml: implementations changed: all cases"},
		},
		{
			"a bug changed", replace("service/ledger.yaml", "cuts titles", "cuts long titles"), nil,
			[]string{"rename/due", "rename/title"},
			[]string{"bug KA-1 is new or changed: 2 cases that may trigger it", "bug KA-1 was removed or changed: 2 cases that may trigger it"},
		},
		{
			"an accepted difference changed", replace("service/ledger.yaml", "owner: ann", "owner: bob"), nil,
			[]string{"person/ann"},
			[]string{"accepted difference names is new or changed: it may be in 1 case"},
		},
		{
			"the schema changed", replace("service/schema.graphql", "title: String due", "title: String! due"), nil, all,
			[]string{"service/schema.graphql changed and may be part of an implementation: all cases"},
		},
		{"an implementation changed", replace("service/main.go", "main", "other"), nil, all, []string{"service/main.go changed"}},
		{"a new file may be one, too", func(f map[string]string) { f["service/new.go"] = "package main\n" }, nil, all, []string{"service/new.go changed"}},
		{"what no implementation is built of was said", replace("web/app.js", "x", "y"), []string{"web/**"}, nil, []string{"nothing changed"}},
		{"what was said of another folder", replace("web/app.js", "x", "y"), []string{"docs/**"}, all, []string{"web/app.js changed"}},
	}
	for i, tt := range tests {
		for _, committed := range []bool{false, true}[:1+index(i%4 == 1)] {
			name := tt.reason
			if committed {
				name += ", committed"
			}
			t.Run(name, func(t *testing.T) {
				before, now := changedFiles(), changedFiles()
				dir, git := repository(t, before)
				tt.change(now)
				for file := range before {
					if _, kept := now[file]; !kept {
						if err := os.Remove(filepath.Join(dir, file)); err != nil {
							t.Fatal(err)
						}
					}
				}
				for file, text := range now {
					writeBelow(t, dir, file, text)
				}
				if committed {
					git("add", "-A")
					git("commit", "-q", "--allow-empty", "-m", "second")
				}
				c, cases := loadChanged(t, dir)
				got, err := ChangedSince(t.Context(), c, cases, "v1", tt.ignore)
				if err != nil {
					t.Fatal(err)
				}
				picked, err := Selection{Changed: got}.pick(cases.Cases)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, caseNames(picked)); diff != "" {
					t.Errorf("(-want +got):\n%s%q", diff, got.Because)
				}
				for _, part := range tt.because {
					if !slices.ContainsFunc(got.Because, func(s string) bool { return strings.Contains(s, part) }) {
						t.Errorf("%q is not said; have %q", part, got.Because)
					}
				}
			})
		}
	}
}

// What others did on the branch that ref names is not held against this one.
func TestChangedSinceTheBranchBegan(t *testing.T) {
	dir, git := repository(t, changedFiles())
	git("checkout", "-q", "-b", "other")
	writeBelow(t, dir, "service/main.go", "package other\n")
	git("commit", "-q", "-a", "-m", "other work")
	git("checkout", "-q", "main")
	writeBelow(t, dir, "service/corpus/rename/title.yaml", changedCase("mutation", "mutation { rename(id: 7) { title } }", "rename", "{}"))
	c, cases := loadChanged(t, dir)
	got, err := ChangedSince(t.Context(), c, cases, "other", nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1 case changed: rename/title"}, got.Because); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestChangedSinceRefuses(t *testing.T) {
	dir, git := repository(t, changedFiles())
	c, cases := loadChanged(t, dir)
	git("checkout", "-q", "--orphan", "island")
	git("commit", "-q", "-m", "no history")
	git("tag", "island-1")
	git("checkout", "-q", "main")
	outside := t.TempDir()
	for name, text := range changedFiles() {
		writeBelow(t, outside, name, text)
	}
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(outside))
	elsewhere, elsewhereCases := loadChanged(t, outside)
	for _, tt := range []struct {
		reason string
		c      *Config
		cases  *corpus.Corpus
		ref    string
		ignore []string
		want   string
	}{
		{"no such revision", c, cases, "origin/main", nil, `git knows no revision "origin/main" here; fetch it`},
		{"a flag for git", c, cases, "--output=x", nil, `git knows no revision "--output=x"`},
		{"no common history", c, cases, "island-1", nil, "have no commit in common here; fetch all history"},
		{"no checkout", elsewhere, elsewhereCases, "main", nil, "is in no checkout of git"},
		{"a glob that is none", c, cases, "v1", []string{"[a"}, `glob "[a" is malformed`},
	} {
		if _, err := ChangedSince(t.Context(), tt.c, tt.cases, tt.ref, tt.ignore); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: err = %v, want %q", tt.reason, err, tt.want)
		}
	}
}
