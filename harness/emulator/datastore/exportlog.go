package datastore

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// A LevelDB log is a row of blocks of 32 KiB. A record is split into chunks that
// fit the blocks; each has a masked CRC-32C, a length, and its place in the
// record: https://github.com/google/leveldb/blob/main/doc/log_format.md.
const (
	logBlock  = 32 << 10
	logHeader = 7
)

const (
	chunkFull = iota + 1
	chunkFirst
	chunkMiddle
	chunkLast
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// logSum is the masked checksum of a chunk: its type, then its data.
func logSum(kind byte, data []byte) uint32 {
	c := crc32.Update(crc32.Checksum([]byte{kind}, castagnoli), castagnoli, data)
	return (c>>15 | c<<17) + 0xa282ead8
}

type logWriter struct{ out []byte }

func (l *logWriter) record(data []byte) {
	first := true
	for {
		room := logBlock - len(l.out)%logBlock
		if room < logHeader {
			l.out = append(l.out, make([]byte, room)...)
			room = logBlock
		}
		n := min(len(data), room-logHeader)
		last := n == len(data)
		kind := map[[2]bool]byte{{true, true}: chunkFull, {true, false}: chunkFirst, {false, false}: chunkMiddle, {false, true}: chunkLast}[[2]bool{first, last}]
		l.out = binary.LittleEndian.AppendUint32(l.out, logSum(kind, data[:n]))
		l.out = binary.LittleEndian.AppendUint16(l.out, uint16(n))
		l.out = append(l.out, kind)
		l.out = append(l.out, data[:n]...)
		data, first = data[n:], false
		if last {
			return
		}
	}
}

var errLog = errors.New("the file is not a whole LevelDB log")

// readLog returns the records of a log.
func readLog(b []byte) ([][]byte, error) {
	var records [][]byte
	var partial []byte
	open := false
	for at := 0; at < len(b); {
		if room := logBlock - at%logBlock; room < logHeader {
			at += room
			continue
		}
		if len(b)-at < logHeader {
			return nil, errLog
		}
		n, kind := int(binary.LittleEndian.Uint16(b[at+4:])), b[at+6]
		data := b[at+logHeader:]
		if kind == 0 && n == 0 { // the rest of the block was never written
			at += logBlock - at%logBlock
			continue
		}
		if n > len(data) || binary.LittleEndian.Uint32(b[at:]) != logSum(kind, data[:n]) {
			return nil, errLog
		}
		starts := kind == chunkFull || kind == chunkFirst
		if starts == open {
			return nil, errLog
		}
		partial = append(partial, data[:n]...)
		open = kind == chunkFirst || kind == chunkMiddle
		if !open {
			records, partial = append(records, partial), nil
		}
		at += logHeader + n
	}
	if open {
		return nil, errLog
	}
	return records, nil
}
