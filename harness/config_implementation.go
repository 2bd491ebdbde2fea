package harness

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// ImageConfig says how an implementation runs in a container (docs/containers.md).
type ImageConfig struct {
	// Image is "" for an implementation that is no container.
	Image string
	// Pull says when the image is fetched: "missing" (as ""), "always" or "never".
	Pull string
	// Port is the one that it listens on.
	Port int
	// Mounts are volumes, SOURCE:TARGET[:ro] with an absolute source.
	Mounts []string
	// Network is "" for one that leads nowhere but to this machine, "host" for
	// the machine's own, or the name of another one.
	Network string

	// What only a Compose file says.
	entrypoint []string
	dir, user  string
	tmpfs      map[string]string
	env        map[string]string // before what replay sets

	reaching *reaching // what its containers share
}

// DefaultPort is the port on which a container is expected to listen.
const DefaultPort = 8080

func (r *configReader) implementations(n strictyaml.Node) {
	n.Object(strictyaml.Fields{
		"legacy":    func(n strictyaml.Node) { r.Legacy = r.implementation(n, "legacy") },
		"candidate": func(n strictyaml.Node) { r.Candidate = r.implementation(n, "candidate") },
	})
	if r.Legacy == nil && r.Candidate == nil {
		n.Problemf("configure at least one of legacy and candidate")
	}
}

func (r *configReader) implementation(n strictyaml.Node, name string) *Implementation {
	i := &Implementation{
		Name: name, Dir: r.Dir, Env: map[string]string{},
		Timeout: DefaultTimeout, ReadyTimeout: DefaultReadyTimeout,
	}
	at := map[string]strictyaml.Node{}
	fields := strictyaml.Fields{
		"build":        func(n strictyaml.Node) { readCommand(n, &i.Build) },
		"command":      func(n strictyaml.Node) { readCommand(n, &i.Command) },
		"url":          func(n strictyaml.Node) { readURL(n, &i.URL) },
		"dir":          func(n strictyaml.Node) { r.path(n, &i.Dir, "directory") },
		"env":          func(n strictyaml.Node) { readEnv(n, i.Env) },
		"endpoint":     func(n strictyaml.Node) { readURL(n, &i.Endpoint) },
		"ready":        func(n strictyaml.Node) { readURL(n, &i.Ready) },
		"readyTimeout": func(n strictyaml.Node) { readDuration(n, &i.ReadyTimeout) },
		"timeout":      func(n strictyaml.Node) { readDuration(n, &i.Timeout) },
		"restart": func(n strictyaml.Node) {
			var s string
			n.OneOf(&s, "never", "per-case")
			i.PerCase = s == "per-case"
		},
	}
	maps.Copy(fields, r.imageFields(i))
	for key, read := range fields {
		fields[key] = func(n strictyaml.Node) { at[key] = n; read(n) }
	}
	n.Object(fields)
	i.checkKind(n, at)
	if i.URL != "" && i.Endpoint == "" && !at["endpoint"].Present() {
		i.Endpoint = i.URL
	}
	if i.Endpoint == "" && (len(i.Command) > 0 || i.contained()) {
		n.Problemf("missing key \"endpoint\": where %s serves GraphQL, for example \"http://127.0.0.1:${PORT}/graphql\"", name)
	}
	return i
}

// contained reports whether it runs in a container.
func (i *Implementation) contained() bool { return i.Image != "" }

// checkKind reports what does not say in one way how an implementation runs.
func (i *Implementation) checkKind(n strictyaml.Node, at map[string]strictyaml.Node) {
	image := ""
	for _, key := range [...]string{"image", "compose"} {
		if !at[key].Present() {
			continue
		}
		if image != "" {
			n.Problemf("%s has both %s and %s; keep one", i.Name, image, key)
		}
		image = key
	}
	switch {
	case image != "" && at["url"].Present():
		n.Problemf("%s has both %s and url; keep one", i.Name, image)
	case image != "":
		i.reaching = &reaching{}
	case len(i.Command) > 0 && i.URL != "":
		n.Problemf("%s has both command and url; keep one", i.Name)
	case len(i.Command) == 0 && i.URL == "":
		n.Problemf("%s has neither command nor image, compose or url; say how it is started or where it runs", i.Name)
	case i.URL != "" && i.PerCase:
		n.Problemf("%s is given by url, so it cannot be restarted per case", i.Name)
	}
	for _, key := range [...]string{"pull", "port", "mounts", "network"} {
		if image == "" && at[key].Present() {
			at[key].Problemf("%s goes with image or compose", key)
		}
	}
}

// imageFields are the keys of an implementation in a container. They come after
// what its Compose file says.
func (r *configReader) imageFields(i *Implementation) strictyaml.Fields {
	return strictyaml.Fields{
		"compose": func(n strictyaml.Node) { r.compose(n, i) },
		"image":   func(n strictyaml.Node) { n.String(&i.Image) },
		"pull":    func(n strictyaml.Node) { readPull(n, &i.Pull) },
		"network": func(n strictyaml.Node) { n.String(&i.Network) },
		"port": func(n strictyaml.Node) {
			if n.Int(&i.Port) && (i.Port < 1 || i.Port > 65535) {
				n.Problemf("%d is not a port", i.Port)
			}
		},
		"mounts": func(n strictyaml.Node) {
			n.Items(func(_ int, item strictyaml.Node) { r.mount(item, i) })
		},
	}
}

// mount reads SOURCE:TARGET[:ro]; the source is a path of this machine.
func (r *configReader) mount(n strictyaml.Node, i *Implementation) {
	var s string
	if !n.String(&s) {
		return
	}
	said, target, ok := strings.Cut(s, ":")
	source := said
	to, mode, _ := strings.Cut(target, ":")
	if !ok || source == "" || !strings.HasPrefix(to, "/") || !slices.Contains([]string{"", "ro", "rw"}, mode) {
		n.Problemf("%q is not a mount; write SOURCE:/TARGET or SOURCE:/TARGET:ro", s)
		return
	}
	if !strings.HasPrefix(source, "${OUT}") {
		if !filepath.IsAbs(source) {
			source = filepath.Join(r.Dir, source)
		}
		// Docker would make a folder of it, as root.
		if _, err := os.Stat(source); err != nil {
			n.Problemf("mount source %q does not exist; paths are relative to %s", said, r.File)
		}
	}
	i.Mounts = append(i.Mounts, source+":"+target)
}
