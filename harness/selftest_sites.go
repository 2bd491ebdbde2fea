package harness

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"sync"

	"github.com/sidebyside/replay/corpus"
)

// specimen is a recorded observation, taken apart for faults.
type specimen struct {
	cs       *corpus.Case
	enum     func(value string) []string // the other values of its enum
	response any                         // decoded
	refused  bool                        // a request error, whose text is not compared
	sites    []*site
	calls    []changingCall
	ids      map[string]corpus.Key // generated ids by text
	given    func() string         // all of request and fixture in one text
}

// site is one value of an observation that is compared.
type site struct {
	channel Channel
	path    string
	value   any   // of JSON or of a store
	in      *site // what it is a part of; nil for a channel's outermost values
	name    string
	index   int // in a list, else -1
	// with is the observation with another value here; nothing takes it away.
	with func(v any) (*corpus.Observation, error)
}

// nothing stands for a value that is taken away.
type nothing struct{}

func newSpecimen(cs *corpus.Case, enum func(string) []string) (*specimen, error) {
	s := &specimen{cs: cs, enum: enum, given: sync.OnceValue(func() string { return givenText(cs) })}
	if cs.Expect.Response != nil {
		var err error
		if s.response, err = cs.Expect.Response.Decode(); err != nil {
			return nil, err
		}
		s.refused = isRequestError(s.response)
	}
	if cs.Expect.Response != nil && !s.refused {
		s.parts(&site{channel: ResponseChannel, value: s.response, index: -1, with: s.withResponse})
	}
	s.effectSites()
	s.findCalls()
	s.ids = s.generatedIDs()
	return s, nil
}

// isRequestError tells what the GraphQL library refused (GraphQL spec 7.1.2).
func isRequestError(response any) bool {
	object, _ := response.(corpus.Object)
	if data, _ := object.Get("data"); data != nil {
		return false
	}
	list, _ := object.Get("errors")
	errors, _ := list.([]any)
	_, executed := object.Get("data")
	for _, item := range errors {
		e, _ := item.(corpus.Object)
		if path, _ := e.Get("path"); path != nil && executed {
			return false
		}
	}
	return len(errors) > 0
}

func (s *specimen) withResponse(v any) (*corpus.Observation, error) {
	o := s.cs.Expect
	if _, ok := v.(nothing); ok {
		o.Response = nil
		return &o, nil
	}
	text, err := corpus.EncodeJSON(v)
	o.Response = text
	return &o, err
}

// parts adds the site and all within it.
func (s *specimen) parts(at *site) {
	if at.path != "" {
		s.sites = append(s.sites, at)
	}
	switch v := at.value.(type) {
	case corpus.Object:
		for i, m := range v {
			if isErrorLocation(at, m.Name) {
				continue
			}
			s.parts(at.part(m.Name, -1, m.Value, func(w any) any { return withMember(v, i, w) }))
		}
	case []any:
		for i, item := range v {
			s.parts(at.part("", i, item, func(w any) any { return withItem(v, i, w) }))
		}
	case *corpus.Entity:
		for _, name := range slices.Sorted(maps.Keys(v.Properties)) {
			s.parts(at.part(name, -1, v.Properties[name], func(w any) any {
				e := *v
				e.Properties = withProperty(v.Properties, name, w)
				return &e
			}))
		}
	case []corpus.Value:
		for i, item := range v {
			s.parts(at.part("", i, item, func(w any) any { return withValue(v, i, w) }))
		}
	case corpus.Meant:
		s.parts(at.part("", -1, v.Value, func(w any) any {
			if _, ok := w.(nothing); ok {
				w = nil
			}
			return corpus.Meant{Meaning: v.Meaning, Value: w}
		}))
	}
}

// isErrorLocation: where in the document an error stands is the GraphQL library's
// account, and not compared.
func isErrorLocation(at *site, name string) bool {
	return name == "locations" && at.channel == ResponseChannel && at.in != nil && at.in.path == "errors"
}

func (at *site) part(name string, index int, v any, holding func(any) any) *site {
	p := &site{channel: at.channel, value: v, in: at, name: name, index: index, path: at.path}
	switch {
	case index >= 0:
		p.path += "[" + strconv.Itoa(index) + "]"
	case name != "" && at.path != "":
		p.path += "." + name
	default:
		p.path += name
	}
	p.with = func(w any) (*corpus.Observation, error) { return at.with(holding(w)) }
	return p
}

func withMember(o corpus.Object, i int, v any) corpus.Object {
	out := slices.Clone(o)
	if _, ok := v.(nothing); ok {
		return slices.Delete(out, i, i+1)
	}
	out[i].Value = v
	return out
}

func withItem(list []any, i int, v any) []any {
	out := slices.Clone(list)
	if _, ok := v.(nothing); ok {
		return slices.Delete(out, i, i+1)
	}
	out[i] = v
	return out
}

func withValue(list []corpus.Value, i int, v any) []corpus.Value {
	out := slices.Clone(list)
	if _, ok := v.(nothing); ok {
		return slices.Delete(out, i, i+1)
	}
	out[i] = v
	return out
}

func withProperty(props map[string]corpus.Value, name string, v any) map[string]corpus.Value {
	out := maps.Clone(props)
	if out == nil {
		out = map[string]corpus.Value{}
	}
	if _, ok := v.(nothing); ok {
		delete(out, name)
		return out
	}
	out[name] = v
	return out
}

// effectSites adds what each insert holds and what each update writes.
func (s *specimen) effectSites() {
	for _, w := range writes(&s.cs.Expect) {
		switch w.Op {
		case corpus.Insert:
			for _, name := range slices.Sorted(maps.Keys(w.Properties)) {
				s.parts(s.property(w, name, w.Properties[name], func(e *corpus.Effect, v any) {
					e.Properties = withProperty(e.Properties, name, v)
				}))
			}
		case corpus.Update:
			for _, name := range slices.Sorted(maps.Keys(w.Set)) {
				if to := w.Set[name].To; to != nil {
					s.parts(s.property(w, name, *to, func(e *corpus.Effect, v any) { setTo(e, name, v) }))
				}
			}
		}
	}
}

func (s *specimen) property(w write, name string, v corpus.Value, set func(*corpus.Effect, any)) *site {
	return &site{
		channel: EffectsChannel, path: w.path() + "." + name, value: v, name: name, index: -1,
		with: func(v any) (*corpus.Observation, error) {
			e := *w.Effect
			set(&e, v)
			if _, ok := v.(nothing); ok {
				e.Unindexed = withoutFlags(e.Unindexed, name)
			}
			return w.replaced(&s.cs.Expect, e), nil
		},
	}
}

// setTo makes an update write another value. What is as before was not written.
func setTo(e *corpus.Effect, name string, v any) {
	c := e.Set[name]
	e.Set = maps.Clone(e.Set)
	if _, ok := v.(nothing); ok {
		c.To = nil
	} else {
		value := corpus.Value(v)
		c.To = &value
	}
	if c.From == nil && c.To == nil || c.From != nil && c.To != nil && reflect.DeepEqual(*c.From, *c.To) {
		delete(e.Set, name)
		e.Unindexed = withoutFlags(e.Unindexed, name)
		return
	}
	e.Set[name] = c
}
