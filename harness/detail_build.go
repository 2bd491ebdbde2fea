package harness

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/normalizers"
)

func newDetail(cs *corpus.Case, j judgement) detail {
	d := detail{
		Description: cs.Description,
		Request: detailRequest{
			Document: beginning(cs.Request.Document), Name: cs.Request.OperationName,
			Variables: rawJSON(cs.Request.Variables), Headers: cs.Request.Headers,
		},
	}
	if !cs.Recorded.At.IsZero() {
		d.Recorded = cs.Recorded.At.UTC().Format(time.RFC3339Nano)
	}
	for _, store := range cs.StoreNames() {
		d.Fixture = append(d.Fixture, detailOfState(store, cs.State(store)))
	}
	for _, s := range j.compared {
		if s.obs != nil {
			d.Sides = append(d.Sides, detailOfSide(s))
		}
	}
	for _, h := range j.places {
		d.Hidden = append(d.Hidden, detailHidden{
			Rule: h.Rule.At, Use: h.Rule.Use, Reason: h.Rule.Reason, Path: h.Path, Left: beginning(h.Left), Right: beginning(h.Right),
		})
	}
	return d
}

func detailOfState(store string, s corpus.State) detailState {
	d := detailState{Store: store}
	for i, e := range s.Entities {
		if i == maxEntities {
			d.More = len(s.Entities) - i
			break
		}
		d.Entities = append(d.Entities, detailEntity{Key: e.Key.String(), Properties: valueTexts(e.Properties), Unindexed: e.Unindexed})
	}
	for _, k := range s.Absent {
		d.Absent = append(d.Absent, k.String())
	}
	return d
}

func valueTexts(properties map[string]corpus.Value) map[string]string {
	out := make(map[string]string, len(properties))
	for name, v := range properties {
		out[name] = beginning(corpus.ValueText(v))
	}
	return out
}

func detailOfSide(s side) detailSide {
	d := detailSide{Name: s.name, Status: s.obs.HTTP.Status, Headers: s.obs.HTTP.Headers, Response: rawJSON(s.obs.Response)}
	for _, store := range slices.Sorted(maps.Keys(s.obs.Effects)) {
		for i := range s.obs.Effects[store] {
			d.Effects = append(d.Effects, detailOfEffect(store, &s.obs.Effects[store][i]))
		}
	}
	for _, c := range s.obs.Calls {
		d.Calls = append(d.Calls, detailCall{
			Upstream: c.Upstream, Method: c.Request.Method, Path: c.Request.Path, Document: beginning(c.Request.Document),
			Variables: rawJSON(c.Request.Variables), Body: rawJSON(c.Request.Body),
			Status: c.Response.Status, Answer: rawJSON(c.Response.Body),
		})
	}
	return d
}

func detailOfEffect(store string, e *corpus.Effect) detailEffect {
	d := detailEffect{Store: store, Op: e.Op, Key: e.Key.String(), Set: map[string]detailChange{}, Unindexed: e.Unindexed}
	for name, v := range e.Properties {
		text := beginning(corpus.ValueText(v))
		if e.Op == corpus.Delete {
			d.Set[name] = detailChange{From: &text}
		} else {
			d.Set[name] = detailChange{To: &text}
		}
	}
	for name, c := range e.Set {
		d.Set[name] = detailChange{From: textOrNil(c.From), To: textOrNil(c.To)}
	}
	return d
}

func textOrNil(v *corpus.Value) *string {
	if v == nil {
		return nil
	}
	text := beginning(corpus.ValueText(*v))
	return &text
}

// rawJSON is the text itself; one that is too long becomes a string of its
// beginning.
func rawJSON(j corpus.JSON) json.RawMessage {
	if len(j) <= maxText {
		return json.RawMessage(j)
	}
	text, _ := json.Marshal(beginning(string(j))) // a string is always JSON
	return text
}

// beginning keeps the beginning of a text that is too long, and says so.
func beginning(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + fmt.Sprintf("… (%d bytes, cut here)", len(s))
}

// places collects what rules hid.
func places(joint *normalizers.Joint) []normalizers.HiddenPlace {
	var all []normalizers.HiddenPlace
	joint.HiddenPlaces(func(p normalizers.HiddenPlace) { all = append(all, p) })
	return all
}
