package main

func assessing(s *session) {
	s.do(addAssessment, `{"to": "1", "in": {"title": "Geometry", "points": 32, "weight": 2, "due": "2026-09-20T10:00:00+02:00"}}`,
		`"label":"Geometry (x2.0)","points":"32","weight":2.0,"due":"2026-09-20T10:00:00"`)
	s.do(addAssessment, `{"to": "1", "in": {"title": "Quiz", "points": 20, "due": "2026-09-30"}}`, `"points":"2E+1","weight":1.0,"due":"2026-09-30T00:00:00"`)
	s.do(addAssessment, `{"to": "2", "in": {"title": "Waves", "points": 12.5, "weight": 0, "due": ""}}`, `"points":"12.5","weight":1.0,"due":null`)
	s.do(addAssessment, `{"to": "4", "in": {"title": "Ovid", "points": 3, "weight": 0.00002, "due": "2026-10-05T23:59:59.999999Z"}}`, `(x2e-05)`)
	s.refused(addAssessment, `{"to": "4", "in": {"title": "Nothing", "points": 0}}`, "an assessment has points")
	s.refused(addAssessment, `{"to": "4", "in": {"title": "Soon", "points": 1, "due": "tomorrow"}}`, "Invalid isoformat string: 'tomorrow'")
	s.do(reminderList, `{"of": "6"}`, `"Ovid is coming"`)
}

func scoring(s *session) {
	s.do(averageOf, `{"course": "1"}`, `"mean":60.8`)
	s.do(recordScore, `{"of": "2", "who": "2", "points": 5}`, `"percent":31.2`) // 31.25
	s.do(averageOf, `{"course": "1"}`, `"count":4`)
	s.do(recordScore, `{"of": "2", "who": "1", "points": 15}`, `"percent":93.8`) // 93.75
	s.do(recordScore, `{"of": "2", "who": "3", "points": 1}`, `"percent":6.2`)   // 6.25
	s.do(recordScore, `{"of": "1", "who": "3", "points": 20}`, `"points":"2E+1","percent":50.0,"late":true`)
	s.do(recordScore, `{"of": "2", "who": "3", "points": 8.125}`, `"points":"8.125"`)
	s.do(recordScore, `{"of": "3", "who": "4", "points": 79.95}`, `"points":"79.95"`)
	s.refused(recordScore, `{"of": "3", "who": "2", "points": 1}`, "the student is not enrolled")
	s.refused(recordScore, `{"of": "3", "who": "4", "points": -1}`, "points are not negative")
	s.refused(recordScore, `{"of": "33", "who": "4", "points": 1}`, "no assessment '33'")
	s.at("2026-09-20T09:00:00Z") // an hour late: at 10:00+02:00 it was due
	s.do(recordScore, `{"of": "7", "who": "2", "points": 17}`, `"percent":53.1,"late":false`)
	s.at("2026-09-20T10:00:00.001Z")
	s.do(recordScore, `{"of": "7", "who": "1", "points": 32}`, `"percent":100.0,"late":true`)
	s.do(board, `{"course": "1", "top": 2}`, `[{"student":{"name":"Ann Ahlgren"`)
	s.do(reportOf, `{"of": "2"}`, `"Geometry: 17, 53.1%, counts 2.0 times"`)
	s.do(warmBoard, `{"of": "1"}`, `"warmBoard":3`)
	s.do(warmBoard, `{"of": "4"}`, `"warmBoard":0`)
	s.refused(warmBoard, `{"of": "41"}`, "no course '41'")
}

func curving(s *session) {
	s.do(curve, `{"of": "2", "cents": 100}`, `"points":"15.34"`)
	s.do(curve, `{"of": "2", "cents": -7}`, `"points":"15.32"`) // -7 = 3 * -3 + 2
	s.do(curve, `{"of": "3", "cents": 5}`, `"points":"70.03"`)
	s.do(curve, `{"of": "3", "cents": 0}`, `"points":"70.03"`)
	s.refused(curve, `{"of": "5", "cents": 3}`, "integer division or modulo by zero")
}

func commenting(s *session) {
	s.do(addComment, `{"on": "1", "by": "Ms. Hart", "body": "Tidy work"}`, `"length":9,"written":"2026-09-20T`)
	s.do(addComment, `{"on": "1", "by": "Bo", "body": "👨‍👩‍👧‍👦 🇸🇪"}`, `"length":10`)
	s.do(addComment, `{"on": "2", "by": "Bo", "body": "ääääääääääääääääääääääääääääääääääääääää"}`, `"length":40`)
	s.refused(addComment, `{"on": "2", "by": "Bo", "body": "ääääääääääääääääääääääääääääääääääääääääé"}`, "41 characters are too many")
	s.do(addComment, `{"on": "2", "by": "Bo", "body": "🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓"}`, `"length":21`)
	s.refused(addComment, `{"on": "20", "by": "Bo", "body": "?"}`, "no score '20'")
	s.do(commentList, `{"on": "1"}`, `"Tidy work"`)
	s.do(removeComment, `{"id": "2"}`, `"removeComment":true`)
	s.do(removeComment, `{"id": "2"}`, `"removeComment":false`)
}

func giving(s *session) {
	s.do(transfer, `{"from": "1", "to": "3", "amount": 10}`, `"number":"R-000004","amount":"1E+1"`)
	s.do(transfer, `{"from": "1", "to": "2", "amount": 0.125}`, `"amount":"0.12"`)
	s.do(transfer, `{"from": "4", "to": "1", "amount": 200}`, `"giver":{"credits":"1E+3"}`)
	s.do(transfer, `{"from": "4", "to": "1", "amount": 0.165}`, `"amount":"0.16"`)
	s.refused(transfer, `{"from": "6", "to": "1", "amount": 0.2}`, "0.1 credits are not enough")
	s.refused(transfer, `{"from": "6", "to": "1", "amount": 0}`, "nothing to give")
	s.refused(transfer, `{"from": "6", "to": "61", "amount": 0.1}`, "no student '61'")
}

func leaving(s *session) {
	s.do(withdraw, `{"from": "1", "who": "2"}`, `"standing":"left","seat":null`)
	s.refused(withdraw, `{"from": "1", "who": "2"}`, "not enrolled")
	s.do(board, `{"course": "1", "top": 9}`, `"name":"Ann Ahlgren"`)
	s.do(reminderList, `{"of": "2"}`, `"reminders":[]`)
	s.do(withdraw, `{"from": "3", "who": "2"}`, `"course":{"enrolled":2}`)
	s.do(enrol, `{"in": "1", "who": "2"}`, `"standing":"active"`)
}

func removing(s *session) {
	s.do(remove, `{"id": "2"}`, `"removeAssessment":true`)
	s.do(remove, `{"id": "2"}`, `"removeAssessment":false`)
	s.do(remove, `{"id": "4"}`, `"removeAssessment":true`)
	s.do(scoreList, `{"of": "3"}`, `"assessment":{"label":"Fractions (x1.0)"`)
	s.do(studentCard, `{"id": "5"}`, `"mean":null`)
	s.do(averageOf, `{"course": "3"}`, `"mean":null`)
}

// wrongRequests are refused by the GraphQL library; the text is its own.
func wrongRequests(s *session) {
	s.wrong(`query Wrong { course(id: "1") { colour } }`, "")
	s.wrong(`mutation Wrong { comment(scoreId: "1") { id } }`, "")
	s.wrong(recordScore, `{"of": "1", "who": "1"}`)
}
