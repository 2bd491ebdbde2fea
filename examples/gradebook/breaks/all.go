package breaks

// All is every break.
var All = []Break{
	// What is cached.
	{"stale-average", "forgets to drop the average of a course when a score changes", "recordScore", Effects, "key/average:1", "missing write"},
	{"stale-board", "leaves who withdraws on the leaderboard", "withdraw", Effects, "key/board:1", "missing write"},
	{"stale-tag", "leaves a course under the tags that it had", "updateCourse", Effects, "key/tag:numbers", "missing write"},
	{"lost-ttl", "keeps a rubric forever", "setRubric", Effects, "key/rubric:3.ttl", "missing write"},
	{"short-ttl", "keeps an average for a minute instead of an hour", "average", Effects, "key/average:2.ttl", "calculation"},
	{"unfilled-cache", "calculates an average each time", "average", Effects, "key/average:2", "missing write"},
	{"wrong-key", "keeps means under another name", "recordScore", Effects, "key/student:2", "missing write"},
	{"last-first", "adds a score at the wrong end of the recent ones", "recordScore", Effects, "key/recent:2.value", "list order"},
	{"missing-entry", "leaves withdrawals out of the audit stream", "withdraw", Effects, "key/audit", "missing write"},

	// What is stored.
	{"lost-scale", "stores points with two decimals instead of three", "recordScore", Effects, "public.scores/14.points", "rounding"},
	{"shifted-instant", "takes the school's time of day for UTC", "recordScore", Effects, ".graded", "time zone or format"},
	{"wrong-sequence", "numbers receipts from another sequence", "transferCredits", Response, "transferCredits.number", "unknown"},
	{"own-id", "makes up an id instead of asking the sequence", "admitStudent", Effects, "public.students", "extra write"},
	{"own-number", "numbers a receipt after the last one instead of asking the sequence", "transferCredits", Effects, "audit.receipts/", "wrong id"},
	{"deleted-audit", "deletes an assessment's changes in the schema audit, too", "removeAssessment", Effects, "audit.changes", "extra write"},
	{"kept-reminders", "reminds students who have left", "withdraw", Effects, "audit.reminders", "missing write"},
	{"reminded-twice", "reminds everybody twice", "addAssessment", Effects, "audit.reminders", "extra write"},
	{"text-for-json", "stores a rubric as a text within jsonb", "setRubric", Effects, "rubric", "wrong type"},
	{"sorted-tags", "sorts tags before it stores them", "createCourse", Effects, "tags", "list order"},
	{"wrong-standing", "pauses who withdraws", "withdraw", Effects, "standing", "condition"},
	{"outside-transaction", "gives credits outside the transaction, so that they stay after a refusal", "transferCredits", Effects, "public.students/1", "write outside the transaction"},

	// What is answered.
	{"counts-left", "counts who has left among the enrolled", "withdraw", Response, "enrolled", "off by one"},
	{"newest-first", "lists the latest comment first", "comments", Response, "comments", "list order"},
	{"worst-first", "lists the worst first", "leaderboard", Response, "leaderboard", "list order"},
	{"swallowed-error", "answers the enrolment that is there instead of refusing", "enrol", Response, "errors", "validation strictness"},
	{"wrong-message", "puts a code into quotation marks", "enrol", Response, "errors", "message text"},
	{"wrong-status", "answers status 422 when there are errors", "enrol", HTTP, "status", "http status"},

	// Bugs of legacy that somebody fixed.
	{"fixed-half-even", "rounds halves up", "recordScore", Effects, "percent", "rounding"},
	{"fixed-code-points", "counts characters as a browser does", "comment", Effects, "length", "calculation"},
	{"fixed-float-repr", "writes whole numbers without a point", "recordScore", Effects, "key/recent:2.value", "unknown"},
	{"fixed-decimal-str", "writes decimals without an exponent", "student", Response, "credits", "unknown"},
	{"fixed-floor-division", "divides towards zero", "curve", Effects, "points", "calculation"},
	{"fixed-floor-modulo", "gives remainders the sign of the dividend", "reseat", Effects, "seat", "calculation"},
	{"fixed-naive-time", "keeps when an assessment is due in UTC", "addAssessment", Effects, "due", "time zone or format"},
	{"fixed-truthy-zero", "takes 0 for a number", "updateCourse", Effects, "public.courses/4", "extra write"},
	{"fixed-truthy-empty", "takes an empty text for a text", "setNotes", Effects, "notes", "null versus absent"},
	{"fixed-dict-order", "puts a criterion that comes twice where it came last", "setRubric", Response, "setRubric.rubric", "list order"},
	{"fixed-unbounded-int", "refuses numbers of more than 64 bits", "assignNumber", Response, "assignNumber", "validation strictness"},
}
