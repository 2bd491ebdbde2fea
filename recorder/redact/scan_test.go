package redact

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
)

func show(leaks []Leak) []string {
	out := []string{}
	for _, l := range leaks {
		encoded := ""
		if l.Encoded {
			encoded = " encoded"
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s:%d:%d %s%s %s %s", l.File, l.Line, l.Column, l.Kind, encoded, l.Rule, l.Excerpt)))
	}
	return out
}

func TestScanSaysWhereAndWhat(t *testing.T) {
	file := `version: 1 # ask ada@corp.io
description: "call +46 70-123 45 67\tor ghp_x7Kf93LmQp0aZbY2cR8dTe5vWs1uJi6oNh4g"
tags: [smoke]
request:
  document: |
    # by bea@corp.io
    { f(x: "81.2.69.142") }
  variables: {password: "steam engine", id: dXNlcjpjYXJAY29ycC5pbw==, "zoe@corp.io": 1}
  headers: {authorization: "Bearer redacted00112233", x-card: "4111 1111 1111 1111", x-real: "4539 5787 6362 1486"}
  extensions: {mail: "ok@school.example", ip: 192.0.2.7, "åäö": "dan@corp.io"}
`
	want := []string{
		"a.yaml:1:18 email  a**@****.**",
		"a.yaml:2:20 phone  +** **-*** ** **",
		"a.yaml:2:41 secret github-pat g**_****************************…",
		"a.yaml:6:10 email  b**@****.**",
		"a.yaml:7:13 address  8*.*.**.***",
		"a.yaml:8:26 secret password s**** ******",
		"a.yaml:8:45 email encoded  c**@****.**",
		"a.yaml:8:72 email  z**@****.**",
		"a.yaml:9:95 card  4*** **** **** ****",
		"a.yaml:10:66 email  d**@****.**",
	}
	sc := NewScanner(ScanOptions{})
	if diff := cmp.Diff(want, show(sc.File("a.yaml", []byte(file)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	broken := "a: [\nb: ada@corp.io\n"
	if diff := cmp.Diff([]string{"b.yaml:2:4 email  a**@****.**"}, show(sc.File("b.yaml", []byte(broken)))); diff != "" {
		t.Errorf("broken YAML (-want +got):\n%s", diff)
	}
}

// TestScanReadsAll: wherever in a file a value stands, and however it is written
// there.
func TestScanReadsAll(t *testing.T) {
	const pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\nMzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu\n-----END PRIVATE KEY-----\n"
	for _, row := range []struct {
		reason, file, text string
		want               []string
	}{
		{"a second document", "a.yaml", "a: 1\n---\ne: ada@corp.io\n", []string{"3:4 email  a**@****.**"}},
		{"what follows the end of a document", "a.yaml", "a: 1\n...\ne: \"\\x61da@corp.io\"\n", []string{"3:5 email  a**@****.**"}},
		{"an empty first document", "a.yaml", "---\n---\npassword: hunter2\n", []string{"3:11 secret password h******"}},
		{"a broken document after a good one", "a.yaml", "password: hunter2\n---\n[\nada@corp.io\n", []string{"1:11 secret password h******", "4:1 email  a**@****.**"}},
		{"several documents are no case, whatever their tags", "a.yaml", "tags: [redacted-0123abcd]\n---\ne: +46 70-123 45 67\n", []string{"3:4 phone  +** **-*** ** **"}},
		{"nothing but a comment", "a.yaml", "# ada@corp.io\n", []string{"1:3 email  a**@****.**"}},
		{"a private key", "a.pem", pem, []string{"1:1 secret private-key -----***** ******* ***-----*****…"}},
		{"indented JSON", "a.json", "{\n\t\"password\": \"hunter2secret\",\n\t\"e\": \"ada\\u0040corp.io\"\n}\n", []string{"2:15 secret password h************", "3:8 email  a**@****.**"}},
		{"JSON of another name", "a.har", "{\n\"password\": \"hunter2secret\",\n\"e\": \"\\ud83d\\ude00ada\\u0040corp.io\"\n}\n", []string{"2:14 secret password h************", "3:1 email encoded  a**@****.**"}},
		{"YAML of another name", "a.YML", "password: hunter2\ne: \"ada\\x40corp.io\"\n", []string{"1:11 secret password h******", "2:5 email  a**@****.**"}},
		{"an anchor, and what it stands for under another name", "a.yaml", "x: &ghp_x7Kf93LmQp0aZbY2cR8dTe5vWs1uJi6oNh4g hunter2\npassword: *ghp_x7Kf93LmQp0aZbY2cR8dTe5vWs1uJi6oNh4g\n", []string{"1:4 secret github-pat g**_****************************…", "1:46 secret password h******"}},
		{"a tag", "a.yaml", "x: !ada%40corp.io 1\n", []string{"1:4 email  a**@****.**"}},
		{"comments that readers leave out", "a.yaml", "# ada@corp.io\n\nx: {a: 1, # bea@corp.io\n  b: [ # cat@corp.io\n  ]} # dan@corp.io\n\n# eve@corp.io\n", []string{"1:3 email  a**@****.**", "3:13 email  b**@****.**", "4:10 email  c**@****.**", "5:8 email  d**@****.**", "7:3 email  e**@****.**"}},
		{"a value and a comment", "a.yaml", "a: ada@corp.io\n# ada@corp.io\n", []string{"1:4 email  a**@****.**", "2:3 email  a**@****.**"}},
		{"one address twice, once with an escape", "a.yaml", `a: "\u0061da@corp.io and ada@corp.io"`, []string{"1:5 email  a**@****.**", "1:26 email  a**@****.**"}},
		{"one address twice, in a block", "a.yaml", "a:\n                b: |\n                  ada@corp.io\n                  ada@corp.io\n", []string{"3:19 email  a**@****.**", "4:19 email  a**@****.**"}},
		{"the name of the file", "ada@corp.io.yaml", "a: 1\n", []string{"1:1 email file name a**@****.**"}},
		{"UTF-16 from its small end", "a.txt", "\xff\xfea\x00\n\x00b\x00@\x00c\x00.\x00i\x00o\x00", []string{"2:1 email  b@*.**"}},
		{"UTF-16 from its big end", "a.txt", "\xfe\xff\x00b\x00@\x00c\x00.\x00i\x00o", []string{"1:1 email  b@*.**"}},
		{"a folded text", "a.yaml", "a: >\n  so\n  ada@corp.io\nb: so\n  bea@corp.io\n", []string{"3:3 email  a**@****.**", "5:3 email  b**@****.**"}},
	} {
		t.Run(row.reason, func(t *testing.T) {
			have := show(NewScanner(ScanOptions{}).File(row.file, []byte(row.text)))
			for i := range have {
				have[i] = strings.TrimPrefix(have[i], row.file+":")
			}
			if diff := cmp.Diff(row.want, have); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestScanByRules(t *testing.T) {
	schema := petSchemaOf(t)
	sc := NewScanner(ScanOptions{Schema: schema, Rules: parseRules(t, petRules, Known{Schema: schema})})
	leaks := sc.File("pet.yaml", []byte(pets))
	have := show(leaks)
	for _, rule := range []string{"replay.yaml:2", "replay.yaml:3", "replay.yaml:4", "replay.yaml:5", "replay.yaml:6", "replay.yaml:7", "replay.yaml:8", "replay.yaml:9", "replay.yaml:10"} {
		if !slices.ContainsFunc(have, func(l string) bool { return strings.Contains(l, rule+" ") || strings.HasSuffix(l, rule) }) {
			t.Errorf("nothing by the rule at %s in\n%s", rule, strings.Join(have, "\n"))
		}
	}
}

// TestScanOfBases: rules name what a fixture file must not hold, unless it says that it
// is redacted, and what a case says of its base's entities.
func TestScanOfBases(t *testing.T) {
	schema := petSchemaOf(t)
	sc := NewScanner(ScanOptions{Schema: schema, Rules: parseRules(t, `[{match: {property: Owner.nick}, as: text}]`, Known{Schema: schema})})
	const base = "datastore:\n  entities:\n    - key: [Owner, 1]\n      properties: {nick: Maus}\n"
	for _, row := range []struct {
		reason, text string
		want         []string
	}{
		{"a base", base, []string{"base.yaml:4:26 text replay.yaml:1 M***"}},
		{"a redacted one", "# redacted-01234567\n" + base, []string{}},
		{"a comment that is no mark", "# redacted\n" + base, []string{"base.yaml:5:26 text replay.yaml:1 M***"}},
	} {
		t.Run(row.reason, func(t *testing.T) {
			if diff := cmp.Diff(row.want, show(sc.File("base.yaml", []byte(row.text)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestScanPassesWhatIsRedacted: pseudonyms are no leaks, though the scanner has
// no key.
func TestScanPassesWhatIsRedacted(t *testing.T) {
	schema := petSchemaOf(t)
	rules := parseRules(t, petRules, Known{Schema: schema})
	sc := NewScanner(ScanOptions{Schema: schema, Rules: rules, Detectors: Detectors{Names: people}})
	out, _, err := petRedactor(t, false).Case(petCase(t))
	if err != nil {
		t.Fatal(err)
	}
	if leaks := sc.File("pet.yaml", []byte(format(t, out))); len(leaks) > 0 {
		t.Errorf("leaks in %s:\n%s", format(t, out), strings.Join(show(leaks), "\n"))
	}
	r := newRedactor(t, Options{Detectors: Detectors{Names: people}})
	for _, channel := range channels {
		for _, encoding := range encodings {
			c := emptyCase()
			for i, v := range planted(42) {
				channel.put(c, i+1, encoding.encode(v))
			}
			clean, _, err := r.Case(c)
			if err != nil {
				t.Fatalf("%s, %s: %v", channel.name, encoding.name, err)
			}
			if leaks := sc.File("x.yaml", []byte(format(t, clean))); len(leaks) > 0 {
				t.Errorf("%s, %s:\n%s\n%s", channel.name, encoding.name, strings.Join(show(leaks), "\n"), format(t, clean))
				return
			}
		}
	}
}

func TestScanFindsThePlantedSet(t *testing.T) {
	sc := NewScanner(ScanOptions{Detectors: Detectors{Names: people}})
	values := planted(21)
	for n, channel := range channels {
		for m, encoding := range encodings {
			for i := range 4 {
				v := values[(10*n+m+5*i)%len(values)]
				c := emptyCase()
				channel.put(c, i+1, encoding.encode(v))
				if leaks := sc.File("x.yaml", []byte(format(t, c))); len(leaks) == 0 {
					t.Errorf("%s, %s: %q is not found", channel.name, encoding.name, v)
				} else if line := fmt.Sprint(leaks); strings.Contains(line, v) {
					t.Errorf("%s shows the value", line)
				}
			}
		}
	}
}

func TestScanReadsEveryFile(t *testing.T) {
	files := fstest.MapFS{
		"a/x.yaml":             {Data: []byte("a: ada@corp.io\n")},
		"_unfaithful/y.yaml":   {Data: []byte("a: bea@corp.io\n")},
		".hidden/notes.md":     {Data: []byte("one\ntwo: cat@corp.io\n")},
		"a/clean.yaml":         {Data: []byte("a: ok@school.example\n")},
		"a/no-yaml/either.txt": {Data: []byte("fine\n")},
		"a/old.zip":            {Data: zipped(t, "b/z.yaml", "a: dan@corp.io\n")},
		"a/torn.ZIP":           {Data: []byte("PK eve@corp.io")},
	}
	leaks, n, err := NewScanner(ScanOptions{}).Files(files, "corpus")
	if err != nil || n != 8 {
		t.Errorf("have %d files, %v", n, err)
	}
	want := []string{
		"corpus/.hidden/notes.md:2:6 email  c**@****.**", "corpus/_unfaithful/y.yaml:1:4 email  b**@****.**",
		"corpus/a/old.zip/b/z.yaml:1:4 email  d**@****.**", "corpus/a/torn.ZIP:1:4 email  e**@****.**", "corpus/a/x.yaml:1:4 email  a**@****.**",
	}
	if diff := cmp.Diff(want, show(leaks)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// zipped is a ZIP file of one file.
func zipped(tb testing.TB, name, text string) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write([]byte(text))
	}
	if err := errors.Join(err, z.Close()); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestClassroomIsClean(t *testing.T) {
	leaks, n, err := NewScanner(ScanOptions{}).Files(os.DirFS("../../examples/classroom/corpus"), "corpus")
	if err != nil || n < 80 {
		t.Fatalf("have %d files, %v", n, err)
	}
	if len(leaks) > 0 {
		t.Errorf("have\n%s", strings.Join(show(leaks), "\n"))
	}
}

func BenchmarkScan(b *testing.B) {
	dir := "../../examples/classroom/corpus"
	cases, err := corpus.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	var files [][]byte
	total := 0
	for _, c := range cases.Cases {
		data, err := os.ReadFile(filepath.FromSlash(c.File))
		if err != nil {
			b.Fatal(err)
		}
		files = append(files, data)
		total += len(data)
	}
	sc := NewScanner(ScanOptions{})
	b.SetBytes(int64(total / len(files)))
	for i := 0; b.Loop(); i++ {
		sc.File("x.yaml", files[i%len(files)])
	}
}
