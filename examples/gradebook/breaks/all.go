package breaks

// All is every break.
var All = []Break{
	// What is cached.
	{"stale-average", "forgets to drop the average of a course when a score changes", "recordScore", Effects, "key/average:1", "?"},
	{"stale-board", "leaves who withdraws on the leaderboard", "withdraw", Effects, "key/board:1", "?"},
	{"stale-tag", "leaves a course under the tags that it had", "updateCourse", Effects, "key/tag:numbers", "?"},
	{"lost-ttl", "keeps a rubric forever", "setRubric", Effects, "ttl", "?"},
	{"short-ttl", "keeps an average for a minute instead of an hour", "average", Effects, "key/average:2.ttl", "?"},
	{"unfilled-cache", "calculates an average each time", "average", Effects, "key/average:2", "?"},
	{"wrong-key", "keeps means under another name", "recordScore", Effects, "key/student:2", "?"},
	{"last-first", "adds a score at the wrong end of the recent ones", "recordScore", Effects, "key/recent:1.value", "?"},
	{"missing-entry", "leaves withdrawals out of the audit stream", "withdraw", Effects, "key/audit", "?"},

	// What is stored.
	{"lost-scale", "stores points with two decimals instead of three", "recordScore", Effects, "points", "?"},
	{"shifted-instant", "takes the school's time of day for UTC", "recordScore", Effects, "graded", "?"},
	{"wrong-sequence", "numbers receipts from another sequence", "transferCredits", Response, "transferCredits.number", "?"},
	{"own-id", "makes up an id instead of asking the sequence", "admitStudent", Effects, "public.students", "?"},
	{"deleted-audit", "deletes an assessment's changes in the schema audit, too", "removeAssessment", Effects, "audit.changes", "?"},
	{"kept-reminders", "reminds students who have left", "withdraw", Effects, "audit.reminders", "?"},
	{"reminded-twice", "reminds everybody twice", "addAssessment", Effects, "audit.reminders", "?"},
	{"text-for-json", "stores a rubric as a text within jsonb", "setRubric", Effects, "rubric", "?"},
	{"sorted-tags", "sorts tags before it stores them", "createCourse", Effects, "tags", "?"},
	{"wrong-standing", "pauses who withdraws", "withdraw", Effects, "standing", "?"},
	{"outside-transaction", "gives credits outside the transaction, so that they stay after a refusal", "transferCredits", Effects, "credits", "?"},

	// What is answered.
	{"counts-left", "counts who has left among the enrolled", "withdraw", Response, "enrolled", "?"},
	{"newest-first", "lists the latest comment first", "comments", Response, "comments", "?"},
	{"worst-first", "lists the worst first", "leaderboard", Response, "leaderboard", "?"},
	{"swallowed-error", "answers the enrolment that is there instead of refusing", "enrol", Response, "errors", "?"},
	{"wrong-message", "puts a code into quotation marks", "enrol", Response, "errors", "?"},
	{"wrong-status", "answers status 422 when there are errors", "enrol", HTTP, "status", "?"},

	// Bugs of legacy that somebody fixed.
	{"fixed-half-even", "rounds halves up", "recordScore", Effects, "percent", "?"},
	{"fixed-code-points", "counts characters as a browser does", "comment", Effects, "length", "?"},
	{"fixed-float-repr", "writes whole numbers without a point", "recordScore", Effects, "key/student:", "?"},
	{"fixed-decimal-str", "writes decimals without an exponent", "student", Response, "credits", "?"},
	{"fixed-floor-division", "divides towards zero", "curve", Effects, "points", "?"},
	{"fixed-floor-modulo", "gives remainders the sign of the dividend", "reseat", Effects, "seat", "?"},
	{"fixed-naive-time", "keeps when an assessment is due in UTC", "addAssessment", Effects, "due", "?"},
	{"fixed-truthy-zero", "takes 0 for a number", "updateCourse", Effects, "capacity", "?"},
	{"fixed-truthy-empty", "takes an empty text for a text", "setNotes", Effects, "notes", "?"},
	{"fixed-dict-order", "puts a criterion that comes twice where it came last", "setRubric", Effects, "key/rubric:3.value", "?"},
	{"fixed-unbounded-int", "refuses numbers of more than 64 bits", "assignNumber", Response, "assignNumber", "?"},
}
