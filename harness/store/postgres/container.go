package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/testcontainers/testcontainers-go"
	module "github.com/testcontainers/testcontainers-go/modules/postgres"

	"github.com/sidebyside/replay/harness/internal/container"
)

// startContainer runs a private server of an image. Its data lie in memory, so
// that nothing of them is on disk.
func startContainer(ctx context.Context, o Options) (_ machine, url string, err error) {
	image := o.Image
	if image == "" {
		image = DefaultImage
	}
	c, err := container.Start(ctx, container.Options{
		Name: "postgres", Image: image, Pull: container.Pull(o.Pull), Port: 5432,
		Command: append([]string{"postgres"}, settings()...),
		Env: map[string]string{
			"PGDATA": "/replay/data", "LC_ALL": "C", "TZ": "UTC",
			"POSTGRES_HOST_AUTH_METHOD": "trust", // a password costs milliseconds per connection
			"POSTGRES_INITDB_ARGS":      "--encoding=UTF8 --locale=C --no-sync",
		},
		Tmpfs: map[string]string{"/replay": "rw,mode=1777"},
		Run: func(ctx context.Context, image string, options ...testcontainers.ContainerCustomizer) (testcontainers.Container, error) {
			options = append(options, module.WithUsername(superuser), module.WithPassword(superuser), module.WithDatabase("postgres"))
			c, err := module.Run(ctx, image, options...)
			if c == nil {
				return nil, err // not a nil pointer in an interface
			}
			return c.Container, err
		},
	})
	if err != nil {
		return nil, "", err
	}
	url = fmt.Sprintf("postgres://%s:%s@%s/postgres?sslmode=disable", superuser, superuser, c.Addr())
	if err := c.Await(ctx, func(ctx context.Context) error { return reach(ctx, url) }); err != nil {
		return nil, "", errors.Join(err, c.Close())
	}
	return c, url, nil
}
