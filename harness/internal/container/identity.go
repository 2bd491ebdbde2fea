package container

import (
	"context"
	"fmt"
)

// ID has an image on the machine, as the policy says, and tells its id: the
// digest of its content, whatever it is called.
func ID(ctx context.Context, image string, policy Pull) (string, error) {
	if err := Provide(ctx, image, policy); err != nil {
		return "", err
	}
	c, err := connect(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close() }()
	found, err := c.ImageInspect(ctx, image)
	if err != nil {
		return "", fmt.Errorf("inspect image %q: %w", image, err)
	}
	return found.ID, nil
}
