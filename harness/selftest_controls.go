package harness

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// controls are no faults: an implementation that does so is equivalent.
func controls() []fault {
	list := []fault{
		{name: "rename-ids", does: "the stores gave out other ids", places: renamedIDs},
		onSites("reorder-members", "the members of an object come in another order", func(_ *specimen, at *site) (any, bool) {
			o, ok := at.value.(corpus.Object)
			out := slices.Clone(o)
			slices.Reverse(out)
			return out, ok && len(o) > 1
		}),
		onValues("respell-number", "a number of JSON is written with a fraction of 0", func(v any) (any, bool) {
			n, ok := v.(json.Number)
			return n + ".0", ok && strings.Trim(n.String(), "-0123456789") == ""
		}),
		{name: "reorder-writes", does: "the changes of the stores come in another order", places: func(s *specimen) []place {
			var out []place
			for _, store := range slices.Sorted(maps.Keys(s.cs.Expect.Effects)) {
				if len(s.cs.Expect.Effects[store]) < 2 {
					continue
				}
				out = append(out, place{channel: EffectsChannel, path: store, inject: func() (*corpus.Observation, error) {
					o := s.cs.Expect
					o.Effects = maps.Clone(o.Effects)
					o.Effects[store] = slices.Clone(o.Effects[store])
					slices.Reverse(o.Effects[store])
					return &o, nil
				}})
			}
			return out
		}},
		onResponse("reorder-errors", "errors come in another order", "errors", func(_ *specimen, o corpus.Object) (any, bool) {
			v, _ := o.Get("errors")
			errors, _ := v.([]any)
			turned := slices.Clone(errors)
			slices.Reverse(turned)
			return replaceMember(o, "errors", turned), len(errors) > 1
		}),
		onResponse("other-locations", "errors are told of other places in the document", "errors", otherLocations),
		onResponse("other-refusal", "a request error has another text", "errors", func(s *specimen, o corpus.Object) (any, bool) {
			return replaceMember(o, "errors", []any{corpus.Object{{Name: "message", Value: "bad request"}}}), s.refused
		}),
		{name: "extra-read", does: "another service is read once more", places: func(s *specimen) []place {
			return []place{{channel: CallsChannel, path: intruder, inject: func() (*corpus.Observation, error) {
				o := s.cs.Expect
				read := corpus.Call{Upstream: intruder, Request: corpus.CallRequest{Method: http.MethodGet, Path: "/"}}
				o.Calls = append([]corpus.Call{read}, o.Calls...)
				return &o, nil
			}}}
		}},
	}
	for i := range list {
		list[i].control = true
	}
	return list
}

func otherLocations(s *specimen, o corpus.Object) (any, bool) {
	v, _ := o.Get("errors")
	errors, ok := v.([]any)
	out := slices.Clone(errors)
	for i := range out {
		if e, isObject := out[i].(corpus.Object); isObject {
			out[i] = append(withoutMember(e, "locations"), corpus.Member{Name: "locations", Value: []any{}})
		}
	}
	return replaceMember(o, "errors", out), ok && len(out) > 0 && !s.refused
}

// renamedIDs gives every generated id another value, everywhere.
func renamedIDs(s *specimen) []place {
	if len(s.ids) == 0 {
		return nil
	}
	names := map[string]string{}
	var allocated []corpus.Key
	for _, id := range slices.Sorted(maps.Keys(s.ids)) {
		key := withElement(s.ids[id], len(s.ids[id].Path)-1, other)
		names[id] = idText(key)
		allocated = append(allocated, key)
	}
	r := renamer{names}
	return []place{{channel: EffectsChannel, path: "everywhere", allocated: allocated, inject: func() (*corpus.Observation, error) {
		return r.observation(&s.cs.Expect)
	}}}
}

// renamer writes other ids wherever they stand by themselves.
type renamer struct{ names map[string]string }

func (r renamer) observation(in *corpus.Observation) (*corpus.Observation, error) {
	o := *in
	if o.Response != nil {
		tree, err := o.Response.Decode()
		if err != nil {
			return nil, err
		}
		if o.Response, err = corpus.EncodeJSON(r.json(tree)); err != nil {
			return nil, err
		}
	}
	o.Effects = map[string][]corpus.Effect{}
	for store, list := range in.Effects {
		for _, e := range list {
			o.Effects[store] = append(o.Effects[store], r.effect(e))
		}
	}
	o.Calls = slices.Clone(in.Calls)
	for i := range o.Calls {
		request := &o.Calls[i].Request
		request.Path = r.text(request.Path)
		request.Document = r.text(request.Document)
		request.Variables, request.Body = r.raw(request.Variables), r.raw(request.Body)
	}
	return &o, nil
}

func (r renamer) raw(j corpus.JSON) corpus.JSON {
	tree, err := j.Decode()
	if err != nil {
		return j
	}
	if out, err := corpus.EncodeJSON(r.json(tree)); err == nil {
		return out
	}
	return j
}

func (r renamer) json(v any) any {
	switch v := v.(type) {
	case string:
		return r.text(v)
	case json.Number:
		return json.Number(r.text(v.String()))
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = r.json(item)
		}
		return out
	case corpus.Object:
		out := make(corpus.Object, len(v))
		for i, m := range v {
			out[i] = corpus.Member{Name: m.Name, Value: r.json(m.Value)}
		}
		return out
	}
	return v
}

func (r renamer) effect(e corpus.Effect) corpus.Effect {
	e.Key = r.key(e.Key)
	e.Properties = r.properties(e.Properties)
	set := map[string]corpus.Change{}
	for name, c := range e.Set {
		if c.To != nil {
			to := r.stored(*c.To)
			c.To = &to
		}
		set[name] = c
	}
	e.Set = set
	return e
}

func (r renamer) properties(props map[string]corpus.Value) map[string]corpus.Value {
	out := map[string]corpus.Value{}
	for name, v := range props {
		out[name] = r.stored(v)
	}
	return out
}

func (r renamer) key(k corpus.Key) corpus.Key {
	k.Path = slices.Clone(k.Path)
	for i := range k.Path {
		e := &k.Path[i]
		if e.Name != "" {
			e.Name = r.text(e.Name)
			continue
		}
		if id, err := strconv.ParseInt(r.text(strconv.FormatInt(e.ID, 10)), 10, 64); err == nil {
			e.ID = id
		}
	}
	return k
}

func (r renamer) stored(v corpus.Value) corpus.Value {
	switch v := v.(type) {
	case string:
		return r.text(v)
	case int64:
		if id, err := strconv.ParseInt(r.text(strconv.FormatInt(v, 10)), 10, 64); err == nil {
			return id
		}
	case corpus.Key:
		return r.key(v)
	case *corpus.Entity:
		e := *v
		e.Key, e.Properties = r.key(v.Key), r.properties(v.Properties)
		return &e
	case []corpus.Value:
		out := make([]corpus.Value, len(v))
		for i, item := range v {
			out[i] = r.stored(item)
		}
		return out
	case corpus.Meant:
		return corpus.Meant{Meaning: v.Meaning, Value: r.stored(v.Value)}
	}
	return v
}

// text replaces ids that are whole numbers in the text.
func (r renamer) text(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		end := i
		for end < len(s) && s[end] >= '0' && s[end] <= '9' {
			end++
		}
		switch name, ok := r.names[s[i:end]]; {
		case end == i:
			b.WriteByte(s[i])
			i++
		case ok:
			b.WriteString(name)
			i = end
		default:
			b.WriteString(s[i:end])
			i = end
		}
	}
	return b.String()
}
