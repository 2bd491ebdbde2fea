package harness

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"

	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/recorder/redact"
)

// RedactConfig says what a recording replaces (docs/redaction.md).
type RedactConfig struct {
	Rules     *redact.Rules
	Detectors redact.Detectors
	Strict    bool
	// Key is the path of the file with the key.
	Key string
	// Identity names the header that keeps who asks; nil for none.
	Identity *redact.Identity
}

// redactReader holds the nodes of record until schema and upstreams are known.
type redactReader struct {
	rules, strict, names, key, detect strictyaml.Node
}

// asked reports whether anything is said of redaction.
func (r *redactReader) asked() bool {
	return r.rules.Present() || r.strict.Present() || r.names.Present() || r.key.Present() || r.detect.Present()
}

func (r *redactReader) fields() strictyaml.Fields {
	return strictyaml.Fields{
		"redact": func(n strictyaml.Node) { r.rules = n },
		"strict": func(n strictyaml.Node) { r.strict = n },
		"names":  func(n strictyaml.Node) { r.names = n },
		"key":    func(n strictyaml.Node) { r.key = n },
		"detect": func(n strictyaml.Node) { r.detect = n },
	}
}

// readRedact reads record.redact and what goes with it.
func (r *configReader) readRedact(upstreams []string) {
	if !r.redact.asked() {
		return
	}
	c := &RedactConfig{Key: filepath.Join(r.Dir, redact.KeyFile)}
	known := redact.Known{Upstreams: upstreams, Headers: append([]string{}, r.Record.Headers...)}
	if r.Schema != nil {
		known.Schema = r.Schema
	}
	c.Rules = redact.ParseRules(r.redact.rules, known)
	if r.redact.strict.Present() {
		r.redact.strict.Bool(&c.Strict)
	}
	if n := r.redact.key; n.Present() {
		var name string
		if n.String(&name) {
			c.Key = name
			if !filepath.IsAbs(name) {
				c.Key = filepath.Join(r.Dir, name)
			}
		}
	}
	if r.redact.names.Present() {
		c.Detectors.Names = r.names(r.redact.names)
	}
	if r.redact.detect.Present() {
		readDetect(r.redact.detect, &c.Detectors)
	}
	r.Record.Redact = c
}

// readDetect reads {email: false, ...}: detectors that are not asked.
func readDetect(n strictyaml.Node, into *redact.Detectors) {
	fields := strictyaml.Fields{}
	for _, as := range redact.DetectorKinds() {
		fields[string(as)] = func(n strictyaml.Node) {
			on := true
			if n.Bool(&on); !on {
				into.Off = append(into.Off, as)
			}
		}
	}
	n.Object(fields)
}

// names reads a file with a name per line; lines that begin with # are comments.
func (r *configReader) names(n strictyaml.Node) []string {
	var file string
	if r.path(n, &file, "file of names"); file == "" {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		n.Problemf("read names: %v", err)
		return nil
	}
	defer func() { _ = f.Close() }()
	var names []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if line := strings.TrimSpace(lines.Text()); line != "" && !strings.HasPrefix(line, "#") {
			names = append(names, line)
		}
	}
	return names
}
