package normalizers

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// parseHTML compares pieces of HTML by what they mean: the order of attributes,
// how characters are escaped, the case of names, and white space that no browser
// shows do not count.
func parseHTML(m *moment, t *Tree) *Tree {
	if t.Kind != String {
		return t
	}
	plain := plainHTML(t.Text)
	if plainHTML(plain) != plain {
		return t // too broken to be written in one way
	}
	return m.with(t, String, plain)
}

// blocks are the elements beside whose tags white space shows nothing (HTML
// Standard, section 15.3.2 to 15.3.9, display: block, list-item and table).
var blocks = elements(`address article aside blockquote body br caption center col colgroup dd details dialog dir div dl dt
	fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu nav ol
	optgroup option p pre search section summary table tbody td tfoot th thead tr ul`)

// boxes are elements that show something even when they are empty.
var boxes = elements(`audio button canvas embed iframe img input meter object progress select svg textarea video wbr`)

// voids never have an end tag (HTML Standard, section 13.1.2).
var voids = elements(`area base br col embed hr img input link meta param source track wbr`)

// verbatim are those whose white space counts.
var verbatim = elements(`pre textarea script style listing xmp iframe noembed noframes noscript plaintext`)

// raws hold text without entities (HTML Standard, section 13.1.2.1).
var raws = elements(`script style xmp iframe noembed noframes noscript plaintext`)

func elements(names string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		set[name] = true
	}
	return set
}

// plainHTML writes the tokens of a piece of HTML in one way.
func plainHTML(text string) string {
	z := html.NewTokenizer(strings.NewReader(text))
	w := &htmlWriter{atBlock: true}
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			return strings.TrimRight(w.out.String(), " ")
		case html.TextToken:
			w.text(z.Token().Data)
		case html.StartTagToken, html.SelfClosingTagToken:
			w.start(z.Token())
		case html.EndTagToken:
			w.end(z.Token().Data)
		case html.CommentToken:
			t := z.Token()
			w.verbatim(t.String())
		case html.DoctypeToken:
			t := z.Token()
			if strings.EqualFold(t.Data, "html") {
				t.Data = "html"
			}
			w.verbatim(t.String())
			w.atBlock = true
		}
	}
}

type htmlWriter struct {
	out     strings.Builder
	within  []string // open elements that keep white space
	atBlock bool     // white space that follows shows nothing
	space   bool     // white space waits for what follows it
}

func (w *htmlWriter) verbatim(s string) {
	if w.space && !w.atBlock {
		w.out.WriteByte(' ')
	}
	w.space = false
	w.out.WriteString(s)
}

func (w *htmlWriter) text(s string) {
	if n := len(w.within); n > 0 {
		if !raws[w.within[n-1]] {
			s = html.EscapeString(s)
		}
		w.out.WriteString(s)
		w.atBlock = false
		return
	}
	for i, word := range strings.FieldsFunc(s, htmlSpace) {
		w.space = w.space || i > 0 || htmlSpace(rune(s[0]))
		w.verbatim(html.EscapeString(word))
		w.atBlock = false
	}
	if s != "" && htmlSpace(rune(s[len(s)-1])) {
		w.space = true
	}
}

// htmlSpace is what collapses: ASCII white space (Infra Standard, section 4.6).
func htmlSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\f' || r == '\r' }

func (w *htmlWriter) start(t html.Token) {
	w.block(t.Data)
	slices.SortStableFunc(t.Attr, func(a, b html.Attribute) int { return strings.Compare(a.Key, b.Key) })
	t.Attr = slices.CompactFunc(t.Attr, func(a, b html.Attribute) bool { return a.Key == b.Key }) // the first one counts
	w.verbatim("<" + t.Data)
	for _, a := range t.Attr {
		w.out.WriteString(" " + a.Key + `="` + html.EscapeString(a.Val) + `"`)
	}
	w.out.WriteByte('>')
	w.atBlock = w.atBlock || blocks[t.Data]
	if boxes[t.Data] {
		w.atBlock = false
	}
	if verbatim[t.Data] {
		w.within = append(w.within, t.Data)
	}
}

func (w *htmlWriter) end(name string) {
	if voids[name] && name != "br" {
		return // says nothing
	}
	if n := len(w.within); n > 0 && w.within[n-1] == name {
		w.within = w.within[:n-1]
	}
	w.block(name)
	w.verbatim("</" + name + ">")
	w.atBlock = w.atBlock || blocks[name]
}

// block drops the white space before the tag of a block.
func (w *htmlWriter) block(name string) {
	if blocks[name] {
		w.space = false
	}
}
