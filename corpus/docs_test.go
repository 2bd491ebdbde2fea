package corpus_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sidebyside/replay/corpus"
)

// TestTheDocumentedFormsAreRead keeps the examples of the documentation true.
func TestTheDocumentedFormsAreRead(t *testing.T) {
	page, err := os.ReadFile("../docs/corpus.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for i, part := range strings.Split(string(page), "```") {
		if yaml, ok := strings.CutPrefix(part, "yaml\n"); ok && i%2 == 1 {
			blocks = append(blocks, yaml)
		}
	}
	if len(blocks) != 7 {
		t.Fatalf("want the case, rows, keys, effects, effects of rows, calls and a fixture, have %d blocks", len(blocks))
	}
	const (
		head = "version: 1\nrecorded: {at: 2026-11-20T14:03:22Z}\nrequest: {operation: query, fields: [a], document: \"{ a }\"}\n"
		both = "fixture: {datastore: {entities: [{key: [Class, 7, Assignment, 42]}, {key: [Class, 7, Assignment, 43]}]}}\n"
		tail = "expect:\n  http: {status: 200}\n  response: {}\n"
		base = "datastore: {entities: [{key: [Class, 7]}]}\n"
	)
	cases, err := corpus.Load(fstest.MapFS{
		"a/example.yaml":       {Data: []byte(blocks[0])},
		"a/effects.yaml":       {Data: []byte(head + both + tail + "  effects:\n    datastore:\n" + indent(blocks[3], 6))},
		"a/rows.yaml":          {Data: []byte(head + "fixture:\n" + indent(blocks[1], 2) + tail + "  effects:\n    db:\n" + indent(blocks[4], 6))},
		"a/redis.yaml":         {Data: []byte(head + "fixture:\n" + indent(blocks[2], 2) + tail)},
		"a/calls.yaml":         {Data: []byte(head + "fixture: {}\n" + tail + indent(blocks[5], 2))},
		"a/fixture.yaml":       {Data: []byte(head + blocks[6] + tail)},
		"fixtures/school.yaml": {Data: []byte(base)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(cases.Cases) != 6 {
		t.Errorf("read %d cases", len(cases.Cases))
	}
}

func indent(text string, by int) string {
	pad := strings.Repeat(" ", by)
	return pad + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+pad) + "\n"
}
