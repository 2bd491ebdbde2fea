package main

import "github.com/sidebyside/replay/examples/classroom/session/ops"

// reading looks at single things.
func reading(s *session) {
	ada, ann, cleo, emmy := s.as("ada"), s.as("ann"), s.as("cleo"), s.as("emmy")

	s.ok(ops.ClassPage(s.ctx, ada, "7", new(10)))
	s.ok(ops.ClassPage(s.ctx, ann, "7", nil))
	s.ok(ops.ClassPage(s.ctx, ada, "8", new(0)))
	s.refused("first must not be negative")(ops.ClassPage(s.ctx, ada, "7", new(-1)))
	s.ok(ops.ClassHead(s.ctx, ada, "8")) // neither subject nor schedule nor tags
	s.ok(ops.ClassHead(s.ctx, ada, "99"))
	s.ok(ops.ClassHead(s.ctx, ada, "seven"))
	s.refused(`class "9" is not yours`)(ops.ClassHead(s.ctx, ann, "9"))
	s.refused("sign in first")(ops.ClassHead(s.ctx, s.as(""), "7"))
	s.refused(`unknown user "zed"`)(ops.ClassHead(s.ctx, s.as("zed"), "7"))

	s.ok(ops.MyClasses(s.ctx, ada, nil))
	s.ok(ops.MyClasses(s.ctx, emmy, new(false)))
	s.ok(ops.MyClasses(s.ctx, emmy, new(true)))
	s.ok(ops.MyClasses(s.ctx, ann, nil))
	s.ok(ops.MyClasses(s.ctx, cleo, new(true)))

	s.ok(ops.OneAssignment(s.ctx, ada, "7", "102"))
	s.ok(ops.OneAssignment(s.ctx, ann, "7", "109")) // a draft
	s.ok(ops.OneAssignment(s.ctx, ada, "7", "999"))

	s.ok(ops.OneSubmission(s.ctx, ada, "7", "101", "ann"))
	s.ok(ops.OneSubmission(s.ctx, ann, "7", "102", "ann"))
	s.ok(ops.OneSubmission(s.ctx, ada, "7", "101", "bea")) // no feedback
	s.ok(ops.OneSubmission(s.ctx, ada, "7", "101", "kim"))
	s.refused(`the work of "bea" is not yours`)(ops.OneSubmission(s.ctx, ann, "7", "101", "bea"))

	s.ok(ops.Who(s.ctx, ann, "ada"))
	s.ok(ops.Who(s.ctx, ann, "ann"))
	s.ok(ops.Who(s.ctx, ada, "5001"))
	s.ok(ops.Who(s.ctx, ada, "nobody"))

	s.ok(ops.Morning(s.ctx, ada))
	s.ok(ops.Morning(s.ctx, s.as("grace")))
	s.refused("only coaches have a dashboard")(ops.Morning(s.ctx, ann))

	s.ok(ops.Grades(s.ctx, ada, "7"))
	s.refused(`only a coach of class "7" may do this`)(ops.Grades(s.ctx, ann, "7"))
}

// listing turns pages: 24 assignments are two full pages of 12.
func listing(s *session) {
	ada, ann := s.as("ada"), s.as("ann")
	page := func(order ops.AssignmentOrder, page, size int) {
		s.ok(ops.AssignmentList(s.ctx, ada, "7", nil, &order, &page, &size))
	}
	page(ops.AssignmentOrderPosition, 1, 12)
	page(ops.AssignmentOrderPosition, 2, 12)
	page(ops.AssignmentOrderPosition, 3, 12)
	page(ops.AssignmentOrderTitle, 3, 10)
	page(ops.AssignmentOrderDue, 1, 10)
	s.ok(ops.AssignmentList(s.ctx, ada, "7", nil, nil, nil, nil))

	filtered := func(f ops.AssignmentFilter, order ops.AssignmentOrder) {
		s.ok(ops.AssignmentList(s.ctx, ada, "7", &f, &order, new(1), new(20)))
	}
	filtered(ops.AssignmentFilter{State: new(ops.AssignmentStateClosed)}, ops.AssignmentOrderPosition)
	filtered(ops.AssignmentFilter{Label: new("exam")}, ops.AssignmentOrderTitle)
	filtered(ops.AssignmentFilter{DueBefore: new("2026-01-01")}, ops.AssignmentOrderDue)
	filtered(ops.AssignmentFilter{DueBefore: new("2024-11-02T13:00:00+01:00"), State: new(ops.AssignmentStateClosed)}, ops.AssignmentOrderDue)
	filtered(ops.AssignmentFilter{Label: new("no such label")}, ops.AssignmentOrderDue)

	draft, title := ops.AssignmentFilter{State: new(ops.AssignmentStateDraft)}, new(ops.AssignmentOrderTitle)
	s.ok(ops.AssignmentList(s.ctx, ann, "7", nil, title, new(2), new(7)))
	s.refused("students see no drafts")(ops.AssignmentList(s.ctx, ann, "7", &draft, nil, nil, nil))
	s.refused("page must be at least 1")(ops.AssignmentList(s.ctx, ada, "7", nil, nil, new(0), nil))
	s.refused("size must be between 1 and 50")(ops.AssignmentList(s.ctx, ada, "7", nil, nil, nil, new(51)))
	s.refused("dueBefore needs order DUE")(ops.AssignmentList(s.ctx, ada, "7",
		&ops.AssignmentFilter{DueBefore: new("2026-01-01")}, title, nil, nil))
	s.refused(`class "99" not found`)(ops.AssignmentList(s.ctx, ada, "99", nil, nil, nil, nil))

	s.ok(ops.AssignmentsWithWork(s.ctx, ada, "7", nil))
	s.ok(ops.AssignmentsWithWork(s.ctx, ada, "7", new(ops.SubmissionStateLate)))
	s.refused(`only a coach of class "7" may do this`)(ops.AssignmentsWithWork(s.ctx, ann, "7", nil))

	s.ok(ops.SubmissionList(s.ctx, ada, "7", "101", nil))
	s.ok(ops.SubmissionList(s.ctx, ada, "7", "101", new(ops.SubmissionStateLate)))
	s.ok(ops.SubmissionList(s.ctx, ada, "7", "101", new(ops.SubmissionStateGraded)))
	s.ok(ops.SubmissionList(s.ctx, ada, "7", "120", nil))
	s.refused(`assignment "999" not found`)(ops.SubmissionList(s.ctx, ada, "7", "999", nil))
}

// searching finds by the start of a title or name.
func searching(s *session) {
	ada := s.as("ada")
	s.ok(ops.Find(s.ctx, ada, "Fra", nil))
	s.ok(ops.Find(s.ctx, ada, "Fra", new(2))) // the first of the two belongs to others
	s.ok(ops.Find(s.ctx, ada, "Fra", new(3)))
	s.ok(ops.Find(s.ctx, ada, "Angles", new(5)))
	s.ok(ops.Find(s.ctx, ada, "fRactions", new(5)))
	s.ok(ops.Find(s.ctx, ada, "G", nil))
	s.ok(ops.Find(s.ctx, ada, "Zoë", nil))
	s.ok(ops.Find(s.ctx, ada, "Math", new(1)))
	s.ok(ops.Find(s.ctx, s.as("ann"), "A", nil))
	s.ok(ops.Find(s.ctx, s.as("emmy"), "Frac", new(50)))
	s.refused("text must not be empty")(ops.Find(s.ctx, ada, "", nil))
	s.refused("limit must be between 1 and 50")(ops.Find(s.ctx, ada, "A", new(0)))
}
