package main

import "github.com/sidebyside/replay/examples/classroom/session/ops"

// notifying writes to people: operations that call other services.
func notifying(s *session) {
	s.at("2026-11-02T08:00:00.25Z")
	ada := s.as("ada")
	welcome := func(class, student string) (any, error) { return ops.WelcomeStudent(s.ctx, ada, class, student) }
	s.ok(welcome("7", "cleo"))
	s.ok(welcome("7", "ann")) // in another language
	s.ok(welcome("7", "dan"))
	s.ok(welcome("7", "finn")) // at the second attempt
	s.ok(welcome("7", "dan"))  // once more
	s.refused(`mail to "hana" could not be sent`)(welcome("7", "hana"))
	s.refused(`mail to "gus" was refused: unknown recipient`)(welcome("7", "gus"))
	s.refused(`"bea" wants no mail`)(welcome("7", "bea"))
	s.refused(`account "eve" not found`)(welcome("7", "eve"))
	s.refused(`student "mia" is not in class "7"`)(welcome("7", "mia"))
	s.refused(`class "11" is archived`)(welcome("11", "jun"))

	publish := func(assignment string) (any, error) { return ops.PublishGrades(s.ctx, ada, "7", assignment) }
	s.ok(publish("102")) // to some, some do not want to know
	s.ok(publish("101"))
	s.ok(publish("119")) // of no points
	s.refused(`nothing of assignment "106" is graded`)(publish("106"))
	s.refused(`assignment "999" not found`)(publish("999"))
	s.refused(`only a coach of class "7" may do this`)(ops.PublishGrades(s.ctx, s.as("ann"), "7", "102"))

	again := func(assignment, student string) (any, error) {
		return ops.ResendGrade(s.ctx, ada, "7", assignment, student)
	}
	s.ok(again("102", "cleo"))
	s.ok(again("102", "cleo")) // the second time
	s.ok(again("102", "finn")) // at the second attempt
	s.ok(again("102", "ann"))
	s.refused(`"bea" wants no mail`)(again("102", "bea"))
	s.refused(`the work of "kim" is not graded`)(again("106", "kim"))
	s.refused(`the work of "zed" is not graded`)(again("102", "zed"))

	move := func(user, email string) (any, error) { return ops.ChangeEmail(s.ctx, s.as(user), email) }
	s.ok(move("ann", " Ann.Ahlgren@home.example "))
	s.ok(move("ann", "ann@home.example")) // from the address before
	s.ok(move("emmy", "Noether@home.example"))
	s.ok(move("finn", "finn@school.example")) // the old address is busy
	s.refused("could not be sent")(move("hana", "hana@home.example"))
	s.refused("the address is taken")(move("dan", "ada@school.example"))
	s.refused("account \"grace\" not found")(ops.ChangeEmail(s.ctx, s.as("grace"), "grace@home.example"))
	s.refused(`email "nowhere" is not an address`)(move("kim", "nowhere"))
	s.refused("sign in first")(move("", "nobody@home.example"))
	s.ok(welcome("7", "ann")) // at the new address
}
