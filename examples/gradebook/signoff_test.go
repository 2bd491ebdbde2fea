package gradebook_test

import (
	"testing"

	"github.com/sidebyside/replay/harness/gate/gatetest"
)

// TestGate moves a mutation to canary: only with a sign-off, and only as long as
// nothing differs that it stands on.
func TestGate(t *testing.T) {
	need(t, "python", "postgres")
	gatetest.Show(t, gatetest.Example{
		Module: "../..", Dir: ".", Schema: "schema.graphql",
		Declaration: "enrol(courseId: ID!, studentId: ID!): Enrolment", Coordinate: "Mutation.enrol",
		Changes: []gatetest.Change{
			{Reason: "the candidate is not the one that was compared", File: "candidate/main.go", Old: "package main", New: "package main "},
			{Reason: "legacy is not the one that was compared", File: "legacy/mutations.py", New: "\n"},
			{Reason: "the cases of the field are not those that were replayed", File: "corpus/enrol/*.yaml", New: "\n"},
			{Reason: "the ledger is not the one it was made with", File: "ledger.yaml", New: "\n"},
		},
	})
}
