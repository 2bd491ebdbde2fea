// Package coverage counts which shapes of request, answer and stored data a
// corpus exercises, field by field, against what the schema allows, and says
// which cases are worth recording next.
//
// A field has positions: each argument and input field, the abstract types of its
// answer, its outcome, and the kinds of data that its requests need. A position
// has shapes: absent, null, a value, the values of an enum, lists of none, one and
// many, numbers and texts at their edges. A shape is exercised when a case shows
// it in a request that was executed; a request that was refused exercises the
// refusal and nothing else.
//
//	c := coverage.Of(schema, cases)
//	f := c.Field("Mutation.renameAssignment")
//	fmt.Println(f.Exercised, "of", f.Possible)
//
// See docs/coverage.md for every shape.
package coverage
