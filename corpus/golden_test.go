package corpus_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
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
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// eachFile runs a test per file; adding a file adds a case.
func eachFile(t *testing.T, pattern string, run func(t *testing.T, file string)) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), func(t *testing.T) { run(t, file) })
	}
}

func TestInvalidCasesSayEverythingThatIsWrong(t *testing.T) {
	eachFile(t, "testdata/invalid/*.yaml", func(t *testing.T, file string) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := corpus.Parse(filepath.Base(file), data)
		if err == nil {
			t.Fatalf("accepted as %+v", c)
		}
		golden(t, strings.TrimSuffix(file, ".yaml")+".txt", err.Error()+"\n")
	})
}

func TestValidCasesAreWrittenInOneForm(t *testing.T) {
	eachFile(t, "testdata/valid/*.yaml", func(t *testing.T, file string) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := corpus.Parse("field/name-00000000.yaml", data)
		if err != nil {
			t.Fatal(err)
		}
		roundTrip(t, c)
		have, err := corpus.Format(c)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, strings.TrimSuffix(file, ".yaml")+".golden", string(have))
	})
}

// TestEditorsDoNotChangeACase: checkouts and editors of some systems change line
// endings and add byte order marks.
func TestEditorsDoNotChangeACase(t *testing.T) {
	data, err := os.ReadFile("testdata/valid/typical.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want, err := corpus.Parse("a/b.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	for reason, text := range map[string]string{
		"CRLF":            strings.ReplaceAll(string(data), "\n", "\r\n"),
		"byte order mark": "\ufeff" + string(data),
	} {
		have, err := corpus.Parse("a/b.yaml", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", reason, err)
			continue
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s (-want +got):\n%s", reason, diff)
		}
	}
	broken := strings.ReplaceAll(strings.Replace(string(data), "id: $id,", "id: $,", 1), "\n", "\r\n")
	if _, err := corpus.Parse("a/b.yaml", []byte(broken)); err == nil || !strings.HasPrefix(err.Error(), "a/b.yaml:8:36: parse document") {
		t.Errorf("want the place in a file with CRLF, have %v", err)
	}
}
