package harness

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// Essence is the SHA-256, in lower-case hex, of what the configuration says
// about replaying: its file without comments and without what concerns other
// things (signoff, record, lanes), and the SQL files by which stores are made.
func (c *Config) Essence() (string, error) {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return "", fmt.Errorf("read configuration: %w", err)
	}
	doc, root := strictyaml.Parse(c.File, data)
	if err := doc.Problems().Err(); err != nil {
		return "", err
	}
	var said map[string]any
	if err := root.Decode(&said); err != nil {
		return "", fmt.Errorf("read configuration: %w", err)
	}
	for _, key := range []string{"signoff", "record", "lanes"} {
		delete(said, key)
	}
	schemas := []string{}
	for _, s := range c.Stores {
		for _, file := range s.Schema {
			sql, err := os.ReadFile(file)
			if err != nil {
				return "", fmt.Errorf("read schema of store %q: %w", s.Name, err)
			}
			sum := sha256.Sum256(sql)
			schemas = append(schemas, hex.EncodeToString(sum[:]))
		}
	}
	text, err := json.Marshal([]any{said, schemas})
	if err != nil {
		return "", fmt.Errorf("digest configuration: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}
