package classroom_test

import (
	"testing"

	"github.com/sidebyside/replay/harness/gate/gatetest"
)

// TestGate moves a mutation to canary: only with a sign-off, and only as long as
// nothing differs that it stands on.
func TestGate(t *testing.T) {
	gatetest.Show(t, gatetest.Example{
		Module: "../..", Dir: ".", Schema: "schema.graphql",
		Declaration: "renameAssignment(classId: ID!, id: ID!, title: String!): Assignment", Coordinate: "Mutation.renameAssignment",
		Changes: []gatetest.Change{
			{Reason: "the candidate is not the one that was compared", File: "candidate/invite.go", Old: "package main", New: "package main "},
			{Reason: "legacy is not the one that was compared", File: "legacy/main.go", Old: "package main", New: "package main "},
			{Reason: "the cases of the field are not those that were replayed", File: "corpus/renameAssignment/*.yaml", New: "\n"},
			{Reason: "the ledger is not the one it was made with", File: "ledger.yaml", New: "\n"},
			{Reason: "the schema is not the one it was made with", File: "schema.graphql", Old: "minutes: Int!", New: "minutes: Int "},
		},
	})
}
