package corpus

import (
	"errors"
	"io/fs"
	"time"
)

// Corpus is all cases of a directory, sorted by name.
type Corpus struct {
	Cases []*Case
	// SHA256 identifies the content, in lower-case hex.
	SHA256 string
}

// Load reads a corpus.
func Load(fsys fs.FS) (*Corpus, error) { return nil, errors.ErrUnsupported }

// Open reads a corpus from a directory or .zip file.
func Open(path string) (*Corpus, error) { return nil, errors.ErrUnsupported }

// OpenState reads a fixture file with its bases.
func OpenState(path string) (map[string]State, error) { return nil, errors.ErrUnsupported }

// Parse reads one case.
func Parse(name string, data []byte) (*Case, error) { return nil, errors.ErrUnsupported }

// ParseState reads a fixture file.
func ParseState(name string, data []byte) (map[string]State, error) { return nil, errors.ErrUnsupported }

// Format writes a case.
func Format(c *Case) ([]byte, error) { return nil, errors.ErrUnsupported }

// FormatState writes a fixture file.
func FormatState(stores map[string]State) ([]byte, error) { return nil, errors.ErrUnsupported }

// Save writes a case below dir.
func Save(dir string, c *Case) (string, error) { return "", errors.ErrUnsupported }

// CaseName names a recorded case.
func CaseName(c *Case, since time.Time) string { return "" }

// RootFields is the type and the root fields of the operation that a request selects.
func RootFields(document, operationName string) (OperationType, []string, error) {
	return "", nil, errors.ErrUnsupported
}

// State is the content of a store before the request, base and changes resolved.
func (c *Case) State(store string) State { return c.Fixture.Stores[store] }
