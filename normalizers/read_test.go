package normalizers

import (
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
)

// FuzzRead reads texts as the decoder does, which refuses what is no JSON.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`{"a": [1, -0, 1.50e+1, true, false, null], "a": "\u00e9\n\ud83d\ude00"}`, `"\ud83d"`, `[1,]`, `{"a" 1}`, ` [ ] `, `01`, `1.`, "\"\t\"", "\"\xff\"", `"\x"`,
		`nul`, `{}x`, `"\u12"`, `-`, ``, `[`, `{"a":`, strings.Repeat("[", 1001) + strings.Repeat("]", 1001),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		decoded, wantErr := corpus.JSON(text).Decode()
		trees := &forest{}
		have, err := trees.read(text)
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("%q: %v, want %v", text, err, wantErr)
		}
		if err == nil && !sameRaw(have, trees.decoded(decoded)) {
			t.Errorf("%q: %s", text, describeTree(have))
		}
	})
}

func sameRaw(a, b *Tree) bool {
	if a.Kind != b.Kind || a.Was != b.Was || a.Name != b.Name || a.Text != b.Text || a.Shown != b.Shown || len(a.Children) != len(b.Children) {
		return false
	}
	for i, c := range a.Children {
		if !sameRaw(c, b.Children[i]) {
			return false
		}
	}
	return true
}
