package shape

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// answer is what came back, in one line: status, what the root fields hold, and the
// errors with their places.
func answer(o *corpus.Observation) string {
	text := fmt.Sprintf("answer %d", o.HTTP.Status)
	tree, err := o.Response.Decode()
	if err != nil {
		return text
	}
	body, ok := tree.(corpus.Object)
	if !ok {
		return text + " " + result(tree, 0)
	}
	if data, ok := body.Get("data"); ok {
		text += " " + result(data, 0)
	}
	errs, _ := body.Get("errors")
	list, _ := errs.([]any)
	texts := make([]string, 0, len(list))
	for _, e := range list {
		texts = append(texts, failure(e))
	}
	if len(texts) > 0 {
		text += " errors " + set(texts, ",")
	}
	return text
}

// resultDepth is how deep a result is looked into: data, its root fields, and what
// these hold.
const resultDepth = 2

// result is what an answer holds: null, a sort of value, the fields of an object, or
// how many items with which types. Deeper down, data of all sorts is met.
func result(v any, depth int) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return fmt.Sprint(v)
	case json.Number:
		return "number"
	case string:
		return "string"
	case []any:
		types := []string{}
		for _, item := range v {
			types = append(types, typename(item))
		}
		return "[" + class(len(v)) + " " + set(types, "|") + "]"
	case corpus.Object:
		if depth > resultDepth-1 {
			return "object" + typename(v)
		}
		fields := make([]string, 0, len(v))
		for _, m := range v {
			fields = append(fields, m.Name+":"+result(m.Value, depth+1))
		}
		return "{" + set(fields, ",") + "}" + typename(v)
	}
	return "unknown"
}

// typename is the type that an object says it is; "" where it was not asked.
func typename(v any) string {
	o, _ := v.(corpus.Object)
	name, _ := o.Get("__typename")
	text, _ := name.(string)
	return text
}

// failure is an error: its place without indices, the class of its message, and its
// code.
func failure(e any) string {
	o, _ := e.(corpus.Object)
	place, _ := o.Get("path")
	steps, _ := place.([]any)
	path := make([]string, len(steps))
	for i, s := range steps {
		name, isName := s.(string)
		if path[i] = name; !isName {
			path[i] = "*"
		}
	}
	text, _ := o.Get("message")
	said, _ := text.(string)
	extensions, _ := o.Get("extensions")
	more, _ := extensions.(corpus.Object)
	code, _ := more.Get("code")
	coded, _ := code.(string)
	return fmt.Sprintf("%s %q %s", strings.Join(path, "."), message(said), coded)
}

// calls has a line for each sort of request to an upstream.
func calls(list []corpus.Call) []string {
	counts := tally{}
	for i := range list {
		call := &list[i]
		what := call.Request.Method + " " + identifier.ReplaceAllString(call.Request.Path, "#")
		if call.Request.Document != "" {
			what += " " + operation(&corpus.Request{Document: call.Request.Document, Variables: call.Request.Variables})
		}
		seen := corpus.Observation{HTTP: corpus.HTTP{Status: call.Response.Status}, Response: call.Response.Body}
		counts[call.Upstream+" "+what+" "+answer(&seen)]++
	}
	return counts.lines("calls")
}
