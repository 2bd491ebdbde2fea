// Package signoff states, in a form that others can check, what the cases of one
// field showed about two implementations (docs/signoff.md).
//
//	outcome, err := signoff.Make(ctx, config, cases, signoff.Options{Field: "Mutation.renameAssignment"})
//	data, err := outcome.Statement.Sign(key)   // later, elsewhere:
//	s, err := signoff.Parse(data, keys)
//	reasons := s.Stale(field, today, policy, now)
//
// [Make] replays the cases several times and holds what they show against the
// configuration's policy. The [Statement] is one of in-toto with the predicate
// "test result"; its subjects are the digests of all that the result stands on.
// Signed, it is a DSSE envelope. Who knows what
// these are today ([Builder.Today]) knows whether it still holds.
package signoff
