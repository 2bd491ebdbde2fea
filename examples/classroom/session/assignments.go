package main

import (
	"strings"

	"github.com/sidebyside/replay/examples/classroom/session/ops"
)

// drafting creates assignments.
func drafting(s *session) {
	ada := s.as("ada")
	s.ok(ops.CreateAssignment(s.ctx, ada, "7", ops.AssignmentInput{Title: "Prime numbers"}))
	s.ok(ops.CreateAssignment(s.ctx, ada, "7", ops.AssignmentInput{
		Title: "  Sieve \u00a0", Description: new("Cross out what is no prime.\nUse a pencil."), Points: new(20), Weight: new(1.5),
		State: new(ops.AssignmentStateOpen), Due: new("2099-05-01"), Labels: []string{"homework", "primes", "homework"},
		Rubric: []ops.CriterionInput{
			{Name: "Method", Points: 15, Weight: new(0.75), Note: new("Every step counts.")},
			{Name: "Neatness", Points: 5},
		},
	}))
	s.ok(ops.CreateAssignment(s.ctx, ada, "8", ops.AssignmentInput{
		Title: "Forces ⚡", Points: new(0), Weight: new(2.0), Due: new("2099-05-01T23:30:00.123456+02:00"), Labels: []string{},
	}))
	s.ok(ops.CreateAssignment(s.ctx, s.as("grace"), "7", ops.AssignmentInput{
		Title: strings.Repeat("Übung macht den Meister. ", 3), Description: new(strings.Repeat("long text ", 300)),
	}))
	s.ok(ops.CreateAssignment(s.ctx, ada, "7", ops.AssignmentInput{Title: "fractions Revisited"})) // another case is another title

	s.refused(`title "Fractions" is taken`)(ops.CreateAssignment(s.ctx, ada, "7", ops.AssignmentInput{Title: " Fractions "}))
	s.refused("title must not be empty")(ops.CreateAssignment(s.ctx, ada, "7", ops.AssignmentInput{Title: "   "}))
	s.refused("points must be between 0 and 1000")(ops.CreateAssignment(s.ctx, ada, "7", ops.AssignmentInput{Title: "Much", Points: new(1001)}))
	s.refused(`class "99" not found`)(ops.CreateAssignment(s.ctx, ada, "99", ops.AssignmentInput{Title: "Nowhere"}))
	s.refused(`class "9" is archived`)(ops.CreateAssignment(s.ctx, s.as("emmy"), "9", ops.AssignmentInput{Title: "Too late"}))
	s.refused(`only a coach of class "10" may do this`)(ops.CreateAssignment(s.ctx, ada, "10", ops.AssignmentInput{Title: "Not mine"}))
}

// revising updates assignments: absent, null and value are three things.
func revising(s *session) {
	ada := s.as("ada")
	patch := func(id string, in fields) { s.ok(ops.UpdateAssignment(s.ctx, ada, "7", id, in)) }
	patch("102", fields{"due": nil})
	patch("102", fields{"due": "2099-01-02T03:04:05.678901Z"})
	patch("102", fields{"labels": []string{"zeta", "alpha", "midway"}})
	patch("102", fields{"labels": nil})
	patch("103", fields{"labels": []string{}})
	patch("102", fields{"description": nil})
	patch("101", fields{"description": ""})
	patch("104", fields{"description": "Short now.", "state": "OPEN"})
	patch("102", fields{"weight": nil})
	patch("104", fields{"weight": 3})
	patch("105", fields{"points": 0})
	patch("106", fields{"points": 0, "due": nil})
	patch("105", fields{"points": 50, "title": "  Percentages % "})
	patch("107", fields{"title": nil, "points": nil, "state": nil, "rubric": nil})
	patch("107", fields{})
	patch("108", fields{"rubric": []fields{{"name": "Sketch", "points": 3, "note": "By hand."}, {"name": "Result", "points": 7, "weight": nil}}})
	patch("101", fields{"rubric": []fields{}})
	patch("112", fields{"state": "CLOSED"})

	refused := func(text, id string, in fields) {
		s.refused(text)(ops.UpdateAssignment(s.ctx, ada, "7", id, in))
	}
	refused("points must be between 0 and 1000", "102", fields{"points": -1})
	refused("title must not be empty", "102", fields{"title": ""})
	refused(`title "Area" is taken`, "102", fields{"title": "Area"})
	refused(`assignment "999" not found`, "999", fields{"points": 1})
	refused(`assignment "" not found`, "", fields{"points": 1})
	s.refused(`only a coach of class "7" may do this`)(ops.UpdateAssignment(s.ctx, s.as("ann"), "7", "102", fields{"points": 10}))
}

// renaming renames assignments; titles are cut at 60 bytes.
func renaming(s *session) {
	ada := s.as("ada")
	s.ok(ops.RenameAssignment(s.ctx, ada, "7", "108", "Area and perimeter"))
	s.ok(ops.RenameAssignment(s.ctx, ada, "7", "108", " Area and perimeter ")) // the same
	s.ok(ops.RenameAssignment(s.ctx, ada, "7", "109", "Volume: "+strings.Repeat("ä", 40)))
	s.ok(ops.RenameAssignment(s.ctx, ada, "7", "110", strings.Repeat("r", 61)))
	s.ok(ops.RenameAssignment(s.ctx, ada, "7", "111", "Negative\u2003numbers 🧊"))
	s.ok(ops.RenameAssignment(s.ctx, ada, "7", "112", "\tÉquations"))
	s.refused(`title "Decimals" is taken`)(ops.RenameAssignment(s.ctx, ada, "7", "111", "Decimals"))
	s.refused("title must not be empty")(ops.RenameAssignment(s.ctx, ada, "7", "111", ""))
	s.refused(`assignment "999" not found`)(ops.RenameAssignment(s.ctx, ada, "7", "999", "Nothing"))
	s.refused(`only a coach of class "7" may do this`)(ops.RenameAssignment(s.ctx, s.as("emmy"), "7", "111", "Not mine"))
}

// reordering changes positions.
func reordering(s *session) {
	ada := s.as("ada")
	s.ok(ops.ReorderAssignments(s.ctx, ada, "8", []string{"203", "201"}))
	s.ok(ops.ReorderAssignments(s.ctx, ada, "8", []string{"203", "201"})) // nothing left to do
	s.ok(ops.ReorderAssignments(s.ctx, ada, "11", []string{}))
	s.ok(ops.ReorderAssignments(s.ctx, ada, "11", []string{"505", "503", "501"}))
	s.refused(`assignment "201" is listed twice`)(ops.ReorderAssignments(s.ctx, ada, "8", []string{"201", "201"}))
	s.refused(`assignment "101" not found`)(ops.ReorderAssignments(s.ctx, ada, "8", []string{"201", "101"}))
	s.refused(`only a coach of class "10" may do this`)(ops.ReorderAssignments(s.ctx, ada, "10", []string{"402", "401"}))
}

// deleting deletes assignments with their submissions.
func deleting(s *session) {
	ada := s.as("ada")
	s.ok(ops.DeleteAssignment(s.ctx, ada, "7", "105", nil)) // with one submission
	s.ok(ops.DeleteAssignment(s.ctx, ada, "7", "120", new(false)))
	s.refused(`assignment "103" has graded work`)(ops.DeleteAssignment(s.ctx, ada, "7", "103", nil))
	s.ok(ops.DeleteAssignment(s.ctx, ada, "7", "103", new(true)))
	s.refused(`assignment "103" not found`)(ops.DeleteAssignment(s.ctx, ada, "7", "103", new(true)))
	s.refused(`class "9" is archived`)(ops.DeleteAssignment(s.ctx, s.as("emmy"), "9", "301", nil))
	s.ok(ops.CreateAssignment(s.ctx, ada, "7", ops.AssignmentInput{Title: "After the gap"})) // at a position that is taken
}
