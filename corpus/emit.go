package corpus

import (
	"bytes"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// lineWidth is how many columns a value may reach on one line; a longer mapping
// or list gets a line per member.
const lineWidth = 110

// yamlNode is a YAML value to be written: a scalar, a list or a mapping.
type yamlNode struct {
	tag   string
	text  string        // of a scalar, as it stands in the file
	block *literalLines // of a literal block, else nil

	items         []yamlItem
	list, mapping bool
	// open gives every member a line of its own.
	open bool
	// width is how many columns the value takes on one line.
	width int32
}

// yamlItem is an item of a list or a member of a mapping.
type yamlItem struct {
	key string // of a member, as it stands in the file
	*yamlNode
}

// literalLines are those of a literal block; header is its "|" with indicators.
type literalLines struct {
	header string
	lines  []string
}

const tooWide = 1 << 20

func scalar(tag, text string) *yamlNode {
	n := &yamlNode{tag: tag, text: text, width: columns(text)}
	if tag != "" {
		n.width += columns(tag) + 1
	}
	return n
}

// columns is how wide a text is, as far as that matters.
func columns(s string) int32 { return int32(min(utf8.RuneCountInString(s), tooWide)) }

func text(s string) *yamlNode { return scalar("", quoted(s)) }

func list(tag string, items ...*yamlNode) *yamlNode {
	n := &yamlNode{tag: tag, list: true, width: 2 + columns(tag) + 1, items: make([]yamlItem, 0, len(items))}
	for _, item := range items {
		n.addItem(item)
	}
	return n
}

func (n *yamlNode) addItem(item *yamlNode) {
	n.items = append(n.items, yamlItem{"", item})
	n.grow(item)
}

func mapping(tag string) *yamlNode {
	return &yamlNode{tag: tag, mapping: true, width: 2 + columns(tag) + 1}
}

// openMapping has a line for each member, however short.
func openMapping() *yamlNode { return &yamlNode{mapping: true, open: true, width: tooWide} }

// member adds a member under a name of any text.
func (n *yamlNode) member(name string, value *yamlNode) {
	key := quoted(name)
	n.items = append(n.items, yamlItem{key, value})
	n.width += columns(key) + 2
	n.grow(value)
}

func (n *yamlNode) grow(item *yamlNode) {
	n.width = min(n.width+item.width+2, tooWide)
	if item.width >= tooWide {
		n.open = true
	}
}

// yamlWriter writes nodes; column is where on the line it stands.
type yamlWriter struct{ bytes.Buffer }

// writers keep what they have grown to.
var writers = sync.Pool{New: func() any { return new(yamlWriter) }}

// emit is the file that consists of a node.
func emit(n *yamlNode) []byte {
	w := writers.Get().(*yamlWriter)
	defer writers.Put(w)
	w.Reset()
	w.block(n, 0, false)
	return bytes.Clone(w.Bytes())
}

// value writes what follows "key:" or "-" at an indentation.
func (w *yamlWriter) value(n *yamlNode, indent, column int) {
	switch {
	case n.block != nil:
		w.literal(n.block, indent+2)
	case !n.mapping && !n.list, len(n.items) == 0, !n.open && column+1+int(n.width) <= lineWidth:
		w.WriteByte(' ')
		w.flow(n)
		w.WriteByte('\n')
	default:
		if n.tag != "" {
			w.WriteString(" " + n.tag)
		}
		w.WriteByte('\n')
		w.block(n, indent+2, false)
	}
}

func (w *yamlWriter) literal(block *literalLines, indent int) {
	w.WriteByte(' ')
	w.WriteString(block.header)
	w.WriteByte('\n')
	for _, line := range block.lines {
		if line != "" {
			w.WriteString(strings.Repeat(" ", indent))
			w.WriteString(line)
		}
		w.WriteByte('\n')
	}
}

// block writes a member per line; inline says that the line is begun already.
func (w *yamlWriter) block(n *yamlNode, indent int, inline bool) {
	pad := strings.Repeat(" ", indent)
	for i, item := range n.items {
		if !inline || i > 0 {
			w.WriteString(pad)
		}
		if n.list {
			w.item(item.yamlNode, indent)
			continue
		}
		key := item.key
		if len(key) > longKey {
			w.WriteString("? " + key + "\n" + pad)
			key = ""
		}
		w.WriteString(key)
		w.WriteByte(':')
		w.value(item.yamlNode, indent, indent+len(key)+1)
	}
}

// longKey is below the 1024 characters after which YAML sees no key any more,
// unless it is marked as one (YAML 1.2, section 7.4.2).
const longKey = 900

func (w *yamlWriter) item(item *yamlNode, indent int) {
	w.WriteByte('-')
	fits := !item.open && indent+2+int(item.width) <= lineWidth
	if item.mapping && item.tag == "" && len(item.items) > 0 && !fits {
		w.WriteByte(' ')
		w.block(item, indent+2, true)
		return
	}
	w.value(item, indent, indent+1)
}

func (w *yamlWriter) flow(n *yamlNode) {
	if n.tag != "" {
		w.WriteString(n.tag + " ")
	}
	switch {
	case n.list:
		w.WriteByte('[')
		for i, item := range n.items {
			if i > 0 {
				w.WriteString(", ")
			}
			w.flow(item.yamlNode)
		}
		w.WriteByte(']')
	case n.mapping:
		w.WriteByte('{')
		for i, item := range n.items {
			if i > 0 {
				w.WriteString(", ")
			}
			w.WriteString(item.key)
			w.WriteString(": ")
			w.flow(item.yamlNode)
		}
		w.WriteByte('}')
	default:
		w.WriteString(n.text)
	}
}

// quoted is a text as it stands in the file: plain where no reader of YAML 1.1
// or 1.2 takes it for anything else, in double quotes otherwise.
func quoted(s string) string {
	if isPlainSafe(s) {
		return s
	}
	return doubleQuoted(s)
}

// isPlainSafe wants words of letters, digits and a few signs, one space between
// them, beginning with a letter or slash.
func isPlainSafe(s string) bool {
	if s == "" || len(s) > 80 || isYAMLWord(s) {
		return false
	}
	var last rune
	for i, r := range s {
		switch {
		case unicode.IsLetter(r), r == '_', r == '/':
		case i == 0:
			return false
		case '0' <= r && r <= '9', r == '-', r == '.':
		case r == ' ' && last != ' ':
		default:
			return false
		}
		last = r
	}
	return last != ' '
}

// isYAMLWord tells the words that YAML 1.1 or 1.2 takes for null, a boolean or a
// number.
func isYAMLWord(s string) bool {
	switch strings.ToLower(s) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf":
		return true
	}
	return false
}
