package harness

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

// logLines is how many lines of a log an error shows.
const logLines = 12

// logTailSize is how much of a log is kept for that, in bytes.
const logTailSize = 16 << 10

// logTail keeps the end of what a process writes, and passes all of it on.
type logTail struct {
	mu   sync.Mutex
	tail []byte
	next io.Writer
}

func newLogTail(next io.Writer) *logTail { return &logTail{next: next} }

func (l *logTail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tail = append(l.tail, p...)
	if over := len(l.tail) - logTailSize; over > logTailSize {
		l.tail = append(l.tail[:0], l.tail[over:]...)
	}
	if l.next != nil {
		// A log that cannot be kept must not stop the process that writes it.
		_, _ = l.next.Write(p)
	}
	return len(p), nil
}

// Last is the last n lines written.
func (l *logTail) Last(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := bytes.Split(bytes.TrimRight(l.tail, "\n"), []byte("\n"))
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return string(bytes.ToValidUTF8(bytes.Join(lines, []byte("\n")), []byte("?")))
}

func indent(s, prefix string) string {
	return prefix + strings.ReplaceAll(s, "\n", "\n"+prefix)
}
