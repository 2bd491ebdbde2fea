package harness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// compose reads the service of a Compose file that an implementation is. The
// service alone is run: what it depends on are the stores of the configuration.
func (r *configReader) compose(n strictyaml.Node, i *Implementation) {
	var file, service string
	n.Object(strictyaml.Fields{
		"file":    func(n strictyaml.Node) { r.path(n, &file, "Compose file") },
		"service": func(n strictyaml.Node) { n.String(&service) },
	}, "file", "service")
	if file == "" || service == "" {
		return
	}
	s, err := loadService(file, service)
	if err == nil {
		err = i.use(s)
	}
	if err != nil {
		n.Problemf("service %q of %s: %v", service, r.display(file), err)
	}
}

// loadService reads a service as Compose does, with the variables of this
// environment and of the .env beside the file.
func loadService(file, service string) (types.ServiceConfig, error) {
	var none types.ServiceConfig
	var env []string
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); !secretVariable[name] {
			env = append(env, kv)
		}
	}
	options, err := cli.NewProjectOptions([]string{file}, cli.WithWorkingDirectory(filepath.Dir(file)),
		cli.WithName("replay"), cli.WithEnv(env), cli.WithEnvFiles(), cli.WithDotEnv, cli.WithDefaultProfiles("*"))
	if err != nil {
		return none, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return none, err
	}
	s, ok := project.Services[service]
	if !ok {
		return none, fmt.Errorf("there is no such service%s", strictyaml.Suggest(service, slices.Collect(maps.Keys(project.Services))))
	}
	return s, nil
}

// composeKeys are the keys of a service that mean something here (true), or
// nothing to a replay (false). Another one would make the container one than the
// file says, so it is an error.
var composeKeys = map[string]bool{
	"image": true, "command": true, "entrypoint": true, "environment": true, "env_file": true, "working_dir": true, "user": true,
	"ports": true, "expose": true, "volumes": true, "tmpfs": true, "pull_policy": true,
	"depends_on": false, "networks": false, "links": false, "hostname": false, "container_name": false, "labels": false,
	"label_file": false, "annotations": false, "restart": false, "healthcheck": false, "deploy": false, "develop": false,
	"scale": false, "profiles": false, "attach": false, "logging": false, "stop_grace_period": false, "stop_signal": false,
	"stdin_open": false, "tty": false, "build": false, "init": false,
}

// use takes what a service says.
func (i *Implementation) use(s types.ServiceConfig) error {
	if s.Image == "" {
		return errors.New("it has no image; name the one that it is built as, and build it by the key build of the implementation")
	}
	if err := checkComposeKeys(s); err != nil {
		return err
	}
	i.Image, i.dir, i.user, i.entrypoint = s.Image, s.WorkingDir, s.User, s.Entrypoint
	if len(i.Command) == 0 {
		i.Command = s.Command
	}
	switch s.PullPolicy {
	case types.PullPolicyAlways, types.PullPolicyNever:
		i.Pull = s.PullPolicy
	}
	if len(s.Ports) > 0 && i.Port == 0 {
		i.Port = int(s.Ports[0].Target) //nolint:gosec // a port fits
	}
	i.env = map[string]string{}
	for name, value := range s.Environment {
		if value != nil {
			i.env[name] = *value
		}
	}
	i.tmpfs = map[string]string{}
	for _, t := range s.Tmpfs {
		target, options, _ := strings.Cut(t, ":")
		i.tmpfs[target] = options
	}
	return i.useVolumes(s.Volumes)
}

func checkComposeKeys(s types.ServiceConfig) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil {
		return err
	}
	var unknown []string
	for key, value := range keys {
		if _, known := composeKeys[key]; !known && string(value) != "null" {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return fmt.Errorf("%s: not supported here; write a file for the replay without it, or give the image by the key image", strings.Join(unknown, ", "))
	}
	return nil
}

func (i *Implementation) useVolumes(volumes []types.ServiceVolumeConfig) error {
	for _, v := range volumes {
		switch {
		case v.Type == types.VolumeTypeTmpfs, v.Type == types.VolumeTypeVolume && v.Source == "":
			i.tmpfs[v.Target] = ""
		case v.Type == types.VolumeTypeBind:
			mount := v.Source + ":" + v.Target
			if v.ReadOnly {
				mount += ":ro"
			}
			i.Mounts = append(i.Mounts, mount)
		default:
			return fmt.Errorf("volume %q at %s keeps what a case wrote for the next one; mount a folder or a tmpfs there", v.Source, v.Target)
		}
	}
	return nil
}
