package redact

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestKeyIsMadeOnce(t *testing.T) {
	t.Setenv(KeyVariable, "")
	file := filepath.Join(t.TempDir(), KeyFile)
	keys := make([][]byte, 8)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() { keys[i], _ = LoadKey(file) })
	}
	all.Wait()
	for _, key := range keys {
		if len(key) != 32 || !bytes.Equal(key, keys[0]) {
			t.Fatalf("keys differ: %x and %x", key, keys[0])
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(filepath.Dir(file)); err != nil || len(entries) != 1 {
		t.Errorf("beside the key stand %v, %v", entries, err)
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	short, open := filepath.Join(dir, "short"), filepath.Join(dir, "open")
	if err := os.WriteFile(short, []byte("0011\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(open, []byte(strings.Repeat("00", 32)), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ reason, variable, file, want string }{
		{"too short", "", short, "short holds no key: want at least 32 hexadecimal digits"},
		{"no digits, and not shown", "secret!", short, "$" + KeyVariable + " holds no key"},
		{"readable by others", "", open, "can be read by others (mode 0644); chmod 600 it"},
	} {
		t.Setenv(KeyVariable, row.variable)
		if _, err := LoadKey(row.file); err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "secret!") {
			t.Errorf("%s: have %v", row.reason, err)
		}
	}
	t.Setenv(KeyVariable, strings.Repeat("ab", 16))
	if key, err := LoadKey(filepath.Join(dir, "none")); err != nil || len(key) != 16 {
		t.Errorf("from the environment: %d bytes, %v", len(key), err)
	}
}
