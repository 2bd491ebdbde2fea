package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
)

// Pull says when an image is fetched from its registry.
type Pull string

// Pull policies. The zero value means PullMissing.
const (
	PullMissing Pull = "missing" // unless it is on the machine
	PullAlways  Pull = "always"
	PullNever   Pull = "never"
)

// prepare sets what testcontainers-go reads once per process: its reaper is
// replaced by our guard, and its log is not ours to write.
var prepare = sync.OnceFunc(func() {
	if os.Getenv("TESTCONTAINERS_RYUK_DISABLED") == "" {
		_ = os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true") // fails for malformed names alone
	}
	log.SetDefault(log.NewNoopLogger()) //nolint:forbidigo // it is silenced
})

// connect reaches the daemon that testcontainers-go uses: DOCKER_HOST, the
// context of the docker command, or the usual sockets.
func connect(ctx context.Context) (_ *testcontainers.DockerClient, err error) {
	prepare()
	defer func() { // what it does where it finds no daemon
		if p := recover(); p != nil {
			err = noDaemon(fmt.Errorf("%v", p))
		}
	}()
	c, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return nil, noDaemon(err)
	}
	if _, err := c.Ping(ctx, client.PingOptions{}); err != nil {
		_ = c.Close()
		return nil, noDaemon(err)
	}
	return c, nil
}

func noDaemon(err error) error {
	return fmt.Errorf("no Docker daemon answers: %s; start one, or name it by DOCKER_HOST", firstLine(err))
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// Available is nil where containers can run.
func Available(ctx context.Context) error {
	c, err := connect(ctx)
	if err != nil {
		return err
	}
	return c.Close()
}

// fetched are the images that were pulled because they always are: once is enough
// for a process, so that all lanes run the same one.
var fetched sync.Map

// Provide has an image on the machine, as the policy says. It asks the registry
// once: testcontainers-go would go on asking one that cannot be reached.
func Provide(ctx context.Context, image string, policy Pull) error {
	c, err := connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // of a connection
	_, err = c.ImageInspect(ctx, image)
	_, known := fetched.Load(image)
	switch {
	case err == nil && (policy != PullAlways || known):
		return nil
	case err != nil && !errdefs.IsNotFound(err):
		return fmt.Errorf("look for image %q: %w", image, err)
	case policy == PullNever:
		return fmt.Errorf("image %q is not on this machine, and pull is %q: build or load it, or write pull: %s", image, PullNever, PullMissing)
	}
	if err := pull(ctx, c, image); err != nil {
		return fmt.Errorf("pull image %q: %w; build or load it on this machine and write pull: %s, or check its name", image, err, PullNever)
	}
	fetched.Store(image, true)
	return nil
}

func pull(ctx context.Context, c *testcontainers.DockerClient, image string) error {
	var options client.ImagePullOptions
	if _, auth, err := testcontainers.DockerImageAuth(ctx, image); err == nil {
		if encoded, err := authconfig.Encode(auth); err == nil {
			options.RegistryAuth = encoded
		}
	}
	answer, err := c.ImagePull(ctx, image, options)
	if err != nil {
		return err
	}
	return errors.Join(answer.Wait(ctx), answer.Close())
}
