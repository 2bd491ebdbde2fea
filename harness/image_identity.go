package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sidebyside/replay/harness/internal/container"
)

// ImageIdentity is what an implementation in a container is: the id of its image,
// how it is started, and the paths of this machine that are mounted into it.
type ImageIdentity struct {
	ID string
	// Started is what a Compose file may say and the configuration does not.
	Started string
	Mounts  []string
}

// ImageIdentity has the image on the machine and identifies it. The error says
// that there is no image or no Docker (*StartError); ok is false for an
// implementation that is not in a container.
func (i *Implementation) ImageIdentity(ctx context.Context) (_ ImageIdentity, ok bool, err error) {
	if !i.contained() {
		return ImageIdentity{}, false, nil
	}
	id, err := container.ID(ctx, i.Image, container.Pull(i.Pull))
	if err != nil {
		return ImageIdentity{}, true, &StartError{i.Name, err.Error(), ""}
	}
	started, err := json.Marshal([]any{i.entrypoint, i.Command, i.dir, i.user, i.tmpfs, i.env, i.Env, i.Port, i.Network})
	if err != nil {
		return ImageIdentity{}, true, fmt.Errorf("identify %s: %w", i.Name, err)
	}
	out := ImageIdentity{ID: id, Started: string(started)}
	for _, m := range i.Mounts {
		source, _, _ := strings.Cut(m, ":")
		out.Mounts = append(out.Mounts, source)
	}
	slices.Sort(out.Mounts)
	return out, true, nil
}
