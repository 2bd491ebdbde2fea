package features

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cucumber/godog"

	"github.com/sidebyside/replay/corpus"
)

// sheet is a table below a step as text in the form of the corpus, which has a
// reader already: of each of its lines it is known which row it comes from.
type sheet struct {
	text strings.Builder
	from []int // rows by line
}

func (s *sheet) add(row int, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.text.WriteString(text + "\n")
	for range strings.Count(text, "\n") + 1 {
		s.from = append(s.from, row)
	}
}

// at tells the line of the file for a line of the sheet.
func (s *sheet) at(p place) func(int) (int, int) {
	return func(n int) (int, int) {
		row := s.from[min(max(n, 1), len(s.from))-1]
		if row >= len(p.rows) {
			return p.line, 0
		}
		return p.rows[row], -1 << 20 // the column is that of no file
	}
}

// inDoc tells the line of the file for a line of the text below the step, which
// the part holds from a line on and indented.
func (p place) inDoc(from, indent int) func(int) (int, int) {
	return func(n int) (int, int) { return p.docLine + max(n-from, 0), p.docIndent - indent }
}

// columns are the names at the top of a table, each once.
func columns(t *godog.Table) ([]string, error) {
	var names []string
	for _, c := range t.Rows[0].Cells {
		if slices.Contains(names, c.Value) || c.Value == "" {
			return nil, fmt.Errorf("a column of the table is called %q, which another one is called too or is empty", c.Value)
		}
		names = append(names, c.Value)
	}
	return names, nil
}

// want reports a table that has other columns than these. The optional ones come
// last.
func want(names []string, required int, known ...string) error {
	for _, n := range names {
		if !slices.Contains(known, n) {
			return fmt.Errorf("unknown column %q%s", n, suggest(n, known))
		}
	}
	for _, k := range known[:required] {
		if !slices.Contains(names, k) {
			return fmt.Errorf("the table lacks column %q", k)
		}
	}
	return nil
}

// mark is what a name in a table may carry: "description (unindexed)".
var mark = regexp.MustCompile(`^(.*) \(([^()]*)\)$`)

// marked takes a mark off a name.
func marked(name, known string) (bare string, has bool, err error) {
	m := mark.FindStringSubmatch(name)
	switch {
	case m == nil:
		return name, false, nil
	case m[2] == known:
		return m[1], true, nil
	}
	return "", false, fmt.Errorf("unknown mark %q in %q%s", "("+m[2]+")", name, suggest(m[2], []string{known}))
}

func givenEntities(d *draft, l line) (check, error) {
	store, err := d.store(l.args[1], "datastore")
	if err != nil {
		return nil, err
	}
	names, err := columns(l.table)
	if err != nil {
		return nil, err
	}
	if names[0] != "key" {
		return nil, fmt.Errorf("the first column of entities is %q, not %q", "key", names[0])
	}
	var s sheet
	s.add(0, "%q:\n  entities:", store)
	for n, row := range l.table.Rows[1:] {
		k, err := entityKey(l.args[0], row.Cells[0].Value)
		if err != nil {
			return nil, err
		}
		s.add(n+1, "    - key: %s", keyYAML(k))
		var unindexed []string
		header := "      properties:\n"
		for i, c := range row.Cells[1:] {
			name, flagged, err := marked(names[i+1], "unindexed")
			if err != nil {
				return nil, err
			}
			if c.Value == "" {
				continue
			}
			s.add(n+1, "%s        %q: %s", header, name, c.Value)
			header = ""
			if flagged {
				unindexed = append(unindexed, strconv.Quote(name))
			}
		}
		if len(unindexed) > 0 {
			s.add(n+1, "      unindexed: [%s]", strings.Join(unindexed, ", "))
		}
	}
	return nil, d.giveSheet(l, &s)
}

// entityKey is the key in a table of a kind: whole, or the id or name of a root
// entity.
func entityKey(kind, text string) (corpus.Key, error) {
	if !strings.Contains(text, "/") {
		text = kind + "/" + text
	}
	k, err := parseKey(text, false)
	if err == nil && k.Kind() != kind {
		err = fmt.Errorf("key %q is of kind %q, not %q", text, k.Kind(), kind)
	}
	return k, err
}

func givenRows(d *draft, l line) (check, error) {
	store, err := d.store(l.args[1], "postgres")
	if err != nil {
		return nil, err
	}
	names, err := columns(l.table)
	if err != nil {
		return nil, err
	}
	var s sheet
	s.add(0, "%q:", store)
	var primary []string
	for i, n := range names {
		bare, isKey, err := marked(n, "key")
		if err != nil {
			return nil, err
		}
		if names[i] = bare; isKey {
			primary = append(primary, strconv.Quote(bare))
		}
	}
	if len(primary) > 0 {
		s.add(0, "  primary: {%q: [%s]}", l.args[0], strings.Join(primary, ", "))
	}
	s.add(0, "  tables:\n    %q:", l.args[0])
	for n, row := range l.table.Rows[1:] {
		dash := "- "
		for i, c := range row.Cells {
			if c.Value != "" {
				s.add(n+1, "      %s%q: %s", dash, names[i], c.Value)
				dash = "  "
			}
		}
	}
	return nil, d.giveSheet(l, &s)
}

func givenKeys(d *draft, l line) (check, error) {
	store, err := d.store(l.args[0], "redis")
	if err != nil {
		return nil, err
	}
	names, err := columns(l.table)
	if err != nil {
		return nil, err
	}
	if err := want(names, 3, "key", "type", "value", "ttl"); err != nil {
		return nil, err
	}
	var s sheet
	s.add(0, "%q:\n  keys:", store)
	at := slices.Index(names, "key")
	for n, row := range l.table.Rows[1:] {
		s.add(n+1, "    %q:", row.Cells[at].Value)
		for i, c := range row.Cells {
			if i != at && c.Value != "" {
				s.add(n+1, "      %s: %s", names[i], c.Value)
			}
		}
	}
	return nil, d.giveSheet(l, &s)
}

// giveSheet adds what a table says to the fixture.
func (d *draft) giveSheet(l line, s *sheet) error {
	stores, err := corpus.ParseState(l.file, []byte(s.text.String()))
	if err != nil {
		return l.moved(err, s.at(l.place))
	}
	return d.giveAll(stores)
}
