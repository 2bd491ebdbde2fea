package main

import (
	"net/http"

	"github.com/sidebyside/replay/examples/classroom/session/ops"
)

// passing is about what depends on the day: work that is due, days in a row, and
// the end of a term. Each operation says when it happens, to the millisecond.
func passing(s *session) {
	emmy, kim := s.as("emmy"), s.as("kim")
	submit := func(at, user, assignment, text string) {
		s.at(at)
		s.ok(ops.SubmitWork(s.ctx, s.as(user), "12", assignment, ops.WorkInput{Text: text}))
	}
	grades := func(at string) {
		s.at(at)
		s.ok(ops.Grades(s.ctx, emmy, "12"))
	}

	s.at("2026-09-18T11:59:59.999Z")
	s.ok(ops.Morning(s.ctx, emmy)) // 601 is due next
	submit("2026-09-18T11:59:59.999Z", "kim", "601", "Friends")
	submit("2026-09-18T12:00:00Z", "jun", "601", "Romans") // at the last instant
	submit("2026-09-18T12:00:00.001Z", "ivo", "601", "Countrymen, late")
	s.ok(ops.Morning(s.ctx, emmy)) // 602 is due next

	submit("2026-09-18T22:59:59.999Z", "kim", "602", "for") // the same day, and at the school
	submit("2026-09-18T23:50:00Z", "kim", "602", "for it")  // the same day, but not at the school
	submit("2026-09-19T00:10:00Z", "kim", "602", "against") // the second day
	grades("2026-09-19T23:59:59.999Z")
	submit("2026-09-20T23:59:59.999Z", "kim", "602", "for it again") // the third, 47 hours later
	submit("2026-09-21T00:00:00Z", "kim", "602", "against it again") // the fourth, a millisecond later
	grades("2026-09-22T23:59:59.999Z")                               // goes on: yesterday was a day
	s.at("2026-09-23T00:00:00Z")                                     // is over; the same question would be the same case
	s.send(raw{user: "emmy", body: post(`{ gradebook(classId: "12") { student { id } streak } }`, "", "")}, http.StatusOK, `"streak":0`)
	submit("2026-09-23T00:00:00Z", "kim", "602", "undecided")          // the first day of another row
	submit("2026-10-24T22:30:00Z", "jun", "602", "in summer time")     // 00:30 on the 25th at the school
	submit("2026-10-25T22:30:00Z", "jun", "602", "and in winter time") // 23:30 on the 25th at the school
	grades("2026-10-25T23:30:00Z")

	// Dates that a request brings along.
	s.at("2026-10-26T09:00:00Z")
	s.ok(ops.UpdateAssignment(s.ctx, emmy, "12", "603", fields{"due": "2026-10-28"}))
	s.ok(ops.UpdateAssignment(s.ctx, emmy, "12", "603", fields{"due": "2026-10-28T01:30:00.25+02:00"}))
	s.ok(ops.AssignmentList(s.ctx, kim, "12", &ops.AssignmentFilter{DueBefore: new("2026-10-29")}, new(ops.AssignmentOrderDue), nil, nil))
	submit("2026-10-27T23:30:00.25Z", "kim", "603", "at the last instant, spelled otherwise")
	submit("2026-10-27T23:30:00.251Z", "jun", "603", "late")

	s.at("2026-10-30T15:59:59.999Z")
	s.refused(`the term of class "12" is not over`)(ops.ArchiveClass(s.ctx, emmy, "12"))
	s.at("2026-10-30T16:00:00Z")
	s.ok(ops.ArchiveClass(s.ctx, emmy, "12"))
	s.ok(ops.ClassHead(s.ctx, emmy, "12"))
}
