// Package upstream answers the requests that an implementation sends to other
// services from what was recorded of them.
//
//	s := upstream.NewStub(c)               // of a case
//	req, err := upstream.Request(r, body)  // what was asked, in the corpus's form
//	response, err := s.Answer("users", req)
//
// GraphQL is matched by meaning: the root fields with their arguments, variables
// put in. Names of operations, aliases, fragments and order do not count, and a
// request for a part of what was recorded gets that part in the shape that it
// asks for. Other requests are matched by method, path, query and body.
//
// What changes something is answered once per recorded call; reads may be
// repeated. What was not recorded is a *Missing, never a guess.
package upstream
