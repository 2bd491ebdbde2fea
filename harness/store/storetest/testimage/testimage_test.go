package testimage_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/sidebyside/replay/harness/store/storetest/testimage"
)

// TestPrograms: what is in the images runs there.
func TestPrograms(t *testing.T) {
	for _, row := range []struct {
		image func(testing.TB) string
		args  []string
		want  string
	}{
		{testimage.Postgres, []string{"postgres", "--version"}, "postgres (PostgreSQL) "},
		{testimage.Redis, []string{"redis-server", "--version"}, "Redis server v="},
		{testimage.Datastore, []string{"--help"}, "--listen"},
	} {
		image := row.image(t)
		args := append([]string{"run", "--rm", "--network=none", "--tmpfs=/var/lib/postgresql", "-e", "POSTGRES_PASSWORD=x", image}, row.args...)
		out, err := exec.Command("docker", args...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), row.want) {
			t.Errorf("%s: want %q, have %v: %s", image, row.want, err, out)
		}
		if again := row.image(t); again != image {
			t.Errorf("made %s again as %s", image, again)
		}
	}
}
