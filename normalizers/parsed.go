package normalizers

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"strconv"

	"github.com/sidebyside/replay/corpus"
)

// parseJSON compares the value that a string, or the bytes of a store, spell as
// JSON.
func parseJSON(m *moment, t *Tree) *Tree {
	switch t.Kind {
	case String:
		return m.parsed(t, "", t.Text)
	case Bytes:
		return m.parsed(t, "bytes", t.Text)
	}
	return t
}

// parsed is the tree whose content is the value that the text spells as JSON; t
// itself where it spells none. Contents of different wrapping are different.
func (m *moment) parsed(t *Tree, wrapping, text string) *Tree {
	raw, err := m.read(corpus.JSON(text))
	if err != nil {
		return t
	}
	c := m.copy(t)
	c.Kind, c.Text = Parsed, wrapping
	c.Children = []*Tree{(&builder{moment: m}).plainJSON(raw)}
	return c
}

// compressedMeaning is the meaning by which ndb marks what it has compressed
// (_MEANING_COMPRESSED in google/appengine/ext/ndb/model.py).
const compressedMeaning = 22

// makeCompressedJSON compares the values that compressed bytes spell as JSON: the
// level of compression, white space and the order of members do not count. The
// format does, because a reader must know it, and so does the meaning beside it
// unless the rule says otherwise.
func makeCompressedJSON(p *params) rewrite {
	anyMeaning := p.word("meaning", "any") != ""
	return func(m *moment, t *Tree) *Tree {
		switch t.Kind {
		case Bytes:
			if format, text := inflate(t.Text); format != "" {
				return m.parsed(t, format, text)
			}
		case Meant:
			if anyMeaning && t.Get("meaning").Text == strconv.Itoa(compressedMeaning) && t.Get("value").Kind == Parsed {
				inner := m.copy(t.Get("value"))
				inner.Name, inner.From = t.Name, t.From
				return inner
			}
		}
		return t
	}
}

// maxInflated bounds what compressed bytes may hold, in bytes: more stays as it
// is.
const maxInflated = 16 << 20

// inflate reads a whole zlib (RFC 1950) or gzip (RFC 1952) stream.
func inflate(data string) (format, text string) {
	for _, f := range []struct {
		name string
		open func(io.Reader) (io.Reader, error)
	}{
		{"zlib", func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }},
		{"gzip", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
	} {
		rest := bytes.NewReader([]byte(data))
		r, err := f.open(rest)
		if err != nil {
			continue
		}
		content, err := io.ReadAll(io.LimitReader(r, maxInflated+1))
		if err == nil && len(content) <= maxInflated && rest.Len() == 0 {
			return f.name, string(content)
		}
	}
	return "", ""
}
