package features

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

func thenCalls() []step {
	return []step{
		def("Then", `the upstream "NAME" is called`, nothing, "The upstream was called at least once.", thenCalled),
		def("Then", `the upstream "NAME" is called with`, docString,
			"One call has what is said here of its request: `document`, `variables`, `method`, `path`, `body`.", thenCalledWith),
		def("Then", `the upstream "NAME" is not called`, nothing, "The upstream was not called.", thenNotCalled),
	}
}

// callsOf are the calls to one upstream.
func callsOf(have *corpus.Observation, upstream string) []corpus.Call {
	return slices.DeleteFunc(slices.Clone(have.Calls), func(c corpus.Call) bool { return c.Upstream != upstream })
}

func thenCalled(d *draft, l line) (check, error) {
	name := l.args[0]
	return func(ctx context.Context, w *world) error {
		return w.each(ctx, func(have *corpus.Observation) string {
			if len(callsOf(have, name)) > 0 {
				return ""
			}
			return fmt.Sprintf("upstream %q is not called", name)
		})
	}, d.upstream(name)
}

func thenNotCalled(d *draft, l line) (check, error) {
	name := l.args[0]
	return func(ctx context.Context, w *world) error {
		return w.each(ctx, func(have *corpus.Observation) string {
			if list := callsOf(have, name); len(list) > 0 {
				return fmt.Sprintf("upstream %q is called: %s", name, callsText(list))
			}
			return ""
		})
	}, d.upstream(name)
}

func thenCalledWith(d *draft, l line) (check, error) {
	name := l.args[0]
	if err := d.upstream(name); err != nil {
		return nil, err
	}
	wanted, err := readCall(l, name, false)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, w *world) error {
		return w.each(ctx, func(have *corpus.Observation) string {
			list := callsOf(have, name)
			if slices.ContainsFunc(list, func(c corpus.Call) bool { return fits(c.Request, wanted.Request) }) {
				return ""
			}
			return fmt.Sprintf("upstream %q is not called with %s, but with %s", name, callText(wanted.Request), callsText(list))
		})
	}, nil
}

// fits reports whether a request has all that is said of it.
func fits(have, said corpus.CallRequest) bool {
	bare := func(document string) string { return strings.Join(strings.Fields(document), " ") }
	switch {
	case said.Method != anything && said.Method != have.Method,
		said.Path != anything && said.Path != have.Path,
		said.Document != "" && bare(said.Document) != bare(have.Document),
		said.Variables != nil && !sameJSON(said.Variables, have.Variables):
		return false
	}
	return said.Body == nil || sameJSON(said.Body, have.Body)
}

// sameJSON compares values: numbers by value, objects without order.
func sameJSON(a, b corpus.JSON) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	x, errX := a.Decode()
	y, errY := b.Decode()
	return errX == nil && errY == nil && sameTree(x, y)
}

func sameTree(a, b any) bool {
	switch a := a.(type) {
	case corpus.Object:
		b, ok := b.(corpus.Object)
		return ok && len(a) == len(b) && !slices.ContainsFunc(a, func(m corpus.Member) bool {
			v, has := b.Get(m.Name)
			return !has || !sameTree(m.Value, v)
		})
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, sameTree)
	case json.Number:
		b, ok := b.(json.Number)
		x, okX := new(big.Rat).SetString(string(a))
		y, okY := new(big.Rat).SetString(string(b))
		return ok && (a == b || okX && okY && x.Cmp(y) == 0)
	}
	return a == b
}

func callsText(list []corpus.Call) string {
	if len(list) == 0 {
		return "nothing"
	}
	var texts []string
	for _, c := range list {
		texts = append(texts, callText(c.Request))
	}
	return strings.Join(texts, "; ")
}

func callText(r corpus.CallRequest) string {
	var parts []string
	for _, p := range []string{r.Method, r.Path, strings.Join(strings.Fields(r.Document), " "), string(r.Variables), string(r.Body)} {
		if p != "" && p != anything {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, " ")
}
