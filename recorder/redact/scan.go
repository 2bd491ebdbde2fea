package redact

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
)

// A Leak is a value in a file that should not be there.
type Leak struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Kind   As     `json:"kind"`
	// Rule is the rule of gitleaks or of the configuration that says so; "" for
	// another detector.
	Rule string `json:"rule,omitempty"`
	// Encoded is set for what stands in base64, JSON or a URL at that place.
	Encoded bool `json:"encoded,omitempty"`
	// Excerpt is the value with all but its first character masked.
	Excerpt string `json:"excerpt"`
}

// ScanOptions say what counts as a leak.
type ScanOptions struct {
	Detectors Detectors
	// Rules say what cases that are not marked as redacted must not hold; nil for
	// none.
	Rules  *Rules
	Schema Schema
}

// Scanner looks for leaks in files. It may be used from several goroutines.
type Scanner struct{ r *Redactor }

// NewScanner makes a Scanner. It needs no key: pseudonyms show that they are
// some - reserved domains, addresses for documentation, the word "redacted" -
// and phone numbers and what rules name are passed in cases that are marked.
func NewScanner(o ScanOptions) *Scanner {
	return &Scanner{&Redactor{
		options: Options{Rules: o.Rules, Schema: o.Schema}, keyed: newKeyed(nil),
		detectors: newDetectors(o.Detectors), drops: o.Rules.drops(),
	}}
}

// File looks into one file: the values, names and comments of all documents of
// YAML, which JSON is, too; other files, and what cannot be read, as text.
func (sc *Scanner) File(file string, data []byte) []Leak {
	data = inUTF8(data)
	f := fileScan{sc: sc, file: file, data: data, seen: map[Leak]bool{}, values: map[string]bool{}, session: newSession(sc.r)}
	f.named()
	doc, roots := strictyaml.ParseAll(file, data)
	for _, root := range roots {
		f.keys(root)
	}
	if len(roots) == 1 { // several are no case
		f.marked = marked(roots[0], data)
	}
	for _, root := range roots {
		if !root.Scalar() || isYAML(file) { // a text may well be one scalar
			f.node(root, "")
		}
	}
	if len(doc.Problems()) > 0 || !isYAML(file) {
		f.lines()
		f.across()
	} else {
		f.comments()
	}
	if len(roots) == 1 {
		f.rules(roots[0])
	}
	slices.SortFunc(f.leaks, func(a, b Leak) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Kind, b.Kind))
	})
	return f.leaks
}

// isYAML reports whether the name of a file promises YAML, or JSON.
func isYAML(file string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(path.Ext(file)))
}

// marked reports whether a file says that it is redacted: a case among its tags, a
// fixture file, which has none, in a comment that is its first line.
func marked(root strictyaml.Node, data []byte) bool {
	if !isCase(root) {
		line, _, _ := bytes.Cut(data, []byte("\n"))
		comment, ok := strings.CutPrefix(string(line), "# ")
		return ok && isMark(comment)
	}
	is := false
	root.Child("tags").Scalars(func(n strictyaml.Node) { is = is || isMark(n.Value) })
	return is
}

func isMark(tag string) bool {
	digits, ok := strings.CutPrefix(tag, MarkPrefix)
	_, err := hex.DecodeString(digits)
	return ok && err == nil && len(digits) == 8
}

// fileScan is the scan of one file.
type fileScan struct {
	sc     *Scanner
	file   string
	data   []byte
	starts []int // of lines, once needed
	marked bool
	leaks  []Leak
	seen   map[Leak]bool
	values map[string]bool // that leak

	session *session
}

// lines looks into a text line by line.
func (f *fileScan) lines() {
	start := 0
	for line := range bytes.Lines(f.data) {
		f.raw(start, start+len(line))
		start += len(line)
	}
}

// across looks into a text as a whole, for what only several lines show: the key
// in a PEM file, a member of JSON and its name.
func (f *fileScan) across() {
	known := maps.Clone(f.values)
	f.report("", string(f.data), func(found span, v string, at int) {
		if known[v] {
			return
		}
		if at < 0 {
			at = max(0, bytes.Index(f.data, []byte(v)))
		}
		line, column := f.position(at)
		f.add(Leak{Line: line, Column: column, Kind: found.as, Rule: found.rule, Excerpt: mask(v)})
	})
}

// comment is what may be a comment of YAML, with those right below. Within a text
// it is none, but that has been looked at already.
var comment = regexp.MustCompile(`(?m)(?:^|[ \t])#.*(?:\n[ \t]*#.*)*`)

// comments looks into the comments, some of which the reader of YAML leaves out.
func (f *fileScan) comments() {
	if bytes.IndexByte(f.data, '#') < 0 {
		return
	}
	for _, at := range comment.FindAllIndex(f.data, -1) {
		f.raw(at[0], at[1])
	}
}

// raw looks into a part of the file as it is written.
func (f *fileScan) raw(start, end int) {
	f.text("", string(f.data[start:end]), func(_ string, at int) (int, int) { return f.position(start + max(0, at)) })
}

// named looks into the name of the file.
func (f *fileScan) named() {
	name := path.Base(f.file)
	f.text("", strings.TrimSuffix(name, path.Ext(name)), func(string, int) (int, int) { return 1, 1 })
	for i := range f.leaks {
		f.leaks[i].Rule = cmp.Or(f.leaks[i].Rule, "file name")
	}
}

// keys notes the ids of keys, [Kind, 4503627073912131].
func (f *fileScan) keys(n strictyaml.Node) {
	for i, c := range n.Content {
		child := n.Of(c)
		if n.List() && i%2 == 1 && child.Scalar() && child.ShortTag() == "!!int" {
			f.session.ids[child.Value] = true
		}
		f.keys(child)
	}
}

// node looks into a value, and the names of its members. What an alias stands for
// may tell more by the name that the alias has.
func (f *fileScan) node(n strictyaml.Node, name string) {
	for _, label := range [...]string{n.Anchor, n.ExplicitTag()} {
		f.text("", label, func(string, int) (int, int) { return n.Line, n.Column })
	}
	if of := n.Resolve(); of.Scalar() {
		n = of
	}
	switch {
	case n.Scalar() && n.ShortTag() == "!!int":
		// A number is an id more often than not.
	case n.Scalar():
		f.text(name, n.Value, func(v string, at int) (int, int) { return f.within(n, v, at) })
		if name == "document" {
			f.literals(n)
		}
	case n.Mapping():
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Of(n.Content[i])
			f.node(key, "")
			f.node(n.Of(n.Content[i+1]), key.Value)
		}
	case n.List():
		for _, c := range n.Content {
			f.node(n.Of(c), name)
		}
	}
}

// literals looks into the strings of a document that have escapes.
func (f *fileScan) literals(n strictyaml.Node) {
	for _, t := range graphQLTokens(n.Value) {
		var plain string
		if literal := n.Value[t.start:t.end]; t.kind == '"' && strings.Contains(literal, `\`) && json.Unmarshal([]byte(literal), &plain) == nil {
			f.text("", plain, func(string, int) (int, int) { return f.within(n, literal, t.start) })
		}
	}
}

// text looks into one text; where tells where in the file a value stands that
// begins at a byte of it, or is encoded in it (-1).
func (f *fileScan) text(name, v string, where func(v string, at int) (line, column int)) {
	f.report(name, v, func(found span, v string, at int) {
		line, column := where(v, at)
		f.add(Leak{Line: line, Column: column, Kind: found.as, Rule: found.rule, Encoded: at < 0, Excerpt: mask(v)})
		f.values[v] = true
	})
}

// report tells what leaks in one text.
func (f *fileScan) report(name, v string, leak func(found span, v string, at int)) {
	find := finder{s: f.session, at: &place{}}
	find.report = func(found span, v string, at int) {
		if !f.passes(found.as, v) {
			leak(found, v, at)
		}
	}
	find.text(name, v, 0)
}

func (f *fileScan) add(l Leak) {
	l.File = f.file
	if !f.seen[l] {
		f.seen[l] = true
		f.leaks = append(f.leaks, l)
	}
}

// passes reports whether a value is a pseudonym, or one that is nobody's.
func (f *fileScan) passes(as As, v string) bool {
	switch as {
	case Email:
		return reservedDomain(v[strings.LastIndexByte(v, '@')+1:])
	case Phone:
		return f.marked || strings.Contains(withoutSeparators(v), "55501")
	case Token:
		return isRedacted(v[strings.LastIndexByte(v, '.')+1:])
	case Secret:
		return isRedacted(v)
	case Card:
		d := withoutSeparators(v)
		return strings.HasPrefix(d[2:], "0000") || slices.Contains(testCards, d)
	case Address:
		ip, err := netip.ParseAddr(v)
		return err == nil && isDocumentation(ip)
	}
	return false
}

// testCards are numbers that payment providers publish for tests.
var testCards = []string{
	"4111111111111111", "4242424242424242", "4012888888881881", "5555555555554444", "5105105105105100",
	"378282246310005", "371449635398431", "6011111111111117", "6011000990139424", "30569309025904", "3530111333300000",
}

func withoutSeparators(v string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, v)
}

// rules looks for values at places that rules name, in a case or fixture file that
// does not say it is redacted.
func (f *fileScan) rules(root strictyaml.Node) {
	if f.marked || len(f.sc.r.options.Rules.All()) == 0 {
		return
	}
	c, ok := f.read(root)
	if !ok {
		return // neither, or a broken one: "replay check" says so
	}
	s := newSession(f.sc.r)
	if _, err := s.walk(c); err != nil {
		return
	}
	for _, found := range s.findings {
		if found.Rule == "" {
			continue
		}
		steps := found.steps
		if !isCase(root) {
			steps = steps[1:] // a fixture file is what is under "fixture"
		}
		n := resolve(root, steps)
		excerpt := ""
		if n.Scalar() && len(n.Value) < 80 {
			excerpt = mask(n.Value)
		}
		f.add(Leak{Line: n.Line, Column: n.Column, Kind: found.As, Rule: found.Rule, Excerpt: excerpt})
	}
}

func isCase(root strictyaml.Node) bool { return root.Child("version").Present() }

// read is the file as a case. A fixture file is one that asks for nothing.
func (f *fileScan) read(root strictyaml.Node) (*corpus.Case, bool) {
	if isCase(root) {
		c, err := corpus.Parse(f.file, f.data)
		return c, err == nil
	}
	fixture, err := corpus.ParseFixture(f.file, f.data)
	return &corpus.Case{Fixture: fixture, Expect: corpus.Observation{Response: corpus.JSON("{}")}}, err == nil
}
