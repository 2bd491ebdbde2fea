package harness

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
)

func TestSelection(t *testing.T) {
	all := []*corpus.Case{testCase("rename/long-1a"), testCase("rename/short-2b"), testCase("grade/half-3c")}
	all[0].Tags = []string{"smoke"}
	all[2].Request.Operation = corpus.Query
	tests := []struct {
		reason string
		sel    Selection
		want   []string
	}{
		{"nothing said: all", Selection{}, []string{"rename/long-1a", "rename/short-2b", "grade/half-3c"}},
		{"an exact name", Selection{Cases: []string{"grade/half-3c"}}, []string{"grade/half-3c"}},
		{"a folder", Selection{Cases: []string{"rename"}}, []string{"rename/long-1a", "rename/short-2b"}},
		{"a star stops at the slash", Selection{Cases: []string{"rename/l*"}}, []string{"rename/long-1a"}},
		{"two stars do not", Selection{Cases: []string{"**/*-3c"}}, []string{"grade/half-3c"}},
		{"several globs add up", Selection{Cases: []string{"grade", "rename/short*"}}, []string{"rename/short-2b", "grade/half-3c"}},
		{"by tag", Selection{Tags: []string{"smoke"}}, []string{"rename/long-1a"}},
		{"by operation", Selection{Operation: corpus.Query}, []string{"grade/half-3c"}},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			got, err := tt.sel.pick(all)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, caseNames(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := (Selection{Cases: []string{"renam/long-1a"}}).pick(all); !errors.Is(err, ErrNothingSelected) {
		t.Errorf("err = %v, want ErrNothingSelected: a run of nothing must not be green", err)
	}
	if _, err := (Selection{Tags: []string{"smok"}, Shard: Shard{Index: 1, Of: 2}}).pick(all); !errors.Is(err, ErrNothingSelected) {
		t.Errorf("err = %v, want ErrNothingSelected: shards of nothing must not be green", err)
	}
	if _, err := (Selection{}).pick(nil); err == nil {
		t.Error("an empty corpus must be refused")
	}
}

func caseNames(cases []*corpus.Case) []string {
	var names []string
	for _, cs := range cases {
		names = append(names, cs.Name)
	}
	return names
}
