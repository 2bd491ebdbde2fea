package upstream

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sidebyside/replay/corpus"
)

// part is the answer to one root field.
type part struct {
	key    string
	value  any
	errors []any
	from   *recording
	root   int // which root field of the recording
}

// likeness is how much of a recorded root field a request must repeat.
type likeness int

const (
	exactly likeness = iota
	renamed          // but for generated values
	byName           // by name alone: the arguments are for the comparison to judge
)

// query answers a GraphQL query from one recorded call if one holds all of it,
// else from several.
func (s *Stub) query(upstream string, req *corpus.CallRequest) (corpus.CallResponse, error) {
	op, err := parse(req)
	if err != nil {
		return corpus.CallResponse{}, err
	}
	candidates := atPath(s.reads(upstream), req.Path)
	for _, like := range []likeness{exactly, renamed} {
		for _, r := range candidates {
			if response, ok := s.whole(r, &op, like); ok {
				return response, nil
			}
		}
	}
	return s.assembled(&op, func(a *field) (part, renaming, error) { return s.find(candidates, a, renamed) })
}

// atPath are the recordings of requests to one address: the comparison does not
// look at where GraphQL is sent to, so that the stub must.
func atPath(list []*recording, path string) []*recording {
	return slices.DeleteFunc(list, func(r *recording) bool { return !samePath(strict(), r.Request.Path, path) })
}

// mutation answers each root field of a GraphQL mutation with the next answer
// that is left for it.
func (s *Stub) mutation(upstream string, req *corpus.CallRequest) (corpus.CallResponse, error) {
	op, err := parse(req)
	if err != nil {
		return corpus.CallResponse{}, err
	}
	candidates := atPath(s.unspent(upstream), req.Path)
	var response corpus.CallResponse
	for _, likes := range [][]likeness{{exactly, renamed}, {byName}} {
		for _, like := range likes {
			for _, r := range candidates {
				if len(r.fields) != len(op.fields) || slices.Contains(r.spent, true) {
					continue
				}
				if response, ok := s.whole(r, &op, like); ok {
					return response, nil
				}
			}
		}
		most := likes[len(likes)-1]
		if response, err = s.assembled(&op, func(a *field) (part, renaming, error) { return s.find(candidates, a, most) }); err == nil {
			return response, nil
		}
	}
	return response, err
}

// whole answers from one recorded call alone.
func (s *Stub) whole(r *recording, op *operation, like likeness) (corpus.CallResponse, bool) {
	if r.Request.Document == "" {
		return corpus.CallResponse{}, false
	}
	before := s.names
	if _, ok := r.data(); !ok {
		names, ok := s.sameRoots(r, op, like)
		if !ok {
			return corpus.CallResponse{}, false
		}
		s.names = names
		return s.give(r), true
	}
	taken := map[int]bool{}
	response, err := s.assembled(op, func(a *field) (part, renaming, error) {
		p, names, err := s.root(r, a, like, taken)
		if err == nil && r.changing {
			taken[p.root] = true
		}
		return p, names, err
	})
	if err != nil {
		s.names = before
		return corpus.CallResponse{}, false
	}
	return response, true
}

// sameRoots reports whether a request asks for the root fields of a recorded call
// that had no data, so that its errors answer the request.
func (s *Stub) sameRoots(r *recording, op *operation, like likeness) (renaming, bool) {
	names, taken := s.names, map[int]bool{}
	if len(r.fields) != len(op.fields) {
		return names, false
	}
	for i := range op.fields {
		at, next, ok := match(r, &op.fields[i], like, names, taken)
		if !ok {
			return names, false
		}
		names, taken[at] = next, true
	}
	return names, true
}

// match finds the root field of a recording that a request asks for.
func match(r *recording, a *field, like likeness, names renaming, taken map[int]bool) (int, renaming, bool) {
	for i, f := range r.fields {
		if f.name != a.name || taken[i] || r.changing && r.spent[i] {
			continue
		}
		next := names.clone()
		switch {
		case strict().equal(f.args, a.args), like >= renamed && next.equal(f.args, a.args):
			return i, next, true
		case like == byName:
			return i, names, true
		}
	}
	return 0, names, false
}

// root answers one root field from one recorded call.
func (s *Stub) root(r *recording, a *field, like likeness, taken map[int]bool) (part, renaming, error) {
	at, names, ok := match(r, a, like, s.names, taken)
	if !ok {
		return part{}, s.names, errUnknown
	}
	data, ok := r.data()
	if !ok {
		return part{}, s.names, fmt.Errorf("the recorded answer to %q has no data", a.name)
	}
	f := r.fields[at]
	value, has := data.Get(f.key)
	if !has {
		return part{}, s.names, fmt.Errorf("the recording has no value of field %q", a.name)
	}
	p := projection{names, r.objectTypes}
	out := part{key: a.key, from: r, root: at, value: value}
	var err error
	switch {
	case a.composite:
		out.value, err = p.value(f.fields, value, a.fields)
	case f.composite:
		err = fmt.Errorf("field %q has fields in the recording", a.name)
	}
	if err == nil {
		out.errors, err = p.errors(r, &f, value, a)
	}
	return out, names, err
}

var errUnknown = errors.New("not recorded")

// errors are the recorded errors of a root field, at their new places.
func (p projection) errors(r *recording, f *field, value any, a *field) ([]any, error) {
	var out []any
	for _, e := range r.errors() {
		o, _ := e.(corpus.Object)
		path, _ := o.Get("path")
		steps, _ := path.([]any)
		if len(steps) == 0 {
			out = append(out, e)
			continue
		}
		if steps[0] != f.key {
			continue
		}
		places, err := p.paths(f.fields, value, a.fields, steps[1:])
		if err != nil {
			return nil, err
		}
		for _, place := range places {
			moved := slices.Clone(o)
			for i := range moved {
				if moved[i].Name == "path" {
					moved[i].Value = append([]any{a.key}, place...)
				}
			}
			out = append(out, moved)
		}
	}
	return out, nil
}

// find answers one root field from the first recorded call that can: one that
// repeats it exactly before others.
func (s *Stub) find(candidates []*recording, a *field, most likeness) (part, renaming, error) {
	why := fmt.Errorf("field %q was not recorded with these arguments", a.name)
	if most == byName {
		why = fmt.Errorf("field %q was not recorded, or not as often", a.name)
	}
	for like := exactly; like <= most; like++ {
		for _, r := range candidates {
			if r.Request.Document == "" {
				continue
			}
			p, names, err := s.root(r, a, like, nil)
			if err == nil {
				return p, names, nil
			}
			if !errors.Is(err, errUnknown) {
				why = err
			}
		}
	}
	return part{}, s.names, why
}

// assembled answers a request root field by root field. Nothing is used up
// unless all are answered.
func (s *Stub) assembled(op *operation, answer func(*field) (part, renaming, error)) (corpus.CallResponse, error) {
	before, spent := s.names, s.spent()
	undo := func() {
		s.names = before
		for r, was := range spent {
			r.spent = was
		}
	}
	var parts []part
	for i := range op.fields {
		p, names, err := answer(&op.fields[i])
		if err != nil {
			undo()
			return corpus.CallResponse{}, err
		}
		s.names = names
		if p.from.changing {
			p.from.spent[p.root] = true
		}
		parts = append(parts, p)
	}
	s.count(parts, spent)
	return s.response(parts)
}

// spent is what was used up until now.
func (s *Stub) spent() map[*recording][]bool {
	out := map[*recording][]bool{}
	for _, list := range s.calls {
		for _, r := range list {
			out[r] = slices.Clone(r.spent)
		}
	}
	return out
}

// count notes that the recordings of an answer were used.
func (s *Stub) count(parts []part, before map[*recording][]bool) {
	for i, p := range parts {
		if slices.ContainsFunc(parts[:i], func(q part) bool { return q.from == p.from }) {
			continue
		}
		p.from.used++
		if p.from.changing && !slices.Contains(before[p.from], true) {
			s.done[p.from.Upstream]++
		}
	}
}

// response joins the parts of an answer.
func (s *Stub) response(parts []part) (corpus.CallResponse, error) {
	data := corpus.Object{}
	var errs []any
	var from []*recording
	for _, p := range parts {
		data = append(data, corpus.Member{Name: p.key, Value: p.value})
		known := slices.Contains(from, p.from)
		for _, e := range p.errors {
			if o, _ := e.(corpus.Object); !known || located(o) {
				errs = append(errs, e)
			}
		}
		if !known {
			from = append(from, p.from)
		}
	}
	out := corpus.Object{{Name: "data", Value: data}}
	if len(errs) > 0 {
		out = append(out, corpus.Member{Name: "errors", Value: errs})
	}
	if len(from) == 1 {
		if o, _ := from[0].tree.(corpus.Object); o != nil {
			if x, ok := o.Get("extensions"); ok {
				out = append(out, corpus.Member{Name: "extensions", Value: x})
			}
		}
	}
	body, err := corpus.EncodeJSON(s.names.apply(out))
	return corpus.CallResponse{Status: statusOf(from), Body: body}, err
}

// located reports whether an error has a path.
func located(e corpus.Object) bool {
	path, _ := e.Get("path")
	steps, _ := path.([]any)
	return len(steps) > 0
}

// data is what the recorded answer holds for root fields; false where it has
// errors alone, or is no GraphQL.
func (r *recording) data() (corpus.Object, bool) {
	o, _ := r.tree.(corpus.Object)
	v, _ := o.Get("data")
	data, ok := v.(corpus.Object)
	return data, ok
}

// objectTypes are those that the objects of the recorded answer say they are of.
func (r *recording) objectTypes() map[string]bool {
	if r.types == nil {
		r.types = map[string]bool{}
		if data, ok := r.data(); ok {
			objectTypes(r.fields, data, r.types)
		}
	}
	return r.types
}

func (r *recording) errors() []any {
	o, _ := r.tree.(corpus.Object)
	v, _ := o.Get("errors")
	list, _ := v.([]any)
	return list
}
