package harness

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

// Built are the implementations of a configuration, built once.
type Built struct {
	// Config replays what was built: its runs build nothing.
	Config *Config
	// Files are those that each implementation's build wrote or changed, by the
	// implementation's name, relative to Out and sorted by the walk of it.
	Files map[string][]string
	Out   string
}

// reproducible are settings by which a build gives the same bytes again, in
// another folder and at another commit. Builds that do not know them ignore
// them.
func reproducible() []string {
	flags := strings.TrimSpace(os.Getenv("GOFLAGS") + " -trimpath -buildvcs=false")
	return []string{"GOFLAGS=" + flags}
}

// BuildOnce builds legacy and candidate into the folder out, which the caller
// owns, so that several runs use the very same files and somebody can say which.
// Go builds are asked for the same bytes everywhere (-trimpath, no stamp of the
// commit).
func BuildOnce(ctx context.Context, c *Config, out string) (*Built, error) {
	built := &Built{Config: new(*c), Files: map[string][]string{}, Out: out}
	before := map[string]fileStamp{}
	for _, at := range []**Implementation{&built.Config.Legacy, &built.Config.Candidate} {
		if *at == nil {
			continue
		}
		i := new(**at)
		*at = i
		i.buildEnv = reproducible()
		if err := i.build(ctx, out); err != nil {
			return nil, err
		}
		after, written, err := written(out, before)
		if err != nil {
			return nil, err
		}
		before, built.Files[i.Name] = after, written
		i.useBuilt(out)
	}
	return built, nil
}

// useBuilt makes later starts use what was built into out.
func (i *Implementation) useBuilt(out string) {
	values := map[string]string{"OUT": out}
	env := make(map[string]string, len(i.Env))
	for k, v := range i.Env {
		env[k] = expand(v, values)
	}
	i.Build, i.Command, i.Env = nil, expandAll(i.Command, values), env
}

// fileStamp tells whether a file was written in between.
type fileStamp struct {
	size, modified int64
}

// written lists the files below dir that are not as they were.
func written(dir string, before map[string]fileStamp) (map[string]fileStamp, []string, error) {
	after := map[string]fileStamp{}
	var changed []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		after[name] = fileStamp{info.Size(), info.ModTime().UnixNano()}
		if old, ok := before[name]; !ok || old != after[name] {
			changed = append(changed, name)
		}
		return nil
	})
	return after, changed, err
}
