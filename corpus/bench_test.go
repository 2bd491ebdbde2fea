package corpus_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sidebyside/replay/corpus"
)

// BenchmarkLoad reads a corpus of 10 000 cases of about 1.5 KB; the aim is under
// two seconds on two cores.
func BenchmarkLoad(b *testing.B) {
	const cases = 10_000
	example, err := os.ReadFile("testdata/valid/typical.yaml")
	if err != nil {
		b.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for i := range cases {
		text := strings.ReplaceAll(string(example), "Fractions", fmt.Sprintf("Fractions %d", i))
		fsys[fmt.Sprintf("field%d/rename-%08x.yaml", i%50, i)] = &fstest.MapFile{Data: []byte(text)}
	}
	b.ReportAllocs()
	for b.Loop() {
		loaded, err := corpus.Load(fsys)
		if err != nil || len(loaded.Cases) != cases {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/corpus")
	b.ReportMetric(float64(len(example)), "bytes/case")
}

func BenchmarkFormat(b *testing.B) {
	example, err := os.ReadFile("testdata/valid/typical.yaml")
	if err != nil {
		b.Fatal(err)
	}
	c, err := corpus.Parse("typical", example)
	if err != nil {
		b.Fatal(err)
	}
	for _, format := range []struct {
		name string
		of   func(*corpus.Case) ([]byte, error)
	}{{"read", corpus.Format}, {"unread", corpus.FormatUnread}} {
		b.Run(format.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := format.of(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
