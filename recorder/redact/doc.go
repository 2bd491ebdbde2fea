// Package redact takes personal data and secrets out of a case before it is
// written.
//
// What a rule names or a detector finds is replaced by a keyed pseudonym that has
// the same shape. One value has one pseudonym wherever it stands - variables,
// literals of the document, response, error messages, entities and their keys,
// effects, calls, kept headers, also within URLs, base64 and JSON in strings - so
// that what was joined stays joined, and the case still does what it did.
//
//	r, err := redact.New(redact.Options{Key: key, Rules: rules, Schema: schema})
//	clean, findings, err := r.Case(recorded)
//
// A pseudonym of letters and digits is a permutation of all texts of its shape (a
// Feistel network whose round function is HMAC-SHA256 over domain and value): two
// values never get the same one, and nothing has to be remembered between cases.
// Whoever has the key can turn it round; who has not learns the shape alone.
// Secrets, card numbers and addresses of machines are hashed instead, and cannot
// be turned round at all.
package redact
