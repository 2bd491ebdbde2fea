package main

import (
	"fmt"
	"strings"

	"github.com/sidebyside/replay/examples/classroom/session/ops"
)

// handingOut assigns to students.
func handingOut(s *session) {
	ada := s.as("ada")
	all := []string{"kim", "jun", "ivo", "hana", "gus", "finn", "eve", "dan", "cleo", "bea", "ann", "5001"}
	s.ok(ops.AssignToStudents(s.ctx, ada, "7", "106", all))
	s.ok(ops.AssignToStudents(s.ctx, ada, "7", "106", []string{"ann", "bea"})) // had it already
	s.ok(ops.AssignToStudents(s.ctx, ada, "7", "101", []string{"ann", "finn"}))
	s.ok(ops.AssignToStudents(s.ctx, ada, "7", "109", []string{"ann"})) // opens the draft
	s.ok(ops.AssignToStudents(s.ctx, ada, "7", "107", []string{"dan", "eve", "dan", "dan"}))
	s.ok(ops.AssignToStudents(s.ctx, ada, "7", "123", []string{})) // stays a draft
	s.refused(`student "zoe" is not in class "7"`)(ops.AssignToStudents(s.ctx, ada, "7", "108", []string{"ann", "zoe"}))
	s.refused(`student "leo" is not in class "7"`)(ops.AssignToStudents(s.ctx, ada, "7", "108", []string{"leo"}))
	s.refused(`assignment "110" is closed`)(ops.AssignToStudents(s.ctx, ada, "7", "110", []string{"ann"}))
	s.refused(`assignment "999" not found`)(ops.AssignToStudents(s.ctx, ada, "7", "999", []string{"ann"}))
	many := make([]string, 51)
	for i := range many {
		many[i] = fmt.Sprintf("student-%d", i)
	}
	s.refused("at most 50 students at once")(ops.AssignToStudents(s.ctx, ada, "7", "108", many))
}

// submitting hands work in.
func submitting(s *session) {
	submit := func(user, class, assignment, text string, request *string) (any, error) {
		return ops.SubmitWork(s.ctx, s.as(user), class, assignment, ops.WorkInput{Text: text, RequestId: request})
	}
	s.ok(submit("bea", "7", "103", "a fifth", new("bea-103")))
	s.ok(submit("bea", "7", "103", "a fifth", new("bea-103"))) // the same request again
	s.ok(submit("bea", "7", "103", "a sixth, after all", new("bea-103-b")))
	s.ok(submit("dan", "7", "101", "one, two, ten", nil)) // past the due date
	s.ok(submit("dan", "7", "101", "one, two, three", nil))
	s.ok(submit("ann", "7", "106", " Winkel: 90° 📐 ", new("")))
	s.ok(submit("cleo", "7", "102", "3/6 = 1/2", new("cleo-1"))) // a request id of an earlier attempt
	s.ok(submit("5001", "7", "106", strings.Repeat("ü", 2500), new("noor")))
	s.refused(`class "9" is archived`)(submit("cleo", "9", "301", "in partes tres", new("late")))
	s.refused(`assignment "101" is already graded`)(submit("ann", "7", "101", "again", nil))
	s.refused(`assignment "124" is not open`)(submit("ann", "7", "124", "early", nil))
	s.refused(`assignment "110" is closed`)(submit("ann", "7", "110", "late", nil))
	s.refused(`assignment "999" not found`)(submit("ann", "7", "999", "lost", nil))
	s.refused(`you are not in class "7"`)(submit("leo", "7", "101", "let me in", nil))
	s.refused(`you are not in class "7"`)(submit("ada", "7", "101", "I am a coach", nil))
	s.refused("text must not be empty")(submit("ann", "7", "106", "  ", nil))
	s.refused("text is too long: 5002 of at most 5000 bytes")(submit("ann", "7", "106", strings.Repeat("ü", 2501), nil))
}

// grading gives scores: of 8 points one is 12.5 percent, which rounds to 12.
func grading(s *session) {
	ada := s.as("ada")
	grade := func(assignment, student string, in fields) (any, error) {
		return ops.GradeSubmission(s.ctx, ada, "7", assignment, student, in)
	}
	s.ok(grade("102", "cleo", fields{"score": 1, "feedback": "Half of what you can."}))
	s.ok(grade("102", "finn", fields{"score": 5.4, "feedback": nil}))
	s.ok(grade("102", "cleo", fields{"score": 7.25}))
	s.ok(grade("102", "bea", fields{"score": 8.0, "feedback": ""}))
	s.ok(grade("102", "ann", fields{"score": 6.35, "feedback": "  "}))
	s.ok(grade("103", "dan", fields{"score": 7}))
	s.ok(grade("101", "cleo", fields{"score": 3.05, "feedback": "Trop tard, mais bien."}))
	s.ok(grade("119", "ann", fields{"score": 0})) // of no points
	s.refused("score must be between 0 and 8")(grade("102", "finn", fields{"score": 8.1}))
	s.refused("score must be between 0 and 10")(grade("101", "eve", fields{"score": -0.5, "feedback": "?"}))
	s.refused(`student "finn" has submitted nothing`)(grade("101", "finn", fields{"score": 1}))
	s.refused(`student "zed" has submitted nothing`)(grade("101", "zed", fields{"score": 1}))
	s.refused(`only a coach of class "7" may do this`)(ops.GradeSubmission(s.ctx, s.as("bea"), "7", "103", "bea", fields{"score": 40}))
	s.ok(ops.Morning(s.ctx, ada))
	s.ok(ops.Grades(s.ctx, s.as("grace"), "7"))
}
