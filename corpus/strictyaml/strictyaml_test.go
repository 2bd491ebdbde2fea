package strictyaml_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// settings is read the way a reader of a file does it.
type settings struct {
	Name  string
	Mode  string
	Port  int
	Quiet bool
	Text  string
	Tags  []string
}

func read(data string) (settings, error) {
	var s settings
	doc, root := strictyaml.Parse("file.yaml", []byte(data))
	if root.Present() {
		root.Object(strictyaml.Fields{
			"name":  func(n strictyaml.Node) { n.String(&s.Name) },
			"mode":  func(n strictyaml.Node) { n.OneOf(&s.Mode, "fast", "slow") },
			"port":  func(n strictyaml.Node) { n.Int(&s.Port) },
			"quiet": func(n strictyaml.Node) { n.Bool(&s.Quiet) },
			"text":  func(n strictyaml.Node) { n.Text(&s.Text) },
			"tags":  func(n strictyaml.Node) { n.Strings(&s.Tags) },
		}, "name")
	}
	return s, doc.Problems().Err()
}

func TestReading(t *testing.T) {
	have, err := read("name: &n a\nmode: fast\nport: 80\nquiet: true\ntext: 010\ntags: [*n, b, \"7\"]\n")
	if err != nil {
		t.Fatal(err)
	}
	want := settings{Name: "a", Mode: "fast", Port: 80, Quiet: true, Text: "010", Tags: []string{"a", "b", "7"}}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProblemsHaveAPlaceAndComeInOneGo(t *testing.T) {
	for _, row := range []struct {
		reason, data string
		want         []string
	}{
		{"an empty file", "", []string{"file.yaml:1:1: the file is empty"}},
		{"comments alone", "# nothing\n", []string{"file.yaml:1:1: the file is empty"}},
		{"a missing key", "port: 1\n", []string{`file.yaml:1:1: missing key "name"`}},
		{"no mapping", "- name\n", []string{"file.yaml:1:1: want a mapping, have a list"}},
		{"all of several", "nam: a\nport: b\n\nquiet: 1\nname: 2\n", []string{
			`file.yaml:1:1: unknown key "nam"; did you mean "name"?`,
			`file.yaml:2:7: want an integer, have "b"`,
			`file.yaml:4:8: want true or false, have the number 1`,
			`file.yaml:5:7: want a string, have the number 2`,
		}},
		{"a repeated key", "name: a\nname: b\n", []string{`file.yaml:2:1: repeated key "name"`}},
		{"an unknown key near none", "name: a\nzzzzzz: 1\n", []string{
			`file.yaml:2:1: unknown key "zzzzzz"; known: mode, name, port, quiet, tags, text`,
		}},
		{"an unknown word", "name: a\nmode: fst\n", []string{`file.yaml:2:7: unknown value "fst"; did you mean "fast"?`}},
		{"null", "name: null\ntext: ~\n", []string{
			"file.yaml:1:7: want a string, have null", "file.yaml:2:7: want a scalar, have null",
		}},
		{"no list", "name: a\ntags: b\n", []string{`file.yaml:2:7: want a list, have "b"`}},
		{"an item of a list", "name: a\ntags:\n  - b\n  - {}\n", []string{"file.yaml:4:5: want a string, have a mapping"}},
		{"a number too large", "name: a\nport: 99999999999999999999\n", []string{
			"file.yaml:2:7: want an integer, have the number 99999999999999999999",
		}},
		{"keys that are no text", "name: a\n[b]: c\n!x d: e\n<<: {}\n?\n: f\n", []string{
			"file.yaml:2:1: a key must be plain text",
			"file.yaml:3:1: a key must be plain text",
			"file.yaml:4:1: merge keys are not read; write the members out, or quote the key",
			`file.yaml:5:2: the key is empty; write "" if it is meant to be`,
		}},
		{"a second document", "name: a\n---\nname: b\n", []string{"file.yaml:2:1: a second YAML document; one file holds one"}},
		{"a broken second document", "name: a\n---\nname: [\n", []string{"file.yaml:4:1: did not find expected node content"}},
		{"broken YAML", "name: a\nport: [1\n", []string{"file.yaml:2:1: did not find expected ',' or ']'"}},
		{"an unknown anchor", "name: *a\n", []string{"file.yaml:1:1: unknown anchor 'a' referenced"}},
		{"an alias within itself", "name: a\ntags: &t [*t]\n", []string{"file.yaml:2:11: alias *t is within what it stands for"}},
		{"bytes that are no text", "name: a\ntext: \xff\n", []string{"file.yaml:2:7: the text is not UTF-8"}},
	} {
		t.Run(row.reason, func(t *testing.T) {
			_, err := read(row.data)
			if err == nil {
				t.Fatal("no problem")
			}
			if diff := cmp.Diff(row.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestManyValuesAreFineManyAliasesAreNot(t *testing.T) {
	var b strings.Builder
	b.WriteString("name: a\ntags: &t0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 7 {
		fmt.Fprintf(&b, "t%d: &t%d [%s]\n", i, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*t%d, ", i), 10), ", "))
	}
	_, err := read(b.String())
	if err == nil || err.Error() != "file.yaml:1:1: aliases blow the file up by more than 1000000 values" {
		t.Errorf("have %v", err)
	}
	have, err := read("name: a\ntags:\n" + strings.Repeat("- x\n", 20_000))
	if err != nil || len(have.Tags) != 20_000 {
		t.Errorf("have %d tags, %v", len(have.Tags), err)
	}
}

func TestNodesTellTheirForm(t *testing.T) {
	_, root := strictyaml.Parse("file.yaml", []byte("plain: a\nquoted: 'a'\nblock: |\n  a\ntagged: !x a\nmapping: {}\nlist: []\nnull: ~\n"))
	for _, row := range []struct {
		key string
		is  func(strictyaml.Node) bool
	}{
		{"plain", strictyaml.Node.Plain},
		{"quoted", func(n strictyaml.Node) bool { return n.Scalar() && !n.Plain() }},
		{"block", strictyaml.Node.Literal},
		{"tagged", func(n strictyaml.Node) bool { return n.ExplicitTag() == "!x" && !n.Plain() }},
		{"mapping", strictyaml.Node.Mapping},
		{"list", strictyaml.Node.List},
		{"null", strictyaml.Node.IsNull},
		{"absent", func(n strictyaml.Node) bool {
			return !n.Present() && !n.Plain() && !n.List() && !n.IsNull() && n.ExplicitTag() == "" && n.Position() == "file.yaml"
		}},
	} {
		if !row.is(root.Child(row.key)) {
			t.Errorf("%s is not seen as it is", row.key)
		}
	}
	if have := root.Child("list").Position(); have != "file.yaml:7:7" {
		t.Errorf("list is at %s", have)
	}
}

func TestProblemsAreErrors(t *testing.T) {
	if err := strictyaml.Problems(nil).Err(); err != nil {
		t.Errorf("no problem is %v", err)
	}
	one := strictyaml.Problem{File: "a.yaml", Message: "gone"}
	if one.Error() != "a.yaml: gone" {
		t.Errorf("have %q", one.Error())
	}
	for _, err := range []error{one, strictyaml.Problems{one}, fmt.Errorf("load: %w", strictyaml.Problems{one})} {
		have, ok := strictyaml.AsProblems(err)
		if diff := cmp.Diff(strictyaml.Problems{one}, have); diff != "" || !ok {
			t.Errorf("%v: %v (-want +got):\n%s", err, ok, diff)
		}
	}
	if _, ok := strictyaml.AsProblems(errors.New("other")); ok {
		t.Error("another error is no problem of a file")
	}
}

// FuzzParse: reading ends, without a panic, whatever the bytes.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"name: a\ntags: [b, c]\n", "a: &a [*a]", "? a\n: b\n", "---\n--- a", "{a: !x \"b\"}", "|\n a", "\xff", "# c\n- a # d\n#e\n",
		"<<: *a", "a:\n  - b: c\n    d: >-\n      e\n", "%YAML 1.1\n---\na", "\xff\xfea\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, root := strictyaml.Parse("file.yaml", data)
		if !root.Present() && len(doc.Problems()) == 0 {
			t.Fatal("neither value nor problem")
		}
		if root.Present() {
			walk(root)
		}
		for _, p := range doc.Problems() {
			if p.Line < 1 || p.Column < 1 || p.Message == "" {
				t.Fatalf("a problem without place or message: %+v", p)
			}
		}
	})
}

func walk(n strictyaml.Node) {
	switch {
	case n.Mapping():
		n.Entries(func(_, value strictyaml.Node) { walk(value) })
	case n.List():
		n.Items(func(_ int, item strictyaml.Node) { walk(item) })
	}
}
