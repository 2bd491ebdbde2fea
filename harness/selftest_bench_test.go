package harness

import "testing"

// BenchmarkSelfTest puts every fault into every place of a small corpus.
func BenchmarkSelfTest(b *testing.B) {
	c, cases := selfTestBench(b, "replay.yaml")
	for b.Loop() {
		r, err := SelfTest(b.Context(), c, cases, SelfTestOptions{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(r.Tried), "faults/op")
	}
}
