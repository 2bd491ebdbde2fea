package redact

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/sidebyside/replay/corpus"
)

// walk is a copy of the case in which every value has been looked at.
func (s *session) walk(c *corpus.Case) (*corpus.Case, error) {
	out := *c
	top := place{}
	description := top.at("description")
	out.Description = s.text(&description, c.Description)
	out.Tags = slices.Clone(c.Tags)
	if s.collecting {
		s.keyIDs(c)
	}
	req := requestWalker{session: s, schema: s.r.options.Schema}
	if err := req.request(&out.Request, top.at("request")); err != nil {
		return nil, err
	}
	fixture := top.at("fixture")
	out.Fixture.Stores = make(map[string]corpus.State, len(c.Fixture.Stores))
	for _, name := range slices.Sorted(maps.Keys(c.Fixture.Stores)) {
		s.form = s.formOf(c, name)
		out.Fixture.Stores[name] = s.state(fixture.at(name), c.Fixture.Stores[name])
	}
	if c.Fixture.Stores == nil {
		out.Fixture.Stores = nil
	}
	out.Fixture.Changes = s.effects(fixture.at("changes"), c, c.Fixture.Changes)
	expect := top.at("expect")
	if err := s.response(&out, c, expect.at("response")); err != nil {
		return nil, err
	}
	out.Expect.Effects = s.effects(expect.at("effects"), c, c.Expect.Effects)
	var err error
	out.Expect.Calls, err = s.calls(expect.at("calls"), c.Expect.Calls)
	return &out, err
}

// json is a copy of a JSON text. leaf makes the place of a value more telling,
// from its names.
func (s *session) json(p place, text corpus.JSON) (corpus.JSON, error) {
	if text == nil {
		return nil, nil
	}
	tree, err := text.Decode()
	if err != nil {
		return nil, fmt.Errorf("redact case: read %s: it is no JSON", p.String())
	}
	return encode(p, s.tree(p, tree))
}

func encode(p place, tree any) (corpus.JSON, error) {
	text, err := corpus.EncodeJSON(tree)
	if err != nil {
		return nil, fmt.Errorf("redact case: write %s: a value has no JSON", p.String())
	}
	return text, nil
}

// tree is a copy of a JSON value of which only its place is known. The names of
// members are looked at, too.
func (s *session) tree(p place, tree any) any {
	switch t := tree.(type) {
	case string:
		return s.text(&p, t)
	case json.Number:
		return json.Number(s.number(&p, string(t)))
	case []any:
		out := make([]any, len(t))
		for i, item := range t {
			out[i] = s.tree(p.item(i), item)
		}
		return out
	case corpus.Object:
		out := make(corpus.Object, 0, len(t))
		for _, m := range t {
			at := p.at(m.Name)
			at.paired(t)
			if s.drops(&at) {
				continue
			}
			out = append(out, corpus.Member{Name: s.memberName(p, m.Name), Value: s.tree(at, m.Value)})
		}
		return out
	}
	return tree
}

// memberName is the name of a member, which may be a value, as in a map by
// e-mail address.
func (s *session) memberName(p place, name string) string {
	p.fields, p.typeName, p.property, p.header, p.key = nil, "", "", "", ""
	p.strict, p.channel = false, ""
	p.nameless()
	return s.text(&p, name)
}

// drops reports whether a rule takes away what stands at the place.
func (s *session) drops(p *place) bool {
	if !s.r.drops {
		return false
	}
	rule := s.r.options.Rules.find(p)
	if rule == nil || rule.As != Drop {
		return false
	}
	if !s.collecting {
		s.findings = append(s.findings, Finding{Place: p.String(), As: Drop, Rule: rule.At, steps: p.steps})
	}
	return true
}

// headers is a copy of kept headers.
func (s *session) headers(p place, headers map[string]string) map[string]string {
	if headers == nil {
		return nil
	}
	out := make(map[string]string, len(headers))
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		at := p.at(name)
		at.header, at.strict = name, true
		if !s.drops(&at) {
			out[name] = s.text(&at, headers[name])
		}
	}
	return out
}

// calls is a copy of the calls.
func (s *session) calls(p place, calls []corpus.Call) ([]corpus.Call, error) {
	out := slices.Clone(calls)
	for i := range out {
		at := p.item(i)
		at.channel, at.upstream, at.skip, at.strict = "calls", out[i].Upstream, len(at.steps), true
		if err := s.call(at, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *session) call(p place, c *corpus.Call) error {
	request, response := p.at("request"), p.at("response")
	at := request.at("path")
	at.strict = false
	c.Request.Path = s.text(&at, c.Request.Path)
	asked := corpus.Request{Document: c.Request.Document, Variables: c.Request.Variables}
	w := requestWalker{session: s}
	c.Request.Document = w.document(request.at("document"), asked.Document)
	var err error
	if c.Request.Variables, err = w.variables(request.at("variables"), &asked); err != nil {
		return err
	}
	if c.Request.Body, err = s.json(request.at("body"), c.Request.Body); err != nil {
		return err
	}
	c.Response.Body, err = s.answer(response.at("body"), c.Response.Body, &asked, nil)
	return err
}
