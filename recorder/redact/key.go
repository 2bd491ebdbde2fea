package redact

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// KeyVariable is the environment variable that holds the key, in hexadecimal
// digits; it goes before the file.
const KeyVariable = "REPLAY_REDACT_KEY"

// KeyFile is the name of the key's file beside the configuration, unless that
// names another one.
const KeyFile = ".replay-key"

// LoadKey is the key of a configuration: that of the environment, else that of
// the file. With neither it makes one and keeps it in the file, which only its
// owner can read. No error holds the key.
func LoadKey(file string) ([]byte, error) {
	if text := os.Getenv(KeyVariable); text != "" {
		return parseKey("$"+KeyVariable, text)
	}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return makeKey(file)
	case err != nil:
		return nil, fmt.Errorf("read key of redaction: %w", err)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("read key of redaction: %s can be read by others (mode %04o); chmod 600 it", file, info.Mode().Perm())
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read key of redaction: %w", err)
	}
	return parseKey(file, string(data))
}

func parseKey(where, text string) ([]byte, error) {
	key, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) < shortestKey {
		return nil, fmt.Errorf("read key of redaction: %s holds no key: want at least %d hexadecimal digits", where, 2*shortestKey)
	}
	return key, nil
}

// makeKey writes a new key beside the file and links it, so that of two
// recordings that begin at once one makes the key and the other reads it.
func makeKey(file string) ([]byte, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("make key of redaction: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(file), ".key-*") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("make key of redaction: %w", err)
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	if _, err := temp.WriteString(hex.EncodeToString(key) + "\n"); err != nil {
		return nil, fmt.Errorf("make key of redaction: %w", errors.Join(err, temp.Close()))
	}
	if err := temp.Close(); err != nil {
		return nil, fmt.Errorf("make key of redaction: %w", err)
	}
	switch err := os.Link(temp.Name(), file); {
	case errors.Is(err, fs.ErrExist):
		return LoadKey(file)
	case err != nil:
		return nil, fmt.Errorf("make key of redaction: %w", err)
	}
	return key, nil
}
