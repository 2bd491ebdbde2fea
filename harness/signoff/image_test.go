package signoff

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sidebyside/replay/harness/store/storetest/testimage"
)

// TestImageIdentity wants the content of an image to count, not its name, and
// what is mounted.
func TestImageIdentity(t *testing.T) {
	testimage.Docker(t)
	image := func(content string) string {
		file := filepath.Join(t.TempDir(), "program")
		write(t, file, content)
		return testimage.Make(t, "replay-test-signoff-"+content, testimage.NewRoot().At("/program", file), `CMD ["/program"]`)
	}
	of := func(name, more string) string {
		t.Helper()
		c, cases := configured(t, `image: "`+name+`", pull: never`+more, "", map[string]string{"rules/a.txt": "a"})
		before := identity(t, c, cases)
		if more != "" {
			write(t, filepath.Join(c.Dir, "rules", "a.txt"), "b")
			if identity(t, c, cases) == before {
				t.Error("what is mounted does not count")
			}
			if err := os.Remove(filepath.Join(c.Dir, "rules", "a.txt")); err != nil {
				t.Fatal(err)
			}
		}
		return before
	}
	one, two := image("one"), image("two")
	first, again := of(one, ""), of(one, "")
	if first != again {
		t.Error("two digests of one image")
	}
	if first == of(two, "") {
		t.Error("another image has the same digest")
	}
	of(one, `, mounts: ["rules:/rules:ro"]`)
}
