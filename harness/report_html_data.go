package harness

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sidebyside/replay/harness/page"
)

const (
	// chunkCases is how many cases are packed together: few enough to be unpacked
	// in a blink, many enough to compress well.
	chunkCases = 32
	// detailBytes is the room for whole cases on a page, resultBytes that for
	// results as well, base64 counted.
	detailBytes = 14 << 20
	resultBytes = 17 << 20
	// titleLength bounds what the list says of a case, in characters.
	titleLength = 140
)

// htmlIndex is what the page knows of all cases before it unpacks any.
type htmlIndex struct {
	Report   *Report     `json:"report"` // without results
	Fails    bool        `json:"fails"`
	Headline string      `json:"headline"`
	Groups   []htmlGroup `json:"groups"`
	// Fields, Classes and Channels are what rows refer to by number.
	Fields   []string  `json:"fieldNames"`
	Classes  []Class   `json:"classNames"`
	Channels []Channel `json:"channelNames"`
	Verdicts []Verdict `json:"verdictNames"`
	Rows     []htmlRow `json:"rows"`
	// Whole is how many cases are on the page with all that was kept, Bare how many
	// with their result alone.
	Whole int `json:"whole"`
	Bare  int `json:"bare"`
}

// htmlGroup is a likely cause with its cases.
type htmlGroup struct {
	Verdict   Verdict     `json:"verdict"`
	Class     Class       `json:"class,omitempty"`
	Title     string      `json:"title"`
	Why       string      `json:"why,omitempty"`
	Advice    string      `json:"advice,omitempty"`
	Cases     int         `json:"cases"`
	Places    []htmlPlace `json:"places,omitempty"`
	First     string      `json:"first"`
	Reproduce string      `json:"reproduce"`
}

type htmlPlace struct {
	Title string `json:"title"`
	Cases int    `json:"cases"`
}

// htmlRow is a case in the list: name, verdict, fields, channels, classes, title,
// milliseconds and chunk (-1: none).
type htmlRow struct {
	name     string
	verdict  Verdict
	fields   []int
	channels []int
	classes  []int
	title    string
	ms       float64
	chunk    int
}

// MarshalJSON is a list: names would be most of the text.
func (r htmlRow) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{r.name, int(r.verdict), r.fields, r.channels, r.classes, r.title, r.ms, r.chunk})
}

// htmlCase is a case in a chunk.
type htmlCase struct {
	Result Result          `json:"result"`
	Detail json.RawMessage `json:"detail,omitempty"`
}

// writeHTMLData writes the chunks, and then the index that says where each case
// is.
func (r *Report) writeHTMLData(w io.Writer) error {
	head := *r
	head.Results = nil
	x := &htmlIndex{
		Report: &head, Fails: r.Fails(), Headline: r.headline(), Groups: []htmlGroup{}, Fields: []string{}, Classes: []Class{},
		Channels: []Channel{HTTPChannel, ResponseChannel, EffectsChannel, CallsChannel}, Verdicts: Verdicts(), Rows: []htmlRow{},
	}
	for _, g := range r.groups() {
		x.Groups = append(x.Groups, g.html(r))
	}
	worst := slices.Clone(r.Results)
	slices.SortStableFunc(worst, func(a, b Result) int { return cmp.Compare(b.Verdict, a.Verdict) })
	packer := packer{w: w, details: r.details}
	for part := range slices.Chunk(worst, chunkCases) {
		at, err := packer.pack(part)
		if err != nil {
			return err
		}
		for i := range part {
			x.add(&part[i], at)
		}
	}
	x.Whole, x.Bare = packer.whole, packer.bare
	return page.Data(w, "index", x)
}

func (g group) html(r *Report) htmlGroup {
	out := htmlGroup{Verdict: g.verdict, Class: g.class, Title: g.title(), Cases: len(g.results), First: g.results[0].Case, Reproduce: g.results[0].Reproduce}
	if g.class != "" {
		out.Why = causeOf(g.class).why
	}
	var advice strings.Builder
	g.writeAdvice(&advice, r)
	out.Advice = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(advice.String()), "what to do"))
	for _, p := range g.places {
		out.Places = append(out.Places, htmlPlace{p.title, p.cases})
	}
	return out
}

// add lists a case.
func (x *htmlIndex) add(res *Result, chunk int) {
	row := htmlRow{
		name: res.Case, verdict: res.Verdict, title: listTitle(res), ms: res.Milliseconds.Total, chunk: chunk,
		fields: []int{}, channels: []int{}, classes: []int{},
	}
	for _, f := range res.Fields {
		row.fields = append(row.fields, numberOf(&x.Fields, f))
	}
	for i := range res.Differences {
		d := &res.Differences[i]
		row.channels = appendNew(row.channels, numberOf(&x.Channels, d.Channel))
		row.classes = appendNew(row.classes, numberOf(&x.Classes, cmp.Or(d.Class, UnknownCause)))
	}
	x.Rows = append(x.Rows, row)
}

// numberOf is the index of a name in a list, added if need be.
func numberOf[T comparable](names *[]T, name T) int {
	i := slices.Index(*names, name)
	if i < 0 {
		i = len(*names)
		*names = append(*names, name)
	}
	return i
}

func appendNew(list []int, n int) []int {
	if slices.Contains(list, n) {
		return list
	}
	return append(list, n)
}

// listTitle says of a case what is most telling.
func listTitle(res *Result) string {
	if len(res.Differences) == 0 {
		first, _, _ := strings.Cut(res.Message, "\n")
		return shortTitle(first)
	}
	d := &res.Differences[0]
	for i := range res.Differences {
		if res.Differences[i].Class == mainClass(res.Differences) {
			d = &res.Differences[i]
			break
		}
	}
	return shortTitle(fmt.Sprintf("%s: %s → %s", d.place(), cmp.Or(d.Legacy, "nothing"), cmp.Or(d.Candidate, "nothing")))
}

func shortTitle(s string) string {
	if runes := []rune(s); len(runes) > titleLength {
		return string(runes[:titleLength]) + "…"
	}
	return s
}

// packer writes cases in chunks, as long as there is room.
type packer struct {
	w           io.Writer
	details     *Details
	used, next  int
	whole, bare int
}

// pack writes a chunk and returns its number, -1 for none: cases that have
// nothing to show need no room.
func (p *packer) pack(part []Result) (int, error) {
	cases := make([]htmlCase, len(part))
	whole, telling := 0, false
	for i := range part {
		cases[i].Result = part[i]
		if p.used < detailBytes {
			cases[i].Detail = p.details.of(part[i].Case)
		}
		if cases[i].Detail != nil {
			whole++
		}
		telling = telling || cases[i].Detail != nil || part[i].Verdict != Equivalent
	}
	if !telling || p.used > resultBytes {
		return -1, nil
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(cases); err != nil {
		return -1, fmt.Errorf("write cases: %w", err)
	}
	if err := z.Close(); err != nil {
		return -1, fmt.Errorf("write cases: %w", err)
	}
	text := base64.StdEncoding.EncodeToString(b.Bytes())
	p.used += len(text)
	p.whole += whole
	p.bare += len(part) - whole
	at := p.next
	p.next++
	_, err := fmt.Fprintf(p.w, "<script type=\"text/plain\" id=\"chunk%d\">%s</script>\n", at, text)
	return at, err
}
