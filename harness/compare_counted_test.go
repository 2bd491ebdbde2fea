package harness

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

func TestNotCounted(t *testing.T) {
	key := func(table string, columns ...corpus.Value) corpus.Key {
		k, _ := corpus.RowKey(table, columns...)
		return k
	}
	receipts := store.Sequence{Name: "audit.receipt_numbers", Numbers: []int64{4}}
	seats := store.Sequence{Name: "public.seats_seq", Table: "public.places", Column: "seat", Numbers: []int64{7, 8}}
	receipt := corpus.Effect{Op: corpus.Insert, Key: key("audit.receipts", "R-000004")}
	place := corpus.Effect{Op: corpus.Insert, Key: key("public.places", int64(1), "ann"), Properties: map[string]corpus.Value{"seat": int64(8)}}
	for _, tt := range []struct {
		reason                  string
		legacy, candidate       []store.Sequence
		legacyDid, candidateDid corpus.Effect
		recorded                bool
		want                    string // the path
	}{
		{reason: "the candidate numbers after the last one", legacy: []store.Sequence{receipts}, legacyDid: receipt, candidateDid: receipt, want: "audit.receipts/R-000004"},
		{reason: "legacy does", candidate: []store.Sequence{receipts}, legacyDid: receipt, candidateDid: receipt, want: "audit.receipts/R-000004"},
		{reason: "a column that is no key", legacy: []store.Sequence{seats}, legacyDid: place, candidateDid: place, want: "public.places/1,ann"},
		{reason: "both ask", legacy: []store.Sequence{receipts}, candidate: []store.Sequence{receipts}, legacyDid: receipt, candidateDid: receipt},
		{reason: "what was asked for was taken back: no row has the number", legacy: []store.Sequence{{Name: receipts.Name, Numbers: []int64{5}}}, legacyDid: receipt, candidateDid: receipt},
		{reason: "the number stands in a row of another table", legacy: []store.Sequence{{Name: "s", Table: "public.other", Column: "seat", Numbers: []int64{8}}}, legacyDid: place, candidateDid: place},
		{reason: "the other row is a difference by itself", legacy: []store.Sequence{receipts}, legacyDid: receipt, candidateDid: place},
		{reason: "a recording does not tell", candidate: []store.Sequence{receipts}, legacyDid: receipt, candidateDid: receipt, recorded: true},
		{reason: "a row that was there", legacy: []store.Sequence{receipts}, legacyDid: corpus.Effect{Op: corpus.Update, Key: receipt.Key}, candidateDid: corpus.Effect{Op: corpus.Update, Key: receipt.Key}},
		{
			reason: "a key with two numbers says of neither where it is from", legacy: []store.Sequence{receipts},
			legacyDid: corpus.Effect{Op: corpus.Insert, Key: key("audit.receipts", "2026-4")}, candidateDid: corpus.Effect{Op: corpus.Insert, Key: key("audit.receipts", "2026-4")},
		},
	} {
		does := func(name string, counted []store.Sequence, e corpus.Effect) side {
			return side{name: name, counted: counted, obs: &corpus.Observation{Effects: map[string][]corpus.Effect{"db": {e}}}}
		}
		left, right := does("legacy", tt.legacy, tt.legacyDid), does("candidate", tt.candidate, tt.candidateDid)
		left.recorded = tt.recorded
		var path string
		for _, o := range notCounted(left, right) {
			path += o.Path
			if given := o.Legacy != ownOrder; given != (tt.legacy != nil) {
				t.Errorf("%s: legacy has a %s", tt.reason, o.Legacy)
			}
		}
		if diff := cmp.Diff(tt.want, path); diff != "" {
			t.Errorf("%s (-want +have):\n%s", tt.reason, diff)
		}
	}
}
