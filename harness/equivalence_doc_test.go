package harness

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sidebyside/replay/normalizers"
)

const equivalencePage = "../docs/equivalence.md"

// TestThePageOnEquivalenceIsTrue runs the examples of the page: each of its code
// blocks is an archive as in testdata/compare, about the request of the first
// block. Every rule has one.
func TestThePageOnEquivalenceIsTrue(t *testing.T) {
	page, err := os.ReadFile(equivalencePage)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(page), "```\n")
	shared := map[string]string{}
	missing := map[string]bool{}
	for _, use := range normalizers.Uses() {
		missing[use] = true
	}
	for i := 1; i < len(parts); i += 2 {
		archive := txtar.Parse([]byte(parts[i]))
		if len(shared) == 0 {
			for _, f := range archive.Files {
				shared[f.Name] = string(f.Data)
			}
			continue
		}
		have := newBench(t, documented(shared, archive)).run(t)
		says := &archive.Files[len(archive.Files)-1]
		if says.Name != "says" {
			t.Fatalf("the example does not end with what is said:\n%s", parts[i])
		}
		if diff := cmp.Diff(string(says.Data), have); diff != "" && !*update {
			t.Errorf("%s\n-says +have; run go test -update to rewrite\n%s", parts[i], diff)
		}
		says.Data = []byte(have)
		parts[i] = string(txtar.Format(archive))
		for use := range missing {
			if strings.Contains(parts[i], "use: "+use+",") {
				delete(missing, use)
			}
		}
	}
	for use := range missing {
		t.Errorf("no example shows what %s does", use)
	}
	if *update {
		if err := os.WriteFile(equivalencePage, []byte(strings.Join(parts, "```\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// documented is an example of the page in the form of testdata/compare.
func documented(shared map[string]string, archive *txtar.Archive) *txtar.Archive {
	full := &txtar.Archive{}
	add := func(name, data string) {
		full.Files = append(full.Files, txtar.File{Name: name, Data: []byte(data)})
	}
	indent := func(text string) string {
		return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ") + "\n"
	}
	add("request.yaml", "version: 1\nrecorded: {at: 2026-11-20T14:03:20.000Z, implementation: legacy}\nrequest:\n"+
		indent(shared["request"])+"fixture:\n"+indent(shared["fixture"]))
	add("schema.graphql", shared["schema"])
	for _, f := range archive.Files {
		switch data := string(f.Data); f.Name {
		case "rule":
			add("replay.yaml", data)
		case "legacy", "candidate", "recorded":
			if !strings.HasPrefix(data, "http:") {
				data = "http: {status: 200}\n" + data
			}
			add(f.Name+".yaml", data)
		case "allocated":
			add(f.Name, data)
		}
	}
	return full
}
