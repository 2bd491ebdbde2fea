package signoff

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/normalizers"
)

// project writes files and loads the configuration among them.
func project(t *testing.T, files map[string]string) (*harness.Config, *corpus.Corpus) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	if err := os.MkdirAll(filepath.Join(dir, "corpus"), 0o755); err != nil {
		t.Fatal(err)
	}
	c, err := harness.LoadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	cases, err := corpus.Open(c.Corpus)
	if err != nil {
		t.Fatal(err)
	}
	return c, cases
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// configured is a project whose legacy is said by the text, the candidate being a
// program of the machine.
func configured(t *testing.T, legacy, more string, files map[string]string) (*harness.Config, *corpus.Corpus) {
	t.Helper()
	all := map[string]string{
		"schema.graphql": "type Query { q: Int }\n",
		"replay.yaml": "version: 1\nschema: schema.graphql\nimplementations:\n  legacy: {" + legacy + ", endpoint: \"http://127.0.0.1:${PORT}/graphql\"}\n" +
			"  candidate: {command: [\"true\"], endpoint: \"http://127.0.0.1:${PORT}/graphql\"}\n" + more,
	}
	maps.Copy(all, files)
	return project(t, all)
}

// TestIdentity wants an implementation to be another one when, and only when,
// something that it runs changes.
func TestIdentity(t *testing.T) {
	for _, c := range []struct {
		reason, legacy, more string
		file                 string // changed
		same                 bool
	}{
		{"what lies beside a script is loaded by it", `command: [sh, legacy/main.sh]`, "", "legacy/lib/rules.sh", false},
		{"what lies elsewhere is not", `command: [sh, legacy/main.sh]`, "", "other/notes.txt", true},
		{"what Python leaves behind is not its source", `command: [sh, legacy/main.sh]`, "", "legacy/__pycache__/main.pyc", true},
		{"a script that is the program", `command: [legacy/main.sh]`, "", "legacy/lib/rules.sh", false},
		{"relative to its own folder", `command: [sh, main.sh], dir: legacy`, "", "legacy/lib/rules.sh", false},
		{"what a build writes", `build: [cp, legacy/program, "${OUT}/program"], command: ["${OUT}/program"]`, "", "legacy/program", false},
		{"what a build does not take", `build: [cp, legacy/program, "${OUT}/program"], command: ["${OUT}/program"]`, "", "legacy/lib/rules.sh", true},
		{"files that the configuration names", `command: [sh, -c, "sleep 1"]`, "signoff: {implementations: {legacy: {files: [\"legacy/**\"]}}}\n", "legacy/lib/rules.sh", false},
		{"and those alone", `command: [sh, -c, "sleep 1"]`, "signoff: {implementations: {legacy: {files: [\"legacy/*.sh\"]}}}\n", "legacy/lib/rules.sh", true},
		{"a digest that the configuration gives", `command: [sh, -c, "sleep 1"]`, "signoff: {implementations: {legacy: {digest: \"sha256:" + strings.Repeat("a", 64) + "\"}}}\n", "legacy/lib/rules.sh", true},
	} {
		config, cases := configured(t, c.legacy, c.more, map[string]string{
			"legacy/main.sh": "#!/bin/sh\n", "legacy/lib/rules.sh": "a", "legacy/program": "a", "legacy/__pycache__/main.pyc": "a", "other/notes.txt": "a",
		})
		before, again := identity(t, config, cases), identity(t, config, cases)
		if before != again {
			t.Errorf("%s: two digests of one thing", c.reason)
		}
		write(t, filepath.Join(config.Dir, filepath.FromSlash(c.file)), "b")
		if same := identity(t, config, cases) == before; same != c.same {
			t.Errorf("%s: %s changed: same is %v", c.reason, c.file, same)
		}
	}
}

func identity(t *testing.T, c *harness.Config, cases *corpus.Corpus) string {
	t.Helper()
	b, err := Build(t.Context(), c, cases, "")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	return b.shared.find(legacyName).Digest.Hex
}

func TestIdentityRefused(t *testing.T) {
	for _, c := range []struct{ reason, legacy, more, want string }{
		{"nobody knows what a shell runs", `command: [sh, -c, "exec legacy/main.sh"]`, "", `its command "sh -c exec legacy/main.sh" names no file`},
		{"a script beside the configuration", `command: [sh, main.sh]`, "", "beside which the configuration lies"},
		{"a program that is not there", `command: [no-such-program-here]`, "", `find program "no-such-program-here"`},
		{"a glob without files", `command: [sh, legacy/main.sh]`, "signoff: {implementations: {legacy: {files: [\"lgeacy/**\"]}}}\n", `glob "lgeacy/**" names no file`},
		{"what runs elsewhere", `url: "http://127.0.0.1:1/graphql"`, "", "legacy is not started here"},
	} {
		config, cases := configured(t, c.legacy, c.more, map[string]string{"main.sh": "#!/bin/sh\n", "legacy/main.sh": "#!/bin/sh\n"})
		b, err := Build(t.Context(), config, cases, "")
		if err == nil {
			b.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: have %v, want %s", c.reason, err, c.want)
		}
	}
	c, cases := project(t, map[string]string{"replay.yaml": "version: 1\nimplementations:\n  legacy: {url: \"http://127.0.0.1:1/graphql\"}\n"})
	if _, err := Build(t.Context(), c, cases, ""); err == nil || !strings.Contains(err.Error(), "configure both legacy and candidate") {
		t.Errorf("one implementation alone: %v", err)
	}
}

func TestSchemaDigest(t *testing.T) {
	const base = "type Query { q: Int }\ntype Mutation { m(a: Int): Int }\n"
	digest := func(sdl string) string {
		t.Helper()
		sum, err := schemaDigest("s.graphql", []byte(sdl))
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	for _, c := range []struct {
		reason, sdl string
		same        bool
	}{
		{"a state is what moves", `type Query { q: Int } type Mutation { m(a: Int): Int @migrate(from: "py", state: "canary") }`, true},
		{"so is the declaration", base + "directive @migrate(from: String!, state: String!) on FIELD_DEFINITION\n", true},
		{"a comment", base + "# a comment\n", true},
		{"another directive is not", `type Query { q: Int } type Mutation { m(a: Int): Int @deprecated }`, false},
		{"an argument", `type Query { q: Int } type Mutation { m(a: Int, b: Int): Int }`, false},
		{"null or not", `type Query { q: Int } type Mutation { m(a: Int!): Int }`, false},
	} {
		if same := digest(c.sdl) == digest(base); same != c.same {
			t.Errorf("%s: same is %v", c.reason, same)
		}
	}
}

func TestCases(t *testing.T) {
	schema, err := normalizers.LoadSchema("s.graphql", []byte(`
type Query { node: Node classes: [Class] }
type Mutation { rename: Class }
interface Node { id: ID }
type Class implements Node { id: ID title: String coach: Coach }
type Coach implements Node { id: ID name: String }
`))
	if err != nil {
		t.Fatal(err)
	}
	cs := func(name string, op corpus.OperationType, field, document string) *corpus.Case {
		return &corpus.Case{Name: name, Request: corpus.Request{Operation: op, Fields: []string{field}, Document: document}}
	}
	all := []*corpus.Case{
		cs("rename", corpus.Mutation, "rename", `mutation { rename { coach { name } } }`),
		cs("classes", corpus.Query, "classes", `{ classes { ...C } } fragment C on Class { title }`),
		cs("node", corpus.Query, "node", `{ node { id ... on Coach { name } } }`),
		cs("renamed by a query", corpus.Query, "rename", `{ rename }`),
	}
	for coordinate, want := range map[string][]string{
		"Mutation.rename": {"rename"}, "Query.classes": {"classes"}, "Class.title": {"classes"},
		"Coach.name": {"rename", "node"}, "Class.id": {"node"}, "Node.id": {"node"}, "Class.coach": {"rename"}, "Query.none": nil,
	} {
		var got []string
		for _, c := range Cases(schema, all, coordinate) {
			got = append(got, c.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", coordinate, got, want)
		}
	}
}
