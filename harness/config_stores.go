package harness

import (
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/harness/internal/container"
	"github.com/sidebyside/replay/harness/store/datastore"
)

// ServerConfig says how a PostgreSQL or Redis server is had.
type ServerConfig struct {
	// URL is that of an external server. Disposable says that its content may be
	// replaced although its address does not look so.
	URL        string
	Disposable bool
	// Image is that of a container, "" for the kind's own; Pull says when it is
	// fetched: "missing" (as ""), "always" or "never".
	Image, Pull string
	// Mode is that of an official Datastore emulator: "firestore" (as "") or
	// "datastore".
	Mode string
	// Schema are SQL files, absolute; Migrate is a command that runs in Dir.
	Schema  []string
	Migrate []string
	Dir     string

	// opener is what the stores of all lanes share; nil where none is shared.
	opener *opener
}

// drivers are those of each kind of store, the default one first.
var drivers = map[string][]string{
	"datastore": {"embedded", driverContainer, datastore.Gcloud, driverExternal},
	"postgres":  {"local", driverContainer, driverExternal},
	"redis":     {"embedded", "local", driverContainer, driverExternal},
}

const (
	driverExternal  = "external"
	driverContainer = "container"
)

// serverFields are the keys of a store that is a server; at remembers where they
// stand.
func (r *configReader) serverFields(s *StoreConfig, at map[string]strictyaml.Node) strictyaml.Fields {
	s.Dir, s.opener = r.Dir, &opener{}
	fields := strictyaml.Fields{
		"url":        func(n strictyaml.Node) { n.String(&s.URL) },
		"disposable": func(n strictyaml.Node) { n.Bool(&s.Disposable) },
		"image":      func(n strictyaml.Node) { n.String(&s.Image) },
		"pull":       func(n strictyaml.Node) { readPull(n, &s.Pull) },
		"mode":       func(n strictyaml.Node) { n.OneOf(&s.Mode, datastore.ModeFirestore, datastore.ModeDatastore) },
		"schema":     func(n strictyaml.Node) { r.schemaFiles(n, s) },
		"migrate":    func(n strictyaml.Node) { readCommand(n, &s.Migrate) },
	}
	for key, read := range fields {
		fields[key] = func(n strictyaml.Node) { at[key] = n; read(n) }
	}
	return fields
}

// checkDriver reads the driver, which the kind decides on.
func (s *StoreConfig) checkDriver(n strictyaml.Node, at map[string]strictyaml.Node) {
	known := drivers[s.Kind]
	if known == nil {
		return
	}
	s.Driver = known[0]
	driver := at["driver"]
	if driver.Present() && driver.OneOf(&s.Driver, "embedded", driverContainer, datastore.Gcloud, driverExternal, "local") && !slices.Contains(known, s.Driver) {
		driver.Problemf("driver %q of kind %q is not supported by this version; use %s", s.Driver, s.Kind, alternatives(known))
	}
	if s.Driver == driverExternal && s.Kind != "datastore" && s.URL == "" {
		n.Problemf("missing key \"url\": where the external server is")
	}
}

// alternatives reads as a choice: "a", "b" or "c".
func alternatives(names []string) string {
	last := len(names) - 1
	return `"` + strings.Join(names[:last], `", "`) + `" or "` + names[last] + `"`
}

// checkKeys reports keys that say nothing to the kind and the driver.
func (s *StoreConfig) checkKeys(at map[string]strictyaml.Node) {
	for _, key := range [...]string{"url", "disposable", "image", "pull", "mode", "schema", "migrate"} {
		if !at[key].Present() || s.Kind == "" {
			continue
		}
		switch key {
		case "schema", "migrate":
			if s.Kind != "postgres" {
				at[key].Problemf("%s goes with kind \"postgres\"", key)
			}
		case "image", "pull":
			if s.Driver != driverContainer {
				at[key].Problemf("%s goes with driver %q", key, driverContainer)
			}
		case "mode":
			if s.Kind != "datastore" || s.Driver != driverContainer && s.Driver != datastore.Gcloud {
				at[key].Problemf("mode goes with drivers %q and %q of kind \"datastore\"", driverContainer, datastore.Gcloud)
			}
		default:
			if s.Driver != driverExternal {
				at[key].Problemf("%s goes with driver %q of kind \"postgres\" or \"redis\"", key, driverExternal)
			}
		}
	}
}

// readPull reads when an image is fetched.
func readPull(n strictyaml.Node, into *string) {
	n.OneOf(into, string(container.PullMissing), string(container.PullAlways), string(container.PullNever))
}

// schemaFiles reads one SQL file, or several in their order.
func (r *configReader) schemaFiles(n strictyaml.Node, s *StoreConfig) {
	add := func(n strictyaml.Node) {
		var file string
		if r.path(n, &file, "schema file"); file != "" {
			s.Schema = append(s.Schema, file)
		}
	}
	if n.List() {
		n.Items(func(_ int, item strictyaml.Node) { add(item) })
		return
	}
	add(n)
}
