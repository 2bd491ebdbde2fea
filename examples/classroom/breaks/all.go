package breaks

// All is every break.
var All = []Break{
	// Stored types and index flags.
	{"lost-noindex", "stores an assignment's description indexed", "createAssignment", Effects, "description", "lost index flag"},
	{"lost-nested-noindex", "stores the notes of a rubric indexed", "createAssignment", Effects, "rubric", "lost index flag"},
	{"float-for-int", "stores the points of an assignment as a float", "createAssignment", Effects, "points", "int versus float"},
	{"int-for-float", "stores the weight of an assignment as an integer", "createAssignment", Effects, "weight", "int versus float"},
	{"text-for-key", "stores the coach of a class as text instead of a key", "createClass", Effects, "coach", "wrong type"},
	{"lost-empty-list", "leaves out empty lists and embedded nulls instead of storing them", "createClass", Effects, "tags", "null versus absent"},
	{"lower-case-state", "stores a closed assignment's state in lower case", "archiveClass", Effects, "state", "letter case"},

	// Input.
	{"null-is-absent", "takes due: null for an absent due", "updateAssignment", Effects, "due", "null versus absent"},
	{"absent-is-null", "takes an absent description for null", "updateAssignment", Effects, "description", "null versus absent"},
	{"title-characters", "cuts titles at 60 characters instead of bytes", "renameAssignment", Effects, "title", "byte versus character length"},
	{"local-date", "takes a bare date for midnight in the zone of the school", "createAssignment", Effects, "due", "time zone or format"},
	{"lost-microseconds", "cuts due dates to seconds", "updateAssignment", Effects, "due", "time zone or format"},
	{"sorted-labels", "sorts labels before it stores them", "updateAssignment", Effects, "labels", "list order"},
	{"strict-validation", "refuses weekdays outside 1 to 7", "createClass", Response, "createClass", "validation strictness"},
	{"lax-validation", "accepts negative points", "updateAssignment", Response, "updateAssignment", "validation strictness"},

	// Time.
	{"late-at-due", "counts work as late that comes at the very instant it is due", "submitWork", Response, "state", "condition"},
	{"local-day", "counts days in the zone of the school", "submitWork", Effects, "streak", "time zone or format"},
	{"day-of-hours", "takes 24 hours for a day", "submitWork", Effects, "streak", "calculation"},
	{"endless-streak", "shows rows of days that have ended", "gradebook", Response, "streak", "calculation"},
	{"late-archive", "refuses to archive a class at the very end of its term", "archiveClass", Response, "archiveClass", "validation strictness"},

	// Writes.
	{"missing-write", "does not count a new assignment in its class", "createAssignment", Effects, "Class", "missing write"},
	{"needless-write", "writes although the title stays the same", "renameAssignment", Effects, "Assignment", "extra write"},
	{"extra-entity", "keeps a log entry of each new title", "renameAssignment", Effects, "TitleChange", "extra write"},
	{"write-in-query", "replaces a null feedback by an empty one when it is looked at", "submission", Effects, "Submission", "extra write"},
	{"outside-transaction", "stores work outside the transaction, so that it stays after a refusal", "submitWork", Effects, "Submission", "write outside the transaction"},
	{"retry-writes", "makes a new attempt when a request is repeated", "submitWork", Response, "attempts", "extra write"},
	{"wrong-parent", "stores handed-out work below the class", "assignToStudents", Effects, "Submission", "wrong parent"},
	{"first-ten", "hands out to the first ten students only", "assignToStudents", Effects, "Submission", "missing write"},
	{"missing-cascade", "deletes an assignment but not its submissions", "deleteAssignment", Effects, "Submission", "missing write"},
	{"short-cascade", "closes only the first ten assignments of an archived class", "archiveClass", Effects, "Assignment", "missing write"},
	{"lost-co-coach", "replaces the co-coaches instead of adding one", "inviteCoach", Effects, "coCoaches", "lost update"},
	{"wrong-id", "returns another id than the stored one", "createAssignment", Response, "createAssignment.id", "wrong id"},

	// Answers.
	{"local-time", "writes instants in the zone of the school", "assignment", Response, "due", "time zone or format"},
	{"empty-for-null", "answers \"\" for a class without a subject", "class", Response, "subject", "null versus absent"},
	{"stale-answer", "returns the order from before the change", "reorderAssignments", Response, "reorderAssignments", "list order"},
	{"wrong-member", "answers Student for every person", "person", Response, "person", "wrong type"},
	{"mean-of-means", "averages the averages of the classes", "dashboard", Response, "averagePercent", "calculation"},
	{"cut-percent", "cuts the decimals of a percent instead of rounding", "gradeSubmission", Effects, "percent", "rounding"},

	// Queries.
	{"wrong-filter", "ignores the state when it lists submissions", "submissions", Response, "submissions", "wrong filter"},
	{"missing-filter", "lists archived classes with the others", "classes", Response, "classes", "wrong filter"},
	{"missing-co-classes", "lists only the classes that a coach leads", "classes", Response, "classes", "wrong filter"},
	{"former-students", "lists students who have left", "class", Response, "students", "wrong filter"},
	{"forgotten-late", "leaves late work out of what is to be graded", "dashboard", Response, "toGrade", "wrong filter"},
	{"missing-rows", "leaves students without grades out of the gradebook", "gradebook", Response, "gradebook", "wrong filter"},
	{"null-is-early", "counts assignments without a due date among those due early", "assignments", Response, "assignments", "wrong filter"},
	{"wrong-order", "lists the latest due date first", "assignments", Response, "nodes", "list order"},
	{"off-by-one-page", "repeats the last assignment of a page on the next", "assignments", Response, "nodes", "off by one"},
	{"any-case-search", "finds titles in any case", "search", Response, "search", "wrong filter"},

	// Rights, errors and HTTP.
	{"open-email", "shows addresses to students", "class", Response, "email", "condition"},
	{"missing-rights", "shows a student the work of others", "submission", Response, "errors", "access rights"},
	{"co-coach-archives", "lets a co-coach archive a class", "archiveClass", Response, "archiveClass", "access rights"},
	{"swallowed-error", "skips unknown students instead of refusing", "assignToStudents", Response, "errors", "validation strictness"},
	{"error-for-null", "answers an error for a missing class instead of null", "class", Response, "errors", "null versus error"},
	{"wrong-message", "forgets the quotation marks around a missing class", "createAssignment", Response, "errors", "message text"},
	{"pathless-error", "leaves the path out of errors", "renameAssignment", Response, "errors", "error path"},
	{"wrong-status", "answers status 422 when there are errors", "gradeSubmission", HTTP, "status", "http status"},

	// Calls to other services.
	{"mail-not-sent", "says that a student was written to, and does not write", "welcomeStudent", Calls, "mail", "missing call"},
	{"mail-twice", "writes to everybody twice", "publishGrades", Calls, "mail", "extra call"},
	{"mail-order", "writes in the opposite order", "publishGrades", Calls, "mail", "list order"},
	{"mail-to-muted", "writes to those who want no mail", "publishGrades", Calls, "mail", "extra call"},
	{"mail-stored-address", "writes to the address that the classroom keeps", "resendGrade", Calls, "mail[0].body.to", "unknown"},
	{"mail-lost-feedback", "leaves the feedback out", "publishGrades", Calls, "mail[0].body.text", "unknown"},
	{"mail-same-reference", "gives a repeated mail the reference of the first one", "resendGrade", Calls, "mail[0].body.reference", "unknown"},
	{"lost-locale", "writes to everybody in one language", "welcomeStudent", Calls, "mail[0].body.subject", "unknown"},
	{"no-retry", "gives up when the mailer is busy", "resendGrade", Calls, "mail[1]", "validation strictness"},
	{"lower-case-address", "changes an address to small letters", "changeEmail", Calls, "users[0].setEmail.email", "letter case"},
	{"unrecorded-call", "has a new address verified", "changeEmail", Calls, "users", "extra call"},

	// Bugs of legacy that somebody fixed.
	{"fixed-half-even", "rounds halves up", "gradeSubmission", Effects, "percent", "rounding"},
	{"fixed-ascii-trim", "trims all white space", "createClass", Effects, "title", "white space"},
	{"fixed-full-last-page", "knows when the last page is full", "assignments", Response, "hasMore", "condition"},
	{"fixed-stale-counter", "counts the new student in the answer", "inviteStudent", Response, "studentCount", "stale read"},
	{"fixed-case-email", "finds addresses in any case", "inviteStudent", Response, "inviteStudent", "letter case"},
	{"fixed-case-duplicates", "refuses titles that differ in case only", "createAssignment", Response, "createAssignment", "validation strictness"},
	{"fixed-zero-points", "accepts zero points in an update", "updateAssignment", Effects, "points", "extra write"},
	{"fixed-blank-feedback", "stores an empty feedback as it is", "gradeSubmission", Effects, "feedback", "null versus absent"},
	{"fixed-count-repeats", "counts a student named twice once", "assignToStudents", Response, "count", "calculation"},
	{"fixed-reorder-from-one", "counts positions from zero", "reorderAssignments", Effects, "position", "off by one"},
	{"fixed-delete-gap", "closes the gap that a deleted assignment leaves", "deleteAssignment", Effects, "Assignment", "extra write"},
	{"fixed-search-ceiling", "finds titles that go on with an emoji", "search", Response, "search", "wrong filter"},
	{"fixed-limit-before-rights", "counts only visible hits against the limit", "search", Response, "search", "wrong filter"},
}
