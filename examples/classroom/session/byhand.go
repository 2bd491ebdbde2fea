package main

import (
	"net/http"
	"net/url"
)

// byHand sends what other clients send: odd white space and comments, several
// operations in a document, GET, batches, numbers spelled in other ways, and
// requests that are wrong in themselves.
func byHand(s *session) {
	documents(s)
	numbers(s)
	transports(s)
	wrongRequests(s)
}

func documents(s *session) {
	s.send(raw{user: "ada", body: post("\n\t# a comment, \"quoted\"\n query   Odd ($id:ID!){\r\n class (id:$id)\t{title,,,  tags , }}\n\n# the end", "", `{"id":"7"}`)},
		http.StatusOK, "Mathematics 7b")
	s.send(raw{user: "ada", body: post(`{
  maths: class(id: "7") { ...C first: assignments(first: 1) { id } two: assignments(first: 2) { ...A } }
  physics: class(id: "8") { ...C ...C kind: __typename }
}
fragment C on Class { title coach { ...P } }
fragment P on Person { __typename id ... on Coach { name } }
fragment A on Assignment { id title }`, "", "")}, http.StatusOK, "Physics 8a")

	several := `query A { person(id: "ada") { name } } query B { person(id: "emmy") { __typename name } } mutation C { archiveClass(id: "7") { closed } }`
	s.send(raw{user: "ann", body: post(several, "B", "")}, http.StatusOK, "Emmy Noether")
	s.send(raw{user: "ann", body: post(several, "C", "")}, http.StatusOK, `only the coach of class \"7\" may archive it`)
	s.send(raw{user: "ann", body: post(several, "D", "")}, http.StatusBadRequest, "errors")

	choice := `query Q($more: Boolean!) { class(id: "7") { id title @include(if: $more) subject @skip(if: $more) } }`
	s.send(raw{user: "ada", body: post(choice, "Q", `{"more":true}`)}, http.StatusOK, "Mathematics 7b")
	s.send(raw{user: "ada", body: post(choice, "Q", `{"more":false}`)}, http.StatusOK, "Mathematics")

	// Two mutations in one document run one after the other; one is refused.
	s.send(raw{user: "ada", body: post(`mutation {
  one: renameAssignment(classId: "8", id: "201", title: "Forces I") { id title }
  none: renameAssignment(classId: "8", id: "299", title: "Forces II") { id title }
  two: updateAssignment(classId: "8", id: "201", input: {points: 12, labels: ["lab", "safety"]}) { title points labels }
}`, "", "")}, http.StatusOK, "Forces I")
	// What an object literal leaves out is absent.
	s.send(raw{user: "ada", body: post(`mutation { updateAssignment(classId: "8", id: "202", input: {description: """
    Block
      text
  """}) { description due labels } }`, "", "")}, http.StatusOK, `Block\n  text`)
}

func numbers(s *session) {
	page := `query P($page: Int, $size: Int) { assignments(classId: "7", page: $page, size: $size) { page total nodes { id } } }`
	s.send(raw{user: "ada", body: post(page, "", `{"page": 2.0, "size": 1e1}`)}, http.StatusOK, `"page":2`)
	grade := `mutation G($in: GradeInput!) { gradeSubmission(classId: "8", assignmentId: "201", studentId: "mia", input: $in) { score percent feedback } }`
	s.send(raw{user: "grace", body: post(grade, "G", `{"in": {"score": 6.00}}`)}, http.StatusOK, `"percent":50`)
	s.send(raw{user: "grace", body: post(grade, "G", `{"in": {"feedback": "\u00e9t\u00e9 \"6\"", "score": 75e-1}}`)}, http.StatusOK, `"percent":62`)
	points := `mutation U($in: AssignmentPatch!) { updateAssignment(classId: "8", id: "202", input: $in) { points weight due description } }`
	s.send(raw{user: "grace", body: post(points, "U", `{"in": {"points": 15.0, "weight": 2, "due": null}}`)}, http.StatusOK, `"points":15`)
	s.send(raw{user: "grace", body: post(points, "U", `{"in": {"due": "2099-02-03", "description": null}}`)}, http.StatusOK, "2099-02-03T00:00:00Z")
}

func transports(s *session) {
	who := `query Who($id: ID!) { person(id: $id) { __typename name } }`
	s.send(raw{user: "ada", get: url.Values{"query": {who}, "variables": {`{"id": "zoe"}`}}}, http.StatusOK, "Zoë Zander")
	s.send(raw{user: "ada", get: url.Values{"query": {"{ dashboard { averagePercent } }"}}}, http.StatusOK, "averagePercent")
	s.send(raw{user: "ada", get: url.Values{"query": {`mutation { archiveClass(id: "7") { closed } }`}}}, http.StatusMethodNotAllowed, "mutations need POST")
	s.send(raw{user: "ada", body: " [" + post(who, "Who", `{"id":"ann"}`) + ",\n" +
		post(`mutation { renameAssignment(classId: "8", id: "203", title: "Free fall, slowly") { title } }`, "", "") + "," +
		post(`{ assignment(classId: "8", id: "203") { title } }`, "", "") + "]"}, http.StatusOK, "Free fall, slowly")
}

// wrongRequests are refused by the GraphQL library; the text is its own.
func wrongRequests(s *session) {
	wrong := func(document, variables string) {
		s.send(raw{user: "ada", body: post(document, "", variables)}, http.StatusBadRequest, "errors")
	}
	wrong(`{ class(id: "7") { title colour } }`, "")
	wrong(`{ class { title } }`, "")
	wrong(`query Q($id: ID!) { class(id: $id) { title } }`, `{}`)
	wrong(`query Q($s: SubmissionState) { submissions(classId: "7", assignmentId: "101", state: $s) { id } }`, `{"s": "LOST"}`)
	wrong(`mutation M($in: AssignmentInput!) { createAssignment(classId: "7", input: $in) { id } }`, `{"in": {"title": "T", "due": "tomorrow"}}`)
	wrong(`mutation M($in: AssignmentInput!) { createAssignment(classId: "7", input: $in) { id } }`, `{"in": {"points": 5}}`)
	wrong(`mutation M($in: AssignmentInput!) { createAssignment(classId: "7", input: $in) { id } }`, `{"in": {"title": "T", "points": "ten"}}`)
}
