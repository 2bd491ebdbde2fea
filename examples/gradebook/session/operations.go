package main

// The operations of the school's app.
const (
	studentCard   = `query StudentCard($id: ID!) { student(id: $id) { id name email number digit notes credits mean } }`
	courseCard    = `query CourseCard($id: ID!) { course(id: $id) { id code title capacity tags enrolled created rubric { name weight } } }`
	courseList    = `query CourseList($tag: String, $free: Boolean) { courses(tag: $tag, free: $free) { code enrolled capacity } }`
	scoreList     = `query ScoreList($of: ID!) { scores(studentId: $of) { id points percent late graded assessment { label due } } }`
	commentList   = `query CommentList($on: ID!) { comments(scoreId: $on) { id author body length written } }`
	averageOf     = `query AverageOf($course: ID!) { average(courseId: $course) { mean count } }`
	board         = `query Board($course: ID!, $top: Int!) { leaderboard(courseId: $course, top: $top) { student { name mean } total } }`
	reportOf      = `query ReportOf($of: ID!) { report(studentId: $of) { lines mean } }`
	reminderList  = `query ReminderList($of: ID!) { reminders(studentId: $of) { course { code } text } }`
	admit         = `mutation Admit($in: StudentInput!) { admitStudent(input: $in) { id name email notes credits mean } }`
	setNotes      = `mutation SetNotes($of: ID!, $notes: String) { setNotes(studentId: $of, notes: $notes) { id notes } }`
	assignNumber  = `mutation AssignNumber($to: ID!, $number: String!) { assignNumber(studentId: $to, number: $number) { number digit } }`
	createCourse  = `mutation CreateCourse($in: CourseInput!) { createCourse(input: $in) { id code capacity tags created enrolled } }`
	updateCourse  = `mutation UpdateCourse($id: ID!, $in: CoursePatch!) { updateCourse(id: $id, input: $in) { title capacity tags } }`
	setRubric     = `mutation SetRubric($of: ID!, $criteria: [CriterionInput!]!) { setRubric(courseId: $of, criteria: $criteria) { rubric { name weight } } }`
	enrol         = `mutation Enrol($in: ID!, $who: ID!) { enrol(courseId: $in, studentId: $who) { standing seat joined course { enrolled } student { name } } }`
	withdraw      = `mutation Withdraw($from: ID!, $who: ID!) { withdraw(courseId: $from, studentId: $who) { standing seat course { enrolled } } }`
	reseat        = `mutation Reseat($in: ID!, $shift: Int!) { reseat(courseId: $in, shift: $shift) { seat student { name } } }`
	addAssessment = `mutation AddAssessment($to: ID!, $in: AssessmentInput!) { addAssessment(courseId: $to, input: $in) { id label points weight due } }`
	remove        = `mutation RemoveAssessment($id: ID!) { removeAssessment(id: $id) }`
	recordScore   = `mutation RecordScore($of: ID!, $who: ID!, $points: Float!) { recordScore(assessmentId: $of, studentId: $who, points: $points) { id points percent late graded student { mean } } }`
	curve         = `mutation Curve($of: ID!, $cents: Int!) { curve(assessmentId: $of, cents: $cents) { id points percent } }`
	addComment    = `mutation Comment($on: ID!, $by: String!, $body: String!) { comment(scoreId: $on, author: $by, body: $body) { id body length written } }`
	removeComment = `mutation RemoveComment($id: ID!) { removeComment(id: $id) }`
	transfer      = `mutation Transfer($from: ID!, $to: ID!, $amount: Float!) { transferCredits(giver: $from, taker: $to, amount: $amount) { number amount at giver { credits } taker { credits } } }`
	warmBoard     = `mutation WarmBoard($of: ID!) { warmBoard(courseId: $of) }`
)
