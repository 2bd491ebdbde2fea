package harness

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"io"
	"sync"

	"github.com/sidebyside/replay/corpus"
)

// Details keeps what a page shows of cases beyond their results: request,
// fixture, what both sides did, and what rules hid. It is given to a run with
// Options.Details; the zero value is ready.
//
// What it keeps is bounded: cases that fail come first, those that agree share a
// budget of their own, and of very long texts the beginning is kept.
type Details struct {
	mu   sync.Mutex
	kept map[string][]byte // deflated JSON by case
	used [2]int            // bytes: of failing cases, and of others
	// dropped is how many cases found no room.
	dropped int
}

// Room for deflated details, in bytes, and for one text within them.
const (
	failingRoom = 64 << 20
	othersRoom  = 12 << 20
	maxText     = 256 << 10
	// maxEntities bounds what is shown of the fixture of one store.
	maxEntities = 500
)

// keep notes the details of a judged case, if there is room. It does nothing on
// nil.
func (d *Details) keep(cs *corpus.Case, j judgement) {
	if d == nil {
		return
	}
	text, err := json.Marshal(newDetail(cs, j))
	if err != nil {
		text = []byte("null") // bytes that are no JSON; the page shows the result alone
	}
	var b bytes.Buffer
	z, _ := flate.NewWriter(&b, flate.BestSpeed) // the level is a valid one
	_, _ = z.Write(text)
	_ = z.Close()
	room, of := othersRoom, 1
	if j.verdict.Fails() {
		room, of = failingRoom, 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.used[of]+b.Len() > room {
		d.dropped++
		return
	}
	if d.kept == nil {
		d.kept = map[string][]byte{}
	}
	d.used[of] += b.Len() - len(d.kept[cs.Name])
	d.kept[cs.Name] = b.Bytes()
}

// of is the JSON text of a case's details, nil when they were not kept.
func (d *Details) of(name string) json.RawMessage {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	kept := d.kept[name]
	d.mu.Unlock()
	if kept == nil {
		return nil
	}
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(kept)))
	if err != nil {
		return nil
	}
	return text
}

// detail is one case on a page.
type detail struct {
	Description string         `json:"description,omitempty"`
	Recorded    string         `json:"recorded,omitempty"`
	Request     detailRequest  `json:"request"`
	Fixture     []detailState  `json:"fixture,omitempty"`
	Sides       []detailSide   `json:"sides,omitempty"`
	Hidden      []detailHidden `json:"hidden,omitempty"`
}

type detailRequest struct {
	Document  string            `json:"document"`
	Name      string            `json:"name,omitempty"`
	Variables json.RawMessage   `json:"variables,omitempty"`
	Headers   map[string]string `json:"headers,omitempty"`
}

type detailState struct {
	Store    string         `json:"store"`
	Entities []detailEntity `json:"entities,omitempty"`
	Absent   []string       `json:"absent,omitempty"`
	// More is how many entities are not shown.
	More int `json:"more,omitempty"`
}

type detailEntity struct {
	Key        string            `json:"key"`
	Properties map[string]string `json:"properties,omitempty"`
	Unindexed  []string          `json:"unindexed,omitempty"`
}

type detailSide struct {
	Name     string            `json:"name"`
	Status   int               `json:"status"`
	Headers  map[string]string `json:"headers,omitempty"`
	Response json.RawMessage   `json:"response,omitempty"`
	Effects  []detailEffect    `json:"effects,omitempty"`
	Calls    []detailCall      `json:"calls,omitempty"`
}

// detailEffect has, by property, the texts before and after; one that is not
// there has only the other.
type detailEffect struct {
	Store     string                  `json:"store"`
	Op        corpus.Op               `json:"op"`
	Key       string                  `json:"key"`
	Set       map[string]detailChange `json:"set,omitempty"`
	Unindexed []string                `json:"unindexed,omitempty"`
}

type detailChange struct {
	From *string `json:"from,omitempty"`
	To   *string `json:"to,omitempty"`
}

type detailCall struct {
	Upstream  string          `json:"upstream"`
	Method    string          `json:"method,omitempty"`
	Path      string          `json:"path,omitempty"`
	Document  string          `json:"document,omitempty"`
	Variables json.RawMessage `json:"variables,omitempty"`
	Body      json.RawMessage `json:"body,omitempty"`
	Status    int             `json:"status"`
	Answer    json.RawMessage `json:"answer,omitempty"`
}

// detailHidden is a place that a rule made equal.
type detailHidden struct {
	Rule   string   `json:"rule"`
	Use    string   `json:"use"`
	Reason string   `json:"reason"`
	Path   []string `json:"path"`
	Left   string   `json:"left"`
	Right  string   `json:"right"`
}
