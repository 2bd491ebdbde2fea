package harness

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/harness/ledger"
	"github.com/sidebyside/replay/normalizers"
)

// Config is a configuration file, checked (docs/configuration.md).
type Config struct {
	// File is the path as the user gave it (or the replay.yaml in the directory
	// that was given); paths in the file are resolved against its directory.
	File string
	Dir  string
	// SHA256 is that of the file, its schema and its ledger.
	SHA256 string

	Schema *normalizers.Schema // nil without one
	// SchemaFile is the schema's path; "" without one.
	SchemaFile string
	Corpus     string

	// Legacy and Candidate are nil when not configured.
	Legacy, Candidate *Implementation

	Stores    []StoreConfig    // by name
	Upstreams []UpstreamConfig // by name
	Record    RecordConfig
	Identity  *Identity // nil: headers are sent as they were kept
	Rules     *normalizers.Rules
	Ledger    *ledger.Ledger // nil without one
	Clock     Clock
	Lanes     int // 0: not said
	SignOff   SignOffConfig

	// External opens external Datastores, of which only a recording has any. No file
	// says it.
	External OpenExternal
}

// Implementation says how a GraphQL server under test is started and reached.
// It runs as a process (Command), in a container (Image), or elsewhere (URL).
type Implementation struct {
	Name    string // "legacy" or "candidate"
	Build   []string
	Command []string // of a container: instead of the image's own
	URL     string
	ImageConfig
	Dir          string // absolute
	Env          map[string]string
	Endpoint     string
	Ready        string // "": POST {__typename} to the endpoint
	ReadyTimeout time.Duration
	Timeout      time.Duration // per operation
	PerCase      bool          // restart: per-case

	identity *Identity
	buildEnv []string // besides the caller's own; nil for nothing
}

// StoreConfig is one datastore that the implementations use.
type StoreConfig struct {
	Name, Kind, Driver string
	Project            string
	// Address is the host:port of an external Datastore; "" for the service itself.
	Address string
	// Listen fixes the address of an embedded store by side, for an
	// implementation given by url, which cannot be told where its store is.
	Listen map[string]string
	// Seed varies the ids that an embedded store gives out. No file says it.
	Seed uint64
	ServerConfig
}

// UpstreamConfig is a service that the implementations call.
type UpstreamConfig struct {
	Name, Env, Target string
	// Position is where the file names it, as file:line:column.
	Position string
	// Address is where implementations reach it while recording, as a URL; "" for
	// the stub of a replay. No file says it.
	Address string
}

// RecordConfig says what a recording keeps.
type RecordConfig struct {
	Headers []string
	Follow  int           // hops over key-valued properties
	Guards  int           // guard entities per query
	Redact  *RedactConfig // nil: nothing is replaced
}

// Defaults of the configuration.
const (
	DefaultTimeout      = 10 * time.Second
	DefaultReadyTimeout = 30 * time.Second
	DefaultFollow       = 1
	DefaultGuards       = 3
	maxDefaultLanes     = 4
)

// ConfigFile is the configuration file that path means: path itself, or the
// replay.yaml in the directory path.
func ConfigFile(path string) (string, error) {
	if path == "" {
		path = "replay.yaml"
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%s: no such file; name a configuration with -c, or write one with \"replay init\"", path)
	case err != nil:
		return "", fmt.Errorf("read configuration: %w", err)
	case !info.IsDir():
		return path, nil
	}
	file := filepath.Join(path, "replay.yaml")
	if _, err := os.Stat(file); err != nil {
		return "", fmt.Errorf("%s: the directory holds no replay.yaml; write one with \"replay init\"", path)
	}
	return file, nil
}

// LoadConfig reads the configuration file that path means (see [ConfigFile]).
// What is wrong with it comes as strictyaml.Problems, all in one go.
func LoadConfig(path string) (*Config, error) { return loadConfig(path, true) }

// LoadRecordConfig is LoadConfig for a recording, where the corpus need not
// exist yet.
func LoadRecordConfig(path string) (*Config, error) { return loadConfig(path, false) }

func loadConfig(path string, needCorpus bool) (*Config, error) {
	file, err := ConfigFile(path)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return parseConfig(file, data, needCorpus)
}

// HasStore reports whether a store of that name is configured.
func (c *Config) HasStore(name string) bool {
	return slices.ContainsFunc(c.Stores, func(s StoreConfig) bool { return s.Name == name })
}

// LaneCount is the number of lanes to run: asked for, configured, or the number
// of CPUs up to 4; 1 where an implementation has a fixed address.
func (c *Config) LaneCount(asked int) int {
	lanes := min(runtime.NumCPU(), maxDefaultLanes)
	if c.Lanes > 0 {
		lanes = c.Lanes
	}
	if asked > 0 {
		lanes = asked
	}
	if c.fixedAddress() != "" {
		return 1
	}
	return lanes
}

// fixedAddress names the implementation that cannot run twice side by side.
func (c *Config) fixedAddress() string {
	for _, i := range []*Implementation{c.Legacy, c.Candidate} {
		if i != nil && (i.URL != "" || !strings.Contains(i.Endpoint, "${PORT}")) {
			return i.Name
		}
	}
	return ""
}

func parseConfig(file string, data []byte, needCorpus bool) (*Config, error) {
	doc, root := strictyaml.Parse(file, data)
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("resolve %q: %w", file, err)
	}
	c := &Config{
		File: file, Dir: dir,
		Record: RecordConfig{Follow: DefaultFollow, Guards: DefaultGuards},
	}
	r := configReader{Config: c, needCorpus: needCorpus, sum: sha256.New()}
	r.add(data)
	if root.Present() {
		r.top(root)
	}
	var known strictyaml.Problems
	if root.Present() && needCorpus {
		known = r.loadLedger()
	}
	if err := slices.Concat(doc.Problems(), known).Err(); err != nil {
		return nil, err
	}
	c.SHA256 = hex.EncodeToString(r.sum.Sum(nil))
	return c, nil
}

// configReader fills a Config from the nodes of its file.
type configReader struct {
	*Config
	sum         hash.Hash
	needCorpus  bool
	corpus      strictyaml.Node
	schema      strictyaml.Node
	ledger      strictyaml.Node
	normalizers strictyaml.Node
	impls       strictyaml.Node
	redact      redactReader
	identity    strictyaml.Node
	signOff     strictyaml.Node
}

// add counts a file among those that the configuration is made of.
func (r *configReader) add(data []byte) {
	_, _ = fmt.Fprintf(r.sum, "%d\x00%s", len(data), data) // a hash takes everything
}

func (r *configReader) top(root strictyaml.Node) {
	root.Object(strictyaml.Fields{
		"version":         readVersion,
		"schema":          func(n strictyaml.Node) { r.schema = n },
		"corpus":          func(n strictyaml.Node) { r.corpus = n },
		"ledger":          func(n strictyaml.Node) { r.ledger = n },
		"implementations": func(n strictyaml.Node) { r.impls = n; r.implementations(n) },
		"stores":          r.stores,
		"upstreams":       r.upstreams,
		"record":          r.record,
		"identity":        func(n strictyaml.Node) { r.identity = n },
		"normalizers":     func(n strictyaml.Node) { r.normalizers = n },
		"clock":           r.clock,
		"lanes":           r.lanes,
		"signoff":         func(n strictyaml.Node) { r.signOff = n },
	}, "version", "implementations")
	r.readCorpus(root)
	r.readSchema()
	var stores, upstreams []string
	for _, s := range r.Stores {
		stores = append(stores, s.Name)
	}
	for _, u := range r.Upstreams {
		upstreams = append(upstreams, u.Name)
	}
	r.Rules = normalizers.Parse(r.normalizers, r.Schema, normalizers.WithStores(stores...), normalizers.WithUpstreams(upstreams...))
	r.readRedact(upstreams)
	r.readIdentity(r.identity)
	r.readSignOff(r.signOff)
	r.checkVariables(r.impls)
}

func readVersion(n strictyaml.Node) {
	var v int
	if n.Int(&v) && v != 1 {
		n.Problemf("unknown version %d; this program reads version 1", v)
	}
}

func (r *configReader) path(n strictyaml.Node, into *string, what string) {
	var s string
	if !n.String(&s) {
		return
	}
	p := s
	if !filepath.IsAbs(p) {
		p = filepath.Join(r.Dir, s)
	}
	if _, err := os.Stat(p); err != nil {
		n.Problemf("%s %q does not exist; paths are relative to %s", what, s, r.File)
		return
	}
	*into = p
}

// readCorpus resolves where the corpus is: "corpus" beside the configuration
// unless it says otherwise.
func (r *configReader) readCorpus(root strictyaml.Node) {
	name, at := "corpus", root
	if r.corpus.Present() {
		at = r.corpus
		if !at.String(&name) {
			return
		}
	}
	// Relative as the configuration's own path, so that errors name files the way
	// the user does.
	if r.Corpus = name; !filepath.IsAbs(name) {
		r.Corpus = filepath.Join(filepath.Dir(r.File), name)
	}
	if _, err := os.Stat(r.Corpus); err != nil && r.needCorpus {
		at.Problemf("corpus %q does not exist beside %s; record one with \"replay record\"", name, r.File)
	}
}

func (r *configReader) readSchema() {
	if !r.schema.Present() {
		return
	}
	var file string
	r.path(r.schema, &file, "schema file")
	if file == "" {
		return
	}
	r.SchemaFile = file
	sdl, err := os.ReadFile(file)
	if err != nil {
		r.schema.Problemf("read schema: %v", err)
		return
	}
	r.add(sdl)
	if r.Schema, err = normalizers.LoadSchema(r.display(file), sdl); err != nil {
		r.schema.Problemf("schema does not load: %v", err)
	}
}

// display is how a resolved path is shown: relative to the configuration's path
// as the user gave it.
func (r *configReader) display(file string) string {
	rel, err := filepath.Rel(r.Dir, file)
	if err != nil {
		return file
	}
	return filepath.Join(filepath.Dir(r.File), rel)
}

func (r *configReader) lanes(n strictyaml.Node) {
	if n.Int(&r.Lanes) && (r.Lanes < 1 || r.Lanes > 256) {
		n.Problemf("lanes must be between 1 and 256, not %d", r.Lanes)
	}
}

func readCommand(n strictyaml.Node, into *[]string) {
	ok := n.Items(func(_ int, item strictyaml.Node) {
		var s string
		if item.Text(&s) {
			*into = append(*into, s)
		}
	})
	if ok && len(n.Content) == 0 {
		n.Problemf("the command is empty")
	}
}

func readURL(n strictyaml.Node, into *string) {
	var s string
	if !n.String(&s) {
		return
	}
	// A variable in the port's place would not parse.
	u, err := url.Parse(strings.ReplaceAll(s, "${PORT}", "1"))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		n.Problemf("%q is not an http URL", s)
		return
	}
	*into = s
}

func readEnv(n strictyaml.Node, into map[string]string) {
	n.Entries(func(key, value strictyaml.Node) {
		var s string
		if value.Text(&s) {
			into[key.Value] = s
		}
	})
}

func readDuration(n strictyaml.Node, into *time.Duration) {
	var s string
	if !n.Text(&s) {
		return
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		n.Problemf("%q is not a duration such as 10s or 500ms", s)
		return
	}
	*into = d
}

func (r *configReader) stores(n strictyaml.Node) {
	n.Entries(func(key, value strictyaml.Node) {
		r.Stores = append(r.Stores, r.store(key.Value, value))
	})
	slices.SortFunc(r.Stores, func(a, b StoreConfig) int { return strings.Compare(a.Name, b.Name) })
}

func (r *configReader) store(name string, n strictyaml.Node) StoreConfig {
	s := StoreConfig{Name: name, Project: "demo", Listen: map[string]string{}}
	at := map[string]strictyaml.Node{}
	fields := strictyaml.Fields{
		"kind":    func(n strictyaml.Node) { n.OneOf(&s.Kind, "datastore", "postgres", "redis") },
		"driver":  func(n strictyaml.Node) { at["driver"] = n },
		"address": func(n strictyaml.Node) { at["address"] = n },
		"project": func(n strictyaml.Node) { n.String(&s.Project) },
		"listen": func(n strictyaml.Node) {
			n.Object(strictyaml.Fields{
				"legacy":    func(n strictyaml.Node) { readListen(n, "legacy", s.Listen) },
				"candidate": func(n strictyaml.Node) { readListen(n, "candidate", s.Listen) },
			})
		},
	}
	maps.Copy(fields, r.serverFields(&s, at))
	n.Object(fields, "kind")
	s.checkDriver(n, at)
	s.checkKeys(at)
	r.checkExternal(&s, at)
	return s
}

func readListen(n strictyaml.Node, side string, into map[string]string) {
	var s string
	if n.String(&s) {
		into[side] = s
	}
}

func (r *configReader) record(n strictyaml.Node) {
	fields := strictyaml.Fields{
		"headers": func(n strictyaml.Node) { readHeaders(n, &r.Record.Headers) },
		"follow":  func(n strictyaml.Node) { readCount(n, &r.Record.Follow) },
		"guards":  func(n strictyaml.Node) { readCount(n, &r.Record.Guards) },
	}
	maps.Copy(fields, r.redact.fields())
	n.Object(fields)
}

func readCount(n strictyaml.Node, into *int) {
	if n.Int(into) && *into < 0 {
		n.Problemf("want a number from 0 up, have %d", *into)
	}
}
