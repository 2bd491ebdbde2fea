package main

import "fmt"

// problem is an error that callers see. Message and code are those of legacy.
type problem struct{ code, message string }

func (p problem) Error() string { return p.message }

// Extensions puts the code into the answer.
func (p problem) Extensions() map[string]any { return map[string]any{"code": p.code} }

func badInput(format string, args ...any) error {
	return problem{"BAD_INPUT", fmt.Sprintf(format, args...)}
}

func notFound(what, id string) error {
	return problem{"NOT_FOUND", fmt.Sprintf("%s %q not found", what, id)}
}

func forbidden(format string, args ...any) error {
	return problem{"FORBIDDEN", fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) error {
	return problem{"CONFLICT", fmt.Sprintf(format, args...)}
}

func unauthenticated(format string, args ...any) error {
	return problem{"UNAUTHENTICATED", fmt.Sprintf(format, args...)}
}
