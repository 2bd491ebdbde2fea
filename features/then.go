package features

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/ledger"
)

// thens are the steps that say what must come of the request.
func thens() []step {
	return slices.Concat([]step{
		def("Then", `both implementations agree`, nothing,
			"The candidate does what legacy does: in the response, in every store and in its calls, up to the rules of the configuration and the ledger. A difference is confirmed on fresh processes and shown as `replay run` shows it.", thenAgree),
		def("Then", `the bug "ID" is ported`, nothing,
			"The scenario triggers a bug of the ledger, legacy shows it, and so does the candidate.", thenPorted),
	}, thenAnswers(), thenStored(), thenCalls())
}

func thenAnswers() []step {
	return []step{
		def("Then", `the response is`, docString, "The whole body of the answer, as JSON. Where the store gives out values that it holds, say the changes first: values that were given out need not be the same, but must be so in both.", thenResponse),
		def("Then", `the response at "PATH" is VALUE`, nothing,
			"One place of the answer, such as `data.class.students[0].name`, as JSON.", thenResponseAt),
		def("Then", `the response at "PATH" is`, docString, "The same, with the JSON below the step.", thenResponseAtDoc),
		def("Then", `the response has nothing at "PATH"`, nothing, "The place is absent, which is not `null`.", thenResponseLacks),
		def("Then", `there is an error at "PATH" that says "MESSAGE"`, nothing,
			"An execution error: its path, such as `renameAssignment` or `class.students.0`, and its message.", thenError),
		def("Then", `there is no error`, nothing, "The answer holds no `errors`.", thenNoError),
		def("Then", `the request is refused`, nothing, "The answer holds no `data`: the request was not executed.", thenRefused),
		def("Then", `the status is STATUS`, nothing, "The HTTP status of the answer.", thenStatus),
	}
}

func thenAgree(_ *draft, _ line) (check, error) {
	return func(_ context.Context, w *world) error {
		if !w.replayed.Compared() {
			return fmt.Errorf("%s configures no legacy to agree with; say what must come of the request instead", w.draft.config.File)
		}
		res := w.replayed.Result()
		res.Reproduce = w.suite.command(w.draft.scenario)
		if text := res.Explain(); text != "" {
			return errors.New("the implementations do not agree\n\n" + strings.TrimRight(text, "\n"))
		}
		return nil
	}, nil
}

func thenPorted(d *draft, l line) (check, error) {
	id := l.args[0]
	var known []string
	if d.config.Ledger != nil {
		for _, b := range d.config.Ledger.Bugs {
			known = append(known, b.ID)
		}
	}
	if !slices.Contains(known, id) {
		return nil, fmt.Errorf("no bug %q is on the ledger%s", id, suggest(id, known))
	}
	return func(_ context.Context, w *world) error {
		status, err := w.replayed.Bug(id)
		if err != nil || status == ledger.Ported {
			return err
		}
		text := fmt.Sprintf("bug %q is %s", id, status)
		if status == "" {
			text = fmt.Sprintf("the scenario does not trigger bug %q", id)
		}
		return w.failure(finding{text: text}, "")
	}, nil
}

// empty is an observation of which every part is the same as of another one.
func empty() corpus.Observation {
	return corpus.Observation{HTTP: corpus.HTTP{Status: 200}, Response: corpus.JSON(`{"data":null}`)}
}

func thenResponse(_ *draft, l line) (check, error) {
	doc, err := parseJSON(l.doc.Content)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, w *world) error {
		w.stated.Response, w.response = doc, true
		return w.measureStated(ctx)
	}, nil
}

// measureStated compares all that was said as a whole so far.
func (w *world) measureStated(ctx context.Context) error {
	wanted := empty()
	if w.response {
		wanted.Response = w.stated.Response
	}
	if w.effects {
		wanted.Effects = w.stated.Effects
	}
	return w.measure(ctx, wanted, func(want, have corpus.Observation) (corpus.Observation, corpus.Observation) {
		part := empty()
		if w.response {
			part.Response = have.Response
		}
		if w.effects {
			part.Effects = have.Effects
		}
		return want, part
	})
}

func thenResponseAt(d *draft, l line) (check, error) {
	return responseAt(d, l.args[0], l.args[1])
}

func thenResponseAtDoc(d *draft, l line) (check, error) {
	return responseAt(d, l.args[0], l.doc.Content)
}

func responseAt(d *draft, text, value string) (check, error) {
	path, err := answered(d, text)
	if err != nil {
		return nil, err
	}
	v, err := parseJSON(value)
	if err != nil {
		return nil, fmt.Errorf("%w; write text in quotes", err)
	}
	tree, err := v.Decode()
	if err != nil {
		return nil, err
	}
	wanted := empty()
	if wanted.Response, err = corpus.EncodeJSON(wrap(path, tree)); err != nil {
		return nil, err
	}
	return func(ctx context.Context, w *world) error {
		if err := w.each(ctx, func(have *corpus.Observation) string {
			if _, ok := valueAt(have, path); !ok {
				return fmt.Sprintf("the response has nothing at %s, want %s", text, excerpt(value))
			}
			return ""
		}); err != nil {
			return err
		}
		return w.measure(ctx, wanted, func(want, have corpus.Observation) (corpus.Observation, corpus.Observation) {
			part := empty()
			v, _ := valueAt(&have, path)
			if part.Response, err = corpus.EncodeJSON(wrap(path, v)); err != nil {
				part.Response = have.Response // which differs
			}
			return want, part
		})
	}, nil
}

func answered(d *draft, text string) ([]any, error) {
	path, err := parsePath(text)
	if err != nil {
		return nil, err
	}
	return path, checkAnswered(&d.cs.Request, path)
}

// wrap puts a value at a path, with null for the elements before it.
func wrap(path []any, v any) any {
	for _, p := range slices.Backward(path) {
		switch p := p.(type) {
		case string:
			v = corpus.Object{{Name: p, Value: v}}
		case int:
			list := make([]any, p+1)
			list[p], v = v, list
		}
	}
	if _, data := v.(corpus.Object).Get("data"); !data {
		// Beside an error, the request was executed: only then errors count.
		v = append(v.(corpus.Object), corpus.Member{Name: "data"})
	}
	return v
}

// valueAt is the value at a path of a response.
func valueAt(have *corpus.Observation, path []any) (any, bool) {
	v, err := have.Response.Decode()
	if err != nil {
		return nil, false
	}
	for _, p := range path {
		ok := false
		switch at := p.(type) {
		case string:
			if object, is := v.(corpus.Object); is {
				v, ok = object.Get(at)
			}
		case int:
			if list, is := v.([]any); is && at < len(list) {
				v, ok = list[at], true
			}
		}
		if !ok {
			return nil, false
		}
	}
	return v, true
}

func thenResponseLacks(d *draft, l line) (check, error) {
	path, err := answered(d, l.args[0])
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, w *world) error {
		return w.each(ctx, func(have *corpus.Observation) string {
			v, ok := valueAt(have, path)
			if !ok {
				return ""
			}
			return fmt.Sprintf("the response has %s at %s", jsonText(v), l.args[0])
		})
	}, nil
}

func jsonText(v any) string {
	text, err := corpus.EncodeJSON(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// graphQLError is an error of a response: its path, dotted, and message.
type graphQLError struct{ path, message string }

func errorsOf(have *corpus.Observation) []graphQLError {
	v, _ := valueAt(have, []any{"errors"})
	list, _ := v.([]any)
	var out []graphQLError
	for _, item := range list {
		object, _ := item.(corpus.Object)
		message, _ := object.Get("message")
		path, _ := object.Get("path")
		var parts []string
		steps, _ := path.([]any)
		for _, p := range steps {
			parts = append(parts, fmt.Sprint(p))
		}
		text, _ := message.(string)
		out = append(out, graphQLError{strings.Join(parts, "."), text})
	}
	return out
}

func errorText(list []graphQLError) string {
	if len(list) == 0 {
		return "no error"
	}
	var texts []string
	for _, e := range list {
		texts = append(texts, fmt.Sprintf("%q at %q", e.message, e.path))
	}
	return strings.Join(texts, ", ")
}

func thenError(_ *draft, l line) (check, error) {
	wanted := graphQLError{strings.NewReplacer("[", ".", "]", "").Replace(l.args[0]), l.args[1]}
	return func(ctx context.Context, w *world) error {
		return w.each(ctx, func(have *corpus.Observation) string {
			list := errorsOf(have)
			if slices.Contains(list, wanted) {
				return ""
			}
			return fmt.Sprintf("the response has %s, want %s", errorText(list), errorText([]graphQLError{wanted}))
		})
	}, nil
}

func thenNoError(_ *draft, _ line) (check, error) {
	return func(ctx context.Context, w *world) error {
		return w.each(ctx, func(have *corpus.Observation) string {
			if v, ok := valueAt(have, []any{"errors"}); ok {
				return "the response has errors: " + jsonText(v)
			}
			return ""
		})
	}, nil
}

func thenRefused(_ *draft, _ line) (check, error) {
	return func(ctx context.Context, w *world) error {
		return w.each(ctx, func(have *corpus.Observation) string {
			if v, ok := valueAt(have, []any{"data"}); ok {
				return "the request was executed: data is " + jsonText(v)
			}
			return ""
		})
	}, nil
}

func thenStatus(_ *draft, l line) (check, error) {
	wanted, err := strconv.Atoi(l.args[0])
	if err != nil || wanted < 100 || wanted > 599 {
		return nil, fmt.Errorf("%s is no HTTP status; they go from 100 to 599", l.args[0])
	}
	return func(ctx context.Context, w *world) error {
		return w.each(ctx, func(have *corpus.Observation) string {
			if have.HTTP.Status == wanted {
				return ""
			}
			return fmt.Sprintf("the status is %d, want %d", have.HTTP.Status, wanted)
		})
	}, nil
}
