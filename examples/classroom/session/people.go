package main

import "github.com/sidebyside/replay/examples/classroom/session/ops"

// inviting brings students and coaches into classes.
func inviting(s *session) {
	ada := s.as("ada")
	student := func(class string, in ops.StudentInput) (any, error) {
		return ops.InviteStudent(s.ctx, ada, class, in)
	}
	s.ok(student("7", ops.StudentInput{
		Name: " Özgür Öz ", Email: " ozgur@school.example ", Year: new(7), Guardian: &ops.GuardianInput{Name: "Ömer Öz"},
	}))
	s.ok(student("7", ops.StudentInput{Name: "Özgür Öz", Email: "ozgur@school.example"})) // is in
	s.ok(student("8", ops.StudentInput{Name: "Quin Quick", Email: "quin@school.example"}))
	s.ok(student("7", ops.StudentInput{Name: "Leo", Email: "leo@school.example"}))     // is back
	s.ok(student("7", ops.StudentInput{Name: "Zoë", Email: "zoe@school.example"}))     // has an account
	s.ok(student("8", ops.StudentInput{Name: "Mia Two", Email: "Mia@school.example"})) // in another case
	s.refused(`"grace@school.example" is a coach`)(student("7", ops.StudentInput{Name: "Grace", Email: "grace@school.example"}))
	s.refused(`email "nobody" is not an address`)(student("7", ops.StudentInput{Name: "N", Email: "nobody"}))
	s.refused("name must not be empty")(student("7", ops.StudentInput{Name: " ", Email: "x@school.example"}))
	s.refused(`class "9" is archived`)(ops.InviteStudent(s.ctx, s.as("emmy"), "9", ops.StudentInput{Name: "X", Email: "x@school.example"}))

	s.ok(ops.InviteCoach(s.ctx, ada, "7", "emmy@school.example"))
	s.ok(ops.InviteCoach(s.ctx, ada, "7", "emmy@school.example")) // is in
	s.ok(ops.InviteCoach(s.ctx, ada, "11", "grace@school.example"))
	s.refused(`no coach has the email "ann@school.example"`)(ops.InviteCoach(s.ctx, ada, "7", "ann@school.example"))
	s.refused(`no coach has the email "Emmy@school.example"`)(ops.InviteCoach(s.ctx, ada, "8", "Emmy@school.example"))
}

// founding creates classes.
func founding(s *session) {
	ada := s.as("ada")
	s.ok(ops.CreateClass(s.ctx, ada, ops.ClassInput{Title: "Geometry"}))
	s.ok(ops.CreateClass(s.ctx, ada, ops.ClassInput{
		Title: "\tAstronomy \n", Subject: new("Physics"), Tags: []string{"night", "Ω"},
		Schedule: &ops.ScheduleInput{Weekday: 9, Minutes: 45, Room: new("roof")}, CoCoachIds: []string{"grace", "emmy"},
	}))
	s.ok(ops.CreateClass(s.ctx, s.as("emmy"), ops.ClassInput{Title: "Choir", Subject: new(""), Tags: []string{}, CoCoachIds: []string{}}))
	s.refused(`coach "ann" not found`)(ops.CreateClass(s.ctx, ada, ops.ClassInput{Title: "Art", CoCoachIds: []string{"emmy", "ann"}}))
	s.refused("title must not be empty")(ops.CreateClass(s.ctx, ada, ops.ClassInput{Title: " "}))
	s.refused("only coaches may create classes")(ops.CreateClass(s.ctx, s.as("ann"), ops.ClassInput{Title: "Revolt"}))
}

// archiving closes the classes of the parts before.
func archiving(s *session) {
	ada := s.as("ada")
	s.refused(`only the coach of class "7" may archive it`)(ops.ArchiveClass(s.ctx, s.as("grace"), "7"))
	s.ok(ops.ArchiveClass(s.ctx, ada, "11"))
	s.ok(ops.ArchiveClass(s.ctx, ada, "11")) // once is enough
	s.refused(`class "99" not found`)(ops.ArchiveClass(s.ctx, ada, "99"))
	s.ok(ops.MyClasses(s.ctx, ada, new(true)))
	s.ok(ops.MyClasses(s.ctx, ada, new(false)))
	s.ok(ops.ArchiveClass(s.ctx, s.as("grace"), "8"))
	s.ok(ops.MyClasses(s.ctx, s.as("zoe"), new(false)))
}
