package harness

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sidebyside/replay/corpus"
)

// changingCall is a call that changes something: those that only read need not
// match.
type changingCall struct {
	*corpus.Call
	index int
	rank  int // among the changing calls of its upstream
}

func (c changingCall) path() string { return c.Upstream + "[" + strconv.Itoa(c.rank) + "]" }

// findCalls adds the changing calls, and the values that they send: of a GraphQL
// mutation the variables in the arguments of its root fields, else the body.
func (s *specimen) findCalls() {
	ranks := map[string]int{}
	for i := range s.cs.Expect.Calls {
		c := changingCall{&s.cs.Expect.Calls[i], i, 0}
		variables, changes := changing(&c.Request)
		if !changes {
			continue
		}
		c.rank = ranks[c.Upstream]
		ranks[c.Upstream]++
		s.calls = append(s.calls, c)
		if c.Request.Document == "" {
			s.sent(c, "body", c.Request.Body, func(r *corpus.CallRequest, text corpus.JSON) { r.Body = text }, nil)
			continue
		}
		s.sent(c, "variables", c.Request.Variables, func(r *corpus.CallRequest, text corpus.JSON) { r.Variables = text }, variables)
	}
}

// changing reports whether a request changes something, and which variables of a
// GraphQL request say what.
func changing(r *corpus.CallRequest) (variables []string, changes bool) {
	if r.Document == "" {
		return nil, !slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace}, r.Method)
	}
	doc, err := parser.ParseQuery(&ast.Source{Name: "call", Input: r.Document})
	if err != nil {
		return nil, true
	}
	for _, op := range doc.Operations {
		if op.Operation != ast.Mutation {
			continue
		}
		changes = true
		for _, sel := range op.SelectionSet {
			if f, ok := sel.(*ast.Field); ok {
				variables = append(variables, variablesIn(f.Arguments)...)
			}
		}
	}
	return variables, changes
}

func variablesIn(args ast.ArgumentList) []string {
	var out []string
	var walk func(v *ast.Value)
	walk = func(v *ast.Value) {
		if v.Kind == ast.Variable {
			out = append(out, v.Raw)
		}
		for _, c := range v.Children {
			walk(c.Value)
		}
	}
	for _, a := range args {
		walk(a.Value)
	}
	return out
}

// sent adds the values of a JSON text that a call sends: all, or those of some
// members.
func (s *specimen) sent(c changingCall, what string, text corpus.JSON, set func(*corpus.CallRequest, corpus.JSON), members []string) {
	tree, err := text.Decode()
	if err != nil {
		return // absent
	}
	root := &site{channel: CallsChannel, value: tree, index: -1, path: c.path() + "." + what}
	root.with = func(v any) (*corpus.Observation, error) {
		changed := *c.Call
		if _, ok := v.(nothing); ok {
			set(&changed.Request, nil)
			return s.withCalls(c.index, changed), nil
		}
		out, err := corpus.EncodeJSON(v)
		set(&changed.Request, out)
		return s.withCalls(c.index, changed), err
	}
	if c.Request.Document == "" {
		s.parts(root)
		return
	}
	object, _ := tree.(corpus.Object)
	for i, m := range object {
		if slices.Contains(members, m.Name) {
			s.parts(root.part(m.Name, -1, m.Value, func(w any) any { return withMember(object, i, w) }))
		}
	}
}

// withCalls is the observation with other calls in the place of one.
func (s *specimen) withCalls(index int, by ...corpus.Call) *corpus.Observation {
	o := s.cs.Expect
	o.Calls = slices.Replace(slices.Clone(o.Calls), index, index+1, by...)
	return &o
}

// callFaults change what other services are asked to do.
func callFaults() []fault {
	return []fault{
		onCalls("drop-call", "a call is not made", func(*specimen, changingCall) ([]corpus.Call, bool) { return nil, true }),
		onCalls("repeat-call", "a call is made twice", func(_ *specimen, c changingCall) ([]corpus.Call, bool) {
			return []corpus.Call{*c.Call, *c.Call}, true
		}),
		onCalls("wrong-upstream", "a call is sent to another service", func(_ *specimen, c changingCall) ([]corpus.Call, bool) {
			return []corpus.Call{changedCall(c, func(out *corpus.Call) { out.Upstream += "x" })}, true
		}),
		onCalls("wrong-method", "a call has another method", func(_ *specimen, c changingCall) ([]corpus.Call, bool) {
			return []corpus.Call{changedCall(c, func(out *corpus.Call) {
				out.Request.Method = map[bool]string{true: http.MethodPatch, false: http.MethodPut}[c.Request.Method == http.MethodPut]
			})}, c.Request.Document == ""
		}),
		onCalls("wrong-path", "a call is sent to another path", func(_ *specimen, c changingCall) ([]corpus.Call, bool) {
			return []corpus.Call{changedCall(c, func(out *corpus.Call) { out.Request.Path += "/" + intruder })}, c.Request.Document == ""
		}),
		onCalls("read-for-write", "a call only reads", func(_ *specimen, c changingCall) ([]corpus.Call, bool) {
			return []corpus.Call{changedCall(c, func(out *corpus.Call) {
				if out.Request.Method = http.MethodGet; out.Request.Document != "" {
					out.Request.Document = "{ __typename }"
				}
			})}, true
		}),
		{name: "reorder-calls", does: "two calls to a service are made in the other order", places: reorderedCalls},
		{name: "extra-call", does: "a call is made that should not be", places: extraCall},
	}
}

func changedCall(c changingCall, change func(*corpus.Call)) corpus.Call {
	out := *c.Call
	change(&out)
	return out
}

func onCalls(name, does string, change func(s *specimen, c changingCall) ([]corpus.Call, bool)) fault {
	return fault{name: name, does: does, places: func(s *specimen) []place {
		var out []place
		for _, c := range s.calls {
			if by, ok := change(s, c); ok {
				out = append(out, place{channel: CallsChannel, path: c.path(), inject: func() (*corpus.Observation, error) {
					return s.withCalls(c.index, by...), nil
				}})
			}
		}
		return out
	}}
}

func reorderedCalls(s *specimen) []place {
	var out []place
	for i, c := range s.calls {
		for _, next := range s.calls[i+1:] {
			if next.Upstream != c.Upstream {
				continue
			}
			if s.blankCall(c) != s.blankCall(next) {
				out = append(out, place{channel: CallsChannel, path: c.path(), inject: func() (*corpus.Observation, error) {
					o := s.cs.Expect
					o.Calls = slices.Clone(o.Calls)
					o.Calls[c.index], o.Calls[next.index] = o.Calls[next.index], o.Calls[c.index]
					return &o, nil
				}})
			}
			break
		}
	}
	return out
}

// blankCall is what a call sends, without generated ids.
func (s *specimen) blankCall(c changingCall) string {
	r := c.Request
	return s.blank(r.Method) + s.blank(r.Path) + s.blank(r.Document) + s.blank(string(r.Variables)) + s.blank(string(r.Body))
}

// extraCall sends an event to a service that the case knows, or else to a new one.
func extraCall(s *specimen) []place {
	upstream := intruder
	if len(s.cs.Expect.Calls) > 0 {
		upstream = s.cs.Expect.Calls[0].Upstream
	}
	return []place{{channel: CallsChannel, path: upstream, inject: func() (*corpus.Observation, error) {
		o := s.cs.Expect
		o.Calls = append(slices.Clone(o.Calls), corpus.Call{
			Upstream: upstream, Request: corpus.CallRequest{Method: http.MethodPost, Path: "/events", Body: corpus.JSON(`{"kind":"x"}`)},
		})
		return &o, nil
	}}}
}
