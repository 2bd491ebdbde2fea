package harness

import (
	"maps"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// answerFaults change the answer as a whole. Of a request error, status and text
// belong to the GraphQL library.
func answerFaults() []fault {
	onHTTP := func(name, does, path string, change func(*corpus.HTTP) bool) fault {
		return fault{name: name, does: does, places: func(s *specimen) []place {
			o := s.cs.Expect
			o.HTTP.Headers = maps.Clone(o.HTTP.Headers)
			if s.refused || !change(&o.HTTP) {
				return nil
			}
			return []place{{channel: HTTPChannel, path: path, inject: func() (*corpus.Observation, error) { return &o, nil }}}
		}}
	}
	return []fault{
		onHTTP("wrong-status", "the status is 202 or 200", "status", func(h *corpus.HTTP) bool {
			if h.Status == 200 {
				h.Status = 202
			} else {
				h.Status = 200
			}
			return true
		}),
		onHTTP("error-status", "the status is 400", "status", func(h *corpus.HTTP) bool {
			was := h.Status
			h.Status = 400
			return was != 400
		}),
		onHTTP("wrong-media-type", "the media type is the other one of GraphQL over HTTP", "headers.content-type", func(h *corpus.HTTP) bool {
			was, ok := h.Headers["content-type"]
			if !ok {
				return false
			}
			h.Headers["content-type"] = "application/graphql-response+json"
			if strings.HasPrefix(was, h.Headers["content-type"]) {
				h.Headers["content-type"] = "application/json"
			}
			return true
		}),
		onHTTP("lose-media-type", "the answer says no media type", "headers.content-type", func(h *corpus.HTTP) bool {
			_, ok := h.Headers["content-type"]
			delete(h.Headers, "content-type")
			return ok
		}),
		onResponse("drop-data", "data is null", "data", func(s *specimen, o corpus.Object) (any, bool) {
			data, ok := o.Get("data")
			return replaceMember(o, "data", nil), ok && data != nil && !s.refused
		}),
		onResponse("refuse-accepted", "an operation is refused that should be executed", "", func(s *specimen, _ corpus.Object) (any, bool) {
			return corpus.Object{{Name: "errors", Value: []any{corpus.Object{{Name: "message", Value: "not allowed"}}}}}, !s.refused
		}),
		onResponse("accept-refused", "an operation is executed that should be refused", "", func(s *specimen, _ corpus.Object) (any, bool) {
			data := corpus.Object{}
			for _, name := range s.cs.Request.Fields {
				data = append(data, corpus.Member{Name: name, Value: nil})
			}
			return corpus.Object{{Name: "data", Value: data}}, s.refused
		}),
	}
}

// onResponse is a fault of the whole response.
func onResponse(name, does, path string, change func(s *specimen, o corpus.Object) (any, bool)) fault {
	return fault{name: name, does: does, places: func(s *specimen) []place {
		o, ok := s.response.(corpus.Object)
		if !ok {
			return nil
		}
		v, ok := change(s, o)
		if !ok {
			return nil
		}
		return []place{{channel: ResponseChannel, path: path, inject: func() (*corpus.Observation, error) { return s.withResponse(v) }}}
	}}
}

func replaceMember(o corpus.Object, name string, v any) corpus.Object {
	out := slices.Clone(o)
	for i := range out {
		if out[i].Name == name {
			out[i].Value = v
		}
	}
	return out
}

func withoutMember(o corpus.Object, name string) corpus.Object {
	return slices.DeleteFunc(slices.Clone(o), func(m corpus.Member) bool { return m.Name == name })
}

// errorFaults change execution errors.
func errorFaults() []fault {
	return []fault{
		onResponse("drop-errors", "no error is told", "errors", func(s *specimen, o corpus.Object) (any, bool) {
			list, _ := o.Get("errors")
			errors, _ := list.([]any)
			return withoutMember(o, "errors"), len(errors) > 0 && !s.refused
		}),
		onResponse("extra-error", "one more error is told", "errors", func(s *specimen, o corpus.Object) (any, bool) {
			list, has := o.Get("errors")
			errors, _ := list.([]any)
			more := corpus.Object{{Name: "message", Value: "unexpected"}, {Name: "path", Value: []any{s.cs.Request.Fields[0]}}}
			if !has {
				o = append(slices.Clone(o), corpus.Member{Name: "errors"})
			}
			return replaceMember(o, "errors", append(slices.Clone(errors), more)), !s.refused
		}),
		onErrors("drop-error", "one of several errors is missing", func(list []any, i int) (any, bool) {
			return slices.Delete(slices.Clone(list), i, i+1), len(list) > 1
		}),
		onErrors("wrong-error-message", "an error has another message", onErrorMember("message", func(v any) (any, bool) {
			text, ok := v.(string)
			return text + "!", ok
		})),
		onErrors("generic-error-message", "an error hides its message", onErrorMember("message", func(v any) (any, bool) {
			return "internal server error", v != "internal server error"
		})),
		onErrors("wrong-error-path", "an error is told of another field", onErrorMember("path", func(v any) (any, bool) {
			path, ok := v.([]any)
			return append(slices.Clone(path), intruder), ok
		})),
		onErrors("short-error-path", "an error is told of the field around it", onErrorMember("path", func(v any) (any, bool) {
			path, _ := v.([]any)
			return path[:max(0, len(path)-1)], len(path) > 1
		})),
		onErrors("lose-error-path", "an error has no path", func(list []any, i int) (any, bool) {
			e, _ := list[i].(corpus.Object)
			_, ok := e.Get("path")
			return withItem(list, i, withoutMember(e, "path")), ok
		}),
		onErrors("lose-error-extensions", "an error has no extensions", func(list []any, i int) (any, bool) {
			e, _ := list[i].(corpus.Object)
			v, ok := e.Get("extensions")
			return withItem(list, i, withoutMember(e, "extensions")), ok && v != nil
		}),
	}
}

// onErrors applies once for each execution error.
func onErrors(name, does string, change func(list []any, i int) (any, bool)) fault {
	return fault{name: name, does: does, places: func(s *specimen) []place {
		var out []place
		for _, at := range s.sites {
			list, _ := at.value.([]any)
			if !at.isErrors() {
				continue
			}
			for i := range list {
				if v, ok := change(list, i); ok {
					p := at.place(v)
					p.path = at.part("", i, nil, nil).path
					out = append(out, p)
				}
			}
		}
		return out
	}}
}

func onErrorMember(name string, change edit) func([]any, int) (any, bool) {
	return func(list []any, i int) (any, bool) {
		e, _ := list[i].(corpus.Object)
		v, has := e.Get(name)
		if !has {
			return nil, false
		}
		out, ok := change(v)
		return withItem(list, i, replaceMember(e, name, out)), ok
	}
}
