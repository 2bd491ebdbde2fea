package datastore

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/sidebyside/replay/harness/internal/container"
	"github.com/sidebyside/replay/harness/ports"
	"github.com/sidebyside/replay/harness/store/internal/server"
)

// ErrRefused is the reason why an address is refused before anything is sent.
var ErrRefused = server.ErrRefused

// Drivers of the store that run an emulator elsewhere; Open runs the embedded one.
const (
	Container = "container" // an emulator of an image
	Gcloud    = "gcloud"    // the emulator of the installed gcloud command
)

// Modes of the official emulators.
const (
	// ModeFirestore is Firestore in Datastore mode, the nearest to the service.
	ModeFirestore = "firestore"
	// ModeDatastore is the emulator of the former Datastore.
	ModeDatastore = "datastore"
)

// DefaultImage is that of the driver Container: the official emulators.
const DefaultImage = "gcr.io/google.com/cloudsdktool/google-cloud-cli:emulators"

// officialImages is what the names of images with the gcloud command have in
// common. Others begin an emulator at port 8081 by themselves.
const officialImages = "google.com/cloudsdktool/"

// RemoteOptions say which emulator is run.
type RemoteOptions struct {
	Options
	Driver string
	// Image is that of a container, DefaultImage when empty; Pull says when it is
	// fetched: "missing" (when empty), "always" or "never".
	Image, Pull string
	// Mode is that of an official emulator, ModeFirestore when empty.
	Mode string
}

// OpenRemote starts a private emulator, empty.
func OpenRemote(ctx context.Context, o RemoteOptions) (*Remote, error) {
	if o.Project == "" {
		return nil, fmt.Errorf("open datastore: no project: name one, such as %q", "demo")
	}
	var m machine
	var target string
	var err error
	switch o.Driver {
	case Container:
		m, target, err = o.container(ctx)
	case Gcloud:
		m, target, err = o.gcloud(ctx)
	default:
		err = fmt.Errorf("unknown driver %q; use %q or %q", o.Driver, Container, Gcloud)
	}
	if err != nil {
		return nil, fmt.Errorf("open datastore: %w", err)
	}
	r, err := newRemote(o.Options, m, target)
	if err != nil {
		return nil, fmt.Errorf("open datastore: %w", err)
	}
	return r, nil
}

// command is how gcloud starts an emulator at an address.
func (o RemoteOptions) command(at string) ([]string, error) {
	switch o.Mode {
	case ModeDatastore:
		return []string{
			"gcloud", "beta", "emulators", "datastore", "start", "--project=" + o.Project, "--host-port=" + at,
			"--no-store-on-disk", "--consistency=1.0", "--quiet", // weaker consistency is not a bug of anybody's port
		}, nil
	case ModeFirestore, "":
		return []string{"gcloud", "emulators", "firestore", "start", "--database-mode=datastore-mode", "--host-port=" + at, "--quiet"}, nil
	}
	return nil, fmt.Errorf("unknown mode %q; use %q or %q", o.Mode, ModeFirestore, ModeDatastore)
}

const emulatorPort = 8081

func (o RemoteOptions) container(ctx context.Context) (machine, string, error) {
	image := o.Image
	if image == "" {
		image = DefaultImage
	}
	options := container.Options{Name: "datastore", Image: image, Pull: container.Pull(o.Pull), Port: emulatorPort}
	if strings.Contains(image, officialImages) {
		var err error
		if options.Command, err = o.command("0.0.0.0:" + strconv.Itoa(emulatorPort)); err != nil {
			return nil, "", err
		}
	}
	c, err := container.Start(ctx, options)
	if err != nil {
		return nil, "", err
	}
	if err := c.Await(ctx, answers(c.Addr())); err != nil {
		return nil, "", errors.Join(err, c.Close())
	}
	at := c.Addr()
	return c, at, nil
}

// gcloudTimeout bounds the start of gcloud, which starts Java in turn.
const gcloudTimeout = 90 * time.Second

func (o RemoteOptions) gcloud(ctx context.Context) (machine, string, error) {
	if _, err := exec.LookPath("gcloud"); err != nil {
		return nil, "", fmt.Errorf("driver %q needs the gcloud command with the component cloud-%s-emulator: install it, or use driver %q", Gcloud, ModeFirestore, "embedded")
	}
	port, err := ports.Free()
	if err != nil {
		return nil, "", err
	}
	at := "127.0.0.1:" + strconv.Itoa(port)
	command, err := o.command(at)
	if err != nil {
		return nil, "", err
	}
	folder, err := os.MkdirTemp("", "replay-datastore-")
	if err != nil {
		return nil, "", err
	}
	if o.Mode == ModeDatastore {
		command = append(command, "--data-dir="+folder)
	}
	s, err := server.Start(ctx, server.Options{
		Name: "gcloud", Command: command, Folder: folder, Children: true, Timeout: gcloudTimeout, Ready: answers(at),
		Env: []string{
			"CLOUDSDK_CONFIG=" + folder, "CLOUDSDK_CORE_DISABLE_PROMPTS=1", "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=1",
			"CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK=1",
		},
	})
	if err != nil {
		return nil, "", err
	}
	return s, at, nil
}

// answers asks an emulator for a sign of life.
func answers(addr string) func(context.Context) error {
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/", http.NoBody)
		if err != nil {
			return err
		}
		resp, err := direct.Do(req)
		if err != nil {
			return err
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("it answers %s", resp.Status)
		}
		return nil
	}
}
