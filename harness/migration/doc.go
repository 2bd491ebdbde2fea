// Package migration reads from a schema how far the migration of each field is:
//
//	type Mutation {
//	  renameAssignment(id: ID!, title: String!): Assignment
//	    @migrate(from: "python", state: "canary")
//	}
//
// [Read] tells the state of each field, [Compare] what one schema moves against
// another, and which of that needs a sign-off (docs/signoff.md).
package migration
