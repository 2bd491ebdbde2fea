package redis

import (
	"context"

	"github.com/testcontainers/testcontainers-go"
	module "github.com/testcontainers/testcontainers-go/modules/redis"

	"github.com/sidebyside/replay/harness/internal/container"
)

// container runs a private server of an image. Nothing of it is on disk.
func (s *Store) container(ctx context.Context, o Options) error {
	image := o.Image
	if image == "" {
		image = DefaultImage
	}
	c, err := container.Start(ctx, container.Options{
		Name: "redis", Image: image, Pull: container.Pull(o.Pull), Port: 6379,
		Command: []string{Program, "--protected-mode", "no", "--save", "", "--appendonly", "no"},
		Tmpfs:   map[string]string{"/data": "rw,mode=1777"},
		Run: func(ctx context.Context, image string, options ...testcontainers.ContainerCustomizer) (testcontainers.Container, error) {
			c, err := module.Run(ctx, image, options...)
			if c == nil {
				return nil, err // not a nil pointer in an interface
			}
			return c.Container, err
		},
	})
	if err != nil {
		return err
	}
	s.server = c
	s.at(c.Addr())
	return c.Await(ctx, s.reach)
}
