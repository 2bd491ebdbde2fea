package harness

import (
	"os"
	"path/filepath"
	"testing"
)

const locatedCase = `version: 1
request: {document: "{ a }"}
expect:
  http: {status: 200}
  response:
    data:
      rename:
        title: Old
        tags:
          - easy
          - maths
  effects:
    datastore:
      - update: [Class, 7, Assignment, 42]
        set:
          title: {from: Old, to: New}
      - insert: {namespace: n, path: [User, ann]}
        properties:
          name: Ann
  calls: []
`

func TestLineOf(t *testing.T) {
	file := filepath.Join(t.TempDir(), "case.yaml")
	if err := os.WriteFile(file, []byte(locatedCase), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		reason string
		d      Difference
		want   int
	}{
		{"a field", Difference{Channel: ResponseChannel, Path: "data.rename.title"}, 8},
		{"an item of a list", Difference{Channel: ResponseChannel, Path: "data.rename.tags[1]"}, 11},
		{"what the recording has not: the nearest above", Difference{Channel: ResponseChannel, Path: "data.rename.tags[7].x"}, 10},
		{"a changed property", Difference{Channel: EffectsChannel, Store: "datastore", Path: "Class/7/Assignment/42.title"}, 16},
		{"an entity as a whole", Difference{Channel: EffectsChannel, Store: "datastore", Path: "Class/7/Assignment/42"}, 14},
		{"a property of a new entity", Difference{Channel: EffectsChannel, Store: "datastore", Path: "User/ann.name"}, 19},
		{"an entity that legacy did not write", Difference{Channel: EffectsChannel, Store: "datastore", Path: "Log/1"}, 14},
		{"a store of which the recording has nothing", Difference{Channel: EffectsChannel, Store: "cache", Path: "k"}, 13},
		{"the status", Difference{Channel: HTTPChannel, Path: "status"}, 4},
		{"a call", Difference{Channel: CallsChannel, Path: "users[0].method"}, 20},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			if got := lineOf(file, []Difference{tt.d}); got != tt.want {
				t.Errorf("line %d, want %d", got, tt.want)
			}
		})
	}
	if got := lineOf(file, nil); got != 1 {
		t.Errorf("nothing was compared: line %d, want 1", got)
	}
	if got := lineOf("corpus.zip/a/b.yaml", nil); got != 0 {
		t.Errorf("the file cannot be read: line %d, want 0", got)
	}
}
