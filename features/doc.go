// Package features is a step library for godog: scenarios that give a fixture,
// send one request to both implementations, each on freshly seeded stores, and
// say what must come of it.
//
//	Scenario: A rename keeps the points
//	  Given the recorded case "renameAssignment/rename-assignment-3d5d7d4e"
//	  And the variable "title" is "Decimals"
//	  When the recorded mutation is sent
//	  Then both implementations agree
//	  And "Class/7/Assignment/101" is changed
//	    | property | to       |
//	    | title    | Decimals |
//
// [Test] runs a directory of them as subtests, [Run] for a command line, and
// [Steps] adds the steps to a godog suite of one's own. Each step is in
// docs/steps.md. What a scenario says is measured as a recording is: under the
// rules of the configuration, and up to generated values. Scenarios run side by
// side, each on a lane of its own.
package features

//go:generate go run ./internal/stepsdoc ../docs/steps.md
