package main

// reading is what people look at before anything changes.
func reading(s *session) {
	s.do(studentCard, `{"id": "1"}`, `"credits":"1E+2","mean":"86.23"`)
	s.do(studentCard, `{"id": "4"}`, `"credits":"1.2E+3","mean":"100.0"`)
	s.do(studentCard, `{"id": "3"}`, `"credits":"0","mean":null`)
	s.do(studentCard, `{"id": "77"}`, `"student":null`)
	s.do(courseCard, `{"id": "1"}`, `"rubric":[{"name":"Rigour","weight":2.5},{"name":"Ease","weight":1.0}]`) // as cached
	s.do(courseCard, `{"id": "2"}`, `"rubric":[{"name":"Lab","weight":1e-05},{"name":"Effort","weight":3`)    // and this is
	s.do(courseCard, `{"id": "2"}`, `"code":"PH"`)
	s.do(courseCard, `{"id": "3"}`, `"rubric":null`)
	s.do(courseList, `{}`, `"code":"AR","enrolled":2,"capacity":0`)
	s.do(courseList, `{"tag": "core"}`, `[{"code":"MA"`)
	s.do(courseList, `{"tag": ""}`, `"code":"LA"`)
	s.do(courseList, `{"free": true}`, `[{"code":"AR"`)
	s.do(scoreList, `{"of": "1"}`, `"label":"Forces (x1e+16)"`)
	s.do(scoreList, `{"of": "5"}`, `"label":"Still life (x1e-05)","due":"2026-09-14T09:00:00.500000"`)
	s.do(scoreList, `{"of": "6"}`, `"scores":[]`)
	s.do(commentList, `{"on": "1"}`, `"written":"2026-09-11T16:00:00.250000"`)
	s.do(commentList, `{"on": "2"}`, `"comments":[]`)
	s.do(averageOf, `{"course": "1"}`, `"mean":60.8`) // as cached
	s.do(averageOf, `{"course": "2"}`, `"mean":93.75,"count":2`)
	s.do(averageOf, `{"course": "4"}`, `"mean":null,"count":0`)
	s.refused(averageOf, `{"course": "44"}`, "no course '44'")
	s.do(board, `{"course": "2", "top": 5}`, `[{"student":{"name":"Dan Dewitt"`)
	s.do(board, `{"course": "2", "top": 1}`, `"total":80.0}]`)
	s.do(board, `{"course": "4", "top": 3}`, `"leaderboard":[]`)
	s.do(reportOf, `{"of": "1"}`, `"Fractions: 36, 90.0%, counts 1.0 times"`)
	s.do(reportOf, `{"of": "4"}`, `"Forces: 8E+1, 100.0%, counts 1e+16 times"`)
	s.do(reportOf, `{"of": "6"}`, `"mean":"none"`)
	s.refused(reportOf, `{"of": "66"}`, "no student '66'")
	s.do(reminderList, `{"of": "2"}`, `"bring a compass"},{"course":{"code":"MA"},"text":"bring a compass"}`)
}

func admitting(s *session) {
	s.do(admit, `{"in": {"name": "Gil Green", "email": "gil@school.example", "notes": "new"}}`, `"id":"9"`)
	s.do(admit, `{"in": {"name": "Hal Hughes", "email": "", "notes": ""}}`, `"email":null,"notes":null`)
	s.do(admit, `{"in": {"name": "Zoë 𝔷", "email": null}}`, `"email":null`)
	s.refused(admit, `{"in": {"name": "Ann again", "email": "ann@school.example"}}`, "ann@school.example is somebody else's address")
	s.do(setNotes, `{"of": "3", "notes": "allergic to chalk"}`, `"notes":"allergic to chalk"`)
	s.do(setNotes, `{"of": "3", "notes": ""}`, `"notes":null`)
	s.do(setNotes, `{"of": "2"}`, `"notes":null`)
	s.refused(setNotes, `{"of": "70", "notes": "who?"}`, "no student '70'")
}

// numbering is about integers as Python knows them.
func numbering(s *session) {
	s.do(assignNumber, `{"to": "2", "number": "20262"}`, `"number":"20262","digit":86`)
	s.do(assignNumber, `{"to": "3", "number": "123456789012345678901234567890"}`, `"number":"123456789012345678901234567890"`)
	s.do(assignNumber, `{"to": "4", "number": " 1_000 "}`, `"number":"1000"`)
	s.do(assignNumber, `{"to": "4", "number": "-5"}`, `"digit":92`)
	s.do(assignNumber, `{"to": "5", "number": "٢٠٢٦"}`, `"number":"2026"`)
	s.do(assignNumber, `{"to": "5", "number": "007"}`, `"number":"7"`)
	s.refused(assignNumber, `{"to": "5", "number": "7a"}`, "invalid literal for int() with base 10: '7a'")
	s.refused(assignNumber, `{"to": "5", "number": "1__0"}`, "invalid literal for int() with base 10: '1__0'")
}

func founding(s *session) {
	s.do(createCourse, `{"in": {"code": "CH", "title": "Chemistry", "capacity": 12, "tags": ["lab", "core"]}}`, `"tags":["lab","core"]`)
	s.do(createCourse, `{"in": {"code": "MU", "title": "Music"}}`, `"capacity":0,"tags":[]`)
	s.refused(createCourse, `{"in": {"code": "PH", "title": "Physics, again"}}`, "course PH is there already")
	s.do(updateCourse, `{"id": "1", "in": {"title": "Mathematics I", "capacity": 5}}`, `"title":"Mathematics I","capacity":5`)
	s.do(updateCourse, `{"id": "1", "in": {"tags": ["core", "proofs"]}}`, `"tags":["core","proofs"]`)
	s.do(updateCourse, `{"id": "2", "in": {"title": "", "capacity": 0, "tags": []}}`, `"title":"Physics","capacity":2,"tags":["core"]`)
	s.do(updateCourse, `{"id": "2", "in": {"title": null, "capacity": null}}`, `"capacity":2`)
	s.do(updateCourse, `{"id": "4", "in": {"capacity": 0}}`, `"capacity":3`)
	s.refused(updateCourse, `{"id": "40", "in": {"capacity": 1}}`, "no course '40'")
	s.do(courseList, `{"tag": "proofs"}`, `[{"code":"MA"`)
	s.do(courseList, `{"tag": "numbers"}`, `"courses":[]`)
}

func scoringBy(s *session) {
	s.do(setRubric, `{"of": "3", "criteria": [{"name": "Colour", "weight": 1.5}, {"name": "Line", "weight": 2}]}`, `[{"name":"Colour"`)
	s.do(setRubric, `{"of": "3", "criteria": [{"name": "Line", "weight": 1}, {"name": "Grüße \"🎨\"", "weight": 0.00001}, {"name": "Line", "weight": 3}]}`,
		`[{"name":"Line","weight":3.0},{"name":"Gr`)
	s.do(setRubric, `{"of": "1", "criteria": [{"name": "Speed", "weight": 10000000000000000}]}`, `"weight":1e+16`)
	s.do(setRubric, `{"of": "2", "criteria": []}`, `"rubric":[]`)
	s.refused(setRubric, `{"of": "30", "criteria": []}`, "no course '30'")
	s.do(courseCard, `{"id": "3"}`, `[{"name":"Line","weight":3.0}`)
}

func enrolling(s *session) {
	s.do(enrol, `{"in": "1", "who": "5"}`, `"standing":"active","seat":3`)
	s.do(enrol, `{"in": "1", "who": "4"}`, `"seat":4`) // is back
	s.refused(enrol, `{"in": "1", "who": "6"}`, "course MA is full")
	s.refused(enrol, `{"in": "1", "who": "1"}`, "Ann Ahlgren is enrolled already")
	s.do(enrol, `{"in": "3", "who": "6"}`, `"seat":2`) // no limit
	s.do(enrol, `{"in": "4", "who": "6"}`, `"seat":0`)
	s.refused(enrol, `{"in": "4", "who": "60"}`, "no student '60'")
	s.do(courseList, `{"free": true}`, `[{"code":"AR"`)
}

func seating(s *session) {
	s.do(reseat, `{"in": "1", "shift": 2}`, `"seat":2`)
	s.do(reseat, `{"in": "1", "shift": -3}`, `"seat":4`)
	s.do(reseat, `{"in": "4", "shift": -1}`, `[{"seat":2`)
	s.refused(reseat, `{"in": "3", "shift": 1}`, "integer modulo by zero")
}
