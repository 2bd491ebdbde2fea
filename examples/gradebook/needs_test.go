package gradebook_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sidebyside/replay/harness/store/storetest"
)

// programs holds the built commands by name.
var programs string

func TestMain(m *testing.M) {
	os.Exit(runMain(m))
}

func runMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "gradebook")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	programs = dir
	build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./candidate", "./session")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // static, for an image of nothing else
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the example: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// python is Debian's.
const python = "/usr/bin/python3"

// need skips a test for want of installed programs: "python", "postgres". It fails
// where REPLAY_REQUIRE names them.
func need(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		why := map[string]func() string{"python": noPython, "postgres": noPostgres}[name]()
		storetest.Need(t, name, why == "", why)
	}
}

var noPython = sync.OnceValue(func() string {
	out, err := exec.Command(python, "-c", "import graphql, psycopg2, redis").CombinedOutput()
	if err != nil {
		return fmt.Sprintf("no Python with the packages of legacy (apt-get install python3-graphql-core python3-psycopg2 python3-redis): %v %s", err, lastLine(out))
	}
	return ""
})

func noPostgres() string {
	if _, err := exec.LookPath("initdb"); err == nil {
		return ""
	}
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) == 0 {
		return "no PostgreSQL is installed (apt-get install postgresql)"
	}
	return ""
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}
