package normalizers

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file, or rewrites it.
func golden(t *testing.T, file, have string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(have), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run go test -update to write it", err)
	}
	if diff := cmp.Diff(string(want), have); diff != "" {
		t.Errorf("%s (-want +have):\n%s", file, diff)
	}
}

// eachFile runs a test per file; adding a file adds a case.
func eachFile(t *testing.T, pattern string, run func(t *testing.T, file string, data []byte)) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(file), func(t *testing.T) { run(t, file, data) })
	}
}

func mustSchema(t *testing.T, file string) *Schema {
	t.Helper()
	sdl, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := LoadSchema(filepath.Base(file), sdl)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWrongRulesAreRefusedWithTheirPlace(t *testing.T) {
	schema := mustSchema(t, "testdata/invalid/schema.graphql")
	eachFile(t, "testdata/invalid/*.yaml", func(t *testing.T, file string, data []byte) {
		t.Helper()
		s := schema
		if strings.HasPrefix(filepath.Base(file), "no-schema") {
			s = nil
		}
		doc, node := strictyaml.Parse("replay.yaml", data)
		Parse(node, s, WithStores("datastore"), WithUpstreams("users"))
		golden(t, strings.TrimSuffix(file, ".yaml")+".txt", doc.Problems().Error()+"\n")
	})
}

// TestSchemas loads each schema and shows what is wrong, or what it knows.
func TestSchemas(t *testing.T) {
	eachFile(t, "testdata/schema/*.graphql", func(t *testing.T, file string, data []byte) {
		t.Helper()
		s, err := LoadSchema(filepath.Base(file), data)
		text := fmt.Sprintln(err)
		if err == nil {
			text = s.describe()
		}
		golden(t, strings.TrimSuffix(file, ".graphql")+".txt", text)
	})
}

func (s *Schema) describe() string {
	var lines []string
	for name, types := range s.possible {
		if strings.HasPrefix(name, "__") {
			continue
		}
		line := name + ": " + strings.Join(types, " | ")
		for _, f := range s.types[name].Fields {
			line += fmt.Sprintf("\n  %s %s", f.Name, f.Type)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

func parseRules(t *testing.T, schema *Schema, text string, opts ...Option) *Rules {
	t.Helper()
	doc, node := strictyaml.Parse("replay.yaml", []byte(text))
	r := Parse(node, schema, opts...)
	if err := doc.Problems().Err(); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAbsentAndNullListsHaveNoRules(t *testing.T) {
	doc, node := strictyaml.Parse("replay.yaml", []byte("null"))
	if r := Parse(node, nil); len(r.All()) != 0 || doc.Problems().Err() != nil {
		t.Errorf("null: %v %v", r.All(), doc.Problems())
	}
	if r := Parse(strictyaml.Node{}, nil); len(r.All()) != 0 {
		t.Errorf("absent: %v", r.All())
	}
	if (*Rules)(nil).All() != nil {
		t.Error("no rules at all have rules")
	}
}

func TestRulesSayWhereTheyStand(t *testing.T) {
	doc, node := strictyaml.Parse("some/dir/replay.yaml", []byte("\n\n- {match: {property: A.b}, use: ignore, reason: r}\n"))
	r := Parse(node, nil)
	if err := doc.Problems().Err(); err != nil {
		t.Fatal(err)
	}
	if got := r.All()[0].At; got != "replay.yaml:3" {
		t.Errorf("At = %q", got)
	}
}
