package datastore

import (
	"encoding/binary"
	"hash/crc32"
	"hash/fnv"
)

// cursor is a position in the results of one query: after the row at pos, or
// before the first row.
type cursor struct{ pos string }

const cursorMark = 0x12

var errCursor = invalid("Error parsing protocol message")

// cursorBytes is the mark of the query, the position and a checksum.
func (p *plan) cursorBytes(pos string) []byte {
	b := make([]byte, 9, 13+len(pos))
	b[0] = cursorMark
	binary.BigEndian.PutUint64(b[1:], p.mark)
	b = append(b, pos...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

// parseCursor reads a cursor of the query: cursors "can only be used to
// continue the same query".
func (p *plan) parseCursor(b []byte) (*cursor, error) {
	if len(b) == 0 {
		return nil, nil
	}
	if len(b) < 13 || b[0] != cursorMark {
		return nil, errCursor
	}
	end := len(b) - 4
	if binary.BigEndian.Uint32(b[end:]) != crc32.ChecksumIEEE(b[:end]) {
		return nil, errCursor
	}
	if binary.BigEndian.Uint64(b[1:]) != p.mark {
		return nil, invalid("cursor does not match query")
	}
	return &cursor{string(b[9:end])}, nil
}

// fingerprint identifies a query up to its limit, offset, cursors and the form
// of its results: what has the same order of rows.
func (p *plan) fingerprint() uint64 {
	b := make([]byte, 0, 128)
	b = indexPrefix(b, p.namespace, p.kind, "")
	for _, c := range p.disjuncts {
		b = appendText(b, c.ancestor)
		for _, x := range c.preds {
			b = appendText(b, x.property)
			b = append(b, byte(x.op))
			b = appendText(b, x.value)
			for _, v := range x.values {
				b = appendText(b, v)
			}
		}
		b = append(b, 0)
	}
	for _, o := range p.orders {
		b = appendText(b, o.property)
		if o.desc {
			b = append(b, 1)
		}
	}
	h := fnv.New64a()
	h.Write(b) // never fails
	return h.Sum64()
}
