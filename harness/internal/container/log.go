package container

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

const (
	tailSize = 16 << 10 // bytes
	logLines = 10
)

// tail keeps the end of a log: a container that is gone has none to ask for.
type tail struct {
	mu   sync.Mutex
	text []byte
	next io.Writer // may be nil
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - tailSize; over > tailSize {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	if t.next != nil {
		_, _ = t.next.Write(p) // a log that cannot be kept must not end the reading
	}
	return len(p), nil
}

// last are the last lines, indented.
func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimSpace(string(bytes.ToValidUTF8(t.text, []byte("?"))))
	if text == "" {
		return ""
	}
	lines := strings.Split(text, "\n")
	return "    " + strings.Join(lines[max(0, len(lines)-logLines):], "\n    ")
}

// follow copies what a container writes until it ends.
func (t *tail) follow(ctx context.Context, c *testcontainers.DockerClient, id string) {
	logs, err := c.ContainerLogs(ctx, id, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Follow: true})
	if err != nil {
		return // who waits for the container says more
	}
	defer logs.Close() //nolint:errcheck // it was read only
	_, _ = stdcopy.StdCopy(t, t, logs)
}
