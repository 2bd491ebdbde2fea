package main

import "fmt"

// fault is an error that callers see.
type fault struct{ code, message string }

func (f fault) Error() string { return f.message }

// Extensions is called by the GraphQL library.
func (f fault) Extensions() map[string]any { return map[string]any{"code": f.code} }

func badInput(format string, args ...any) error {
	return fault{"BAD_INPUT", fmt.Sprintf(format, args...)}
}

func notFound(what, id string) error {
	return fault{"NOT_FOUND", fmt.Sprintf("%s %q not found", what, id)}
}

func forbidden(format string, args ...any) error {
	return fault{"FORBIDDEN", fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) error {
	return fault{"CONFLICT", fmt.Sprintf(format, args...)}
}
