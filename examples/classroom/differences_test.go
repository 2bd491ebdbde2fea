package classroom_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/examples/classroom/breaks"
)

// difference is one place where two observations differ.
type difference struct {
	channel    breaks.Channel
	path       string
	want, have string
}

func (d difference) String() string {
	return fmt.Sprintf("%s %s: want %s, have %s", d.channel, d.path, d.want, d.have)
}

// compare returns what differs, apart from allocated ids and the time of writing,
// which is soon after the request.
func compare(want, have observation) []difference {
	var found []difference
	if want.status != have.status {
		found = append(found, difference{breaks.HTTP, "status", fmt.Sprint(want.status), fmt.Sprint(have.status)})
	}
	w, h := newView(want), newView(have)
	walk(breaks.Response, "", w.response(want.body), h.response(have.body), &found)
	walk(breaks.Effects, "", w.effects(want.effects), h.effects(have.effects), &found)
	return found
}

func walk(channel breaks.Channel, path string, want, have any, found *[]difference) {
	switch w := want.(type) {
	case map[string]any:
		if h, ok := have.(map[string]any); ok {
			all := maps.Clone(w)
			maps.Copy(all, h)
			for _, name := range slices.Sorted(maps.Keys(all)) {
				walk(channel, join(path, name), present(w, name), present(h, name), found)
			}
			return
		}
	case []any:
		if h, ok := have.([]any); ok && len(h) == len(w) {
			for i := range w {
				walk(channel, path+"["+strconv.Itoa(i)+"]", w[i], h[i], found)
			}
			return
		}
	}
	if x, y := fmt.Sprintf("%T %v", want, want), fmt.Sprintf("%T %v", have, have); x != y {
		*found = append(*found, difference{channel, path, x, y})
	}
}

type absent struct{}

func present(m map[string]any, name string) any {
	if v, ok := m[name]; ok {
		return v
	}
	return absent{}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// view shows an observation with allocated ids and times of writing replaced.
type view struct {
	ids map[string]string
	at  time.Time // of the request
}

func (v view) isNow(t time.Time) bool { return t.After(v.at) && t.Before(v.at.Add(5*time.Second)) }

// newView names the stored allocated ids in the order of their allocation.
func newView(o observation) view {
	v := view{ids: map[string]string{}, at: o.at}
	for _, k := range o.allocated {
		id := strconv.FormatInt(k.Path[len(k.Path)-1].ID, 10)
		if _, ok := v.ids[id]; !ok {
			v.ids[id] = fmt.Sprintf("new%d", len(v.ids)+1)
		}
	}
	return v
}

// response decodes an answer; the text of a refused request is the library's.
func (v view) response(body []byte) any {
	var answer map[string]any
	if err := json.Unmarshal(body, &answer); err != nil {
		return string(body)
	}
	if _, ok := answer["data"]; !ok {
		return "refused"
	}
	return v.json(answer)
}

func (v view) json(value any) any {
	switch x := value.(type) {
	case map[string]any:
		delete(x, "locations")
		for name, e := range x {
			x[name] = v.json(e)
		}
	case []any:
		for i, e := range x {
			x[i] = v.json(e)
		}
	case string:
		if id, ok := v.ids[x]; ok {
			return id
		}
		if t, err := time.Parse(time.RFC3339Nano, x); err == nil && v.isNow(t) {
			return "now"
		}
	}
	return value
}

// effects is a tree by key and property.
func (v view) effects(list []corpus.Effect) any {
	tree := map[string]any{}
	for _, e := range list {
		one := map[string]any{}
		for name, value := range e.Properties {
			one[name] = v.value(value)
		}
		for name, c := range e.Set {
			one[name] = fmt.Sprintf("%v -> %v", v.change(c.From), v.change(c.To))
		}
		for _, name := range e.Unindexed {
			one[name+" unindexed"] = true
		}
		tree[v.key(e.Key)+" "+string(e.Op)] = one
	}
	return tree
}

func (v view) change(side *corpus.Value) any {
	if side == nil {
		return absent{}
	}
	value := v.value(*side)
	return fmt.Sprintf("%T %v", value, value)
}

func (v view) value(value corpus.Value) any {
	switch x := value.(type) {
	case time.Time:
		if v.isNow(x) {
			return "now"
		}
		return x
	case corpus.Key:
		return v.key(x)
	case *corpus.Entity:
		m := map[string]any{}
		for name, e := range x.Properties {
			m[name] = v.value(e)
		}
		return m
	case []corpus.Value:
		list := make([]any, len(x))
		for i, e := range x {
			list[i] = v.value(e)
		}
		return list
	default:
		return value
	}
}

func (v view) key(k corpus.Key) string {
	parts := strings.Split(k.String(), "/")
	for i, p := range parts {
		if id, ok := v.ids[p]; ok {
			parts[i] = id
		}
	}
	return strings.Join(parts, "/")
}
