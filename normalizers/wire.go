package normalizers

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxWireDepth bounds how deep messages are nested in one another.
const maxWireDepth = 8

// wireText spells a protobuf message without knowing its type. Two messages have
// one text only if they are equal. It exists for Datastore keys in the form that
// ndb's urlsafe() and Key.Encode give to clients, in which ids are varints.
func wireText(b []byte) (string, bool) {
	w := wireReader{rest: b}
	ok := w.message(0, maxWireDepth)
	return w.out.String(), ok && len(b) > 0
}

type wireReader struct {
	rest []byte
	out  strings.Builder
}

// The wire types of the protobuf encoding that such keys use.
const (
	wireVarint = 0
	wireBytes  = 2
	wireGroup  = 3
	wireEnd    = 4
)

// message reads fields up to the end, or up to the end of the group.
func (w *wireReader) message(group uint64, depth int) bool {
	if depth == 0 {
		return false
	}
	for first := true; len(w.rest) > 0; first = false {
		tag, ok := w.varint()
		number, kind := tag>>3, tag&7
		if !ok || number == 0 {
			return false
		}
		if kind == wireEnd {
			return number == group
		}
		if !first {
			w.out.WriteByte(' ')
		}
		w.out.WriteString(strconv.FormatUint(number, 10))
		if !w.value(number, kind, depth) {
			return false
		}
	}
	return group == 0
}

func (w *wireReader) value(number, kind uint64, depth int) bool {
	switch kind {
	case wireVarint:
		n, ok := w.varint()
		w.out.WriteByte('=')
		w.out.WriteString(strconv.FormatInt(int64(n), 10))
		return ok
	case wireBytes:
		return w.bytes(depth)
	case wireGroup:
		w.out.WriteByte('(')
		ok := w.message(number, depth-1)
		w.out.WriteByte(')')
		return ok
	}
	return false
}

// bytes reads a text or a message.
func (w *wireReader) bytes(depth int) bool {
	size, ok := w.varint()
	if !ok || size > uint64(len(w.rest)) {
		return false
	}
	content := w.rest[:size]
	w.rest = w.rest[size:]
	if readable(content) {
		w.out.WriteByte('=')
		w.out.WriteString(strconv.Quote(string(content)))
		return true
	}
	inner := wireReader{rest: content}
	if !inner.message(0, depth-1) {
		return false
	}
	w.out.WriteString("{" + inner.out.String() + "}")
	return true
}

// varint reads a number in its shortest form; any other would have two spellings.
func (w *wireReader) varint() (uint64, bool) {
	var n uint64
	for i, c := range w.rest {
		if i == 9 && c > 1 || i > 9 {
			return 0, false
		}
		n |= uint64(c&0x7f) << (7 * i)
		if c < utf8.RuneSelf {
			w.rest = w.rest[i+1:]
			return n, i == 0 || c != 0
		}
	}
	return 0, false
}
