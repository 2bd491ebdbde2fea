package harness

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/internal/container"
	"github.com/sidebyside/replay/harness/store/postgres"
	"github.com/sidebyside/replay/harness/store/storetest"
	"github.com/sidebyside/replay/harness/store/storetest/testimage"
)

// testImage is this test binary as an image.
func testImage(t *testing.T) string {
	t.Helper()
	testimage.Docker(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	root := testimage.NewRoot().Libraries(exe).At("/server", exe)
	return testimage.Make(t, "replay-test-server", root, `CMD ["/server"]`, "ENV HARNESS_TEST_HOST=0.0.0.0")
}

// inImage has an implementation of testConfig run in a container.
func inImage(t *testing.T, i *Implementation, network string) {
	t.Helper()
	i.Command, i.Image, i.Pull, i.Network = nil, testImage(t), "never", network
}

// nothingLeft checks at the end that no container, network, process or folder is
// there that was not there before.
func nothingLeft(t *testing.T) {
	t.Helper()
	docker := exec.Command("docker", "info").Run() == nil // without one there are no containers
	folders := storetest.TempDir(t)
	before := left(t, docker, folders)
	t.Cleanup(func() {
		if diff := cmp.Diff(before, left(t, docker, folders)); diff != "" {
			t.Errorf("left behind (-before +after):\n%s", diff)
		}
	})
}

func left(t *testing.T, docker bool, folders func(*testing.T) []string) []string {
	t.Helper()
	all := children(t)
	if docker {
		all = append(all, testimage.Left(t)...)
	}
	for _, name := range folders(t) {
		if strings.HasPrefix(name, "replay-") {
			all = append(all, "folder "+name)
		}
	}
	return all
}

// children are the processes that this one started and that are there.
func children(t *testing.T) []string {
	t.Helper()
	var all []string
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range stats {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // it ended
		}
		end := strings.LastIndex(string(data), ")")
		if fields := strings.Fields(string(data[end+1:])); fields[1] == fmt.Sprint(os.Getpid()) {
			all = append(all, "process "+string(data[strings.Index(string(data), "("):end+1]))
		}
	}
	return all
}

// TestImageReaches: a container reaches the stores and stubs of its lane, by each
// kind of network, and nothing is left of it.
func TestImageReaches(t *testing.T) {
	_, err := postgres.Installed()
	storetest.Need(t, "postgres", err == nil, fmt.Sprint(err))
	nothingLeft(t)
	cs, err := corpus.Parse("grade/a", []byte(gradeCase))
	if err != nil {
		t.Fatal(err)
	}
	schema := filepath.Join(t.TempDir(), "schema.sql")
	sql := "CREATE TABLE grades (id serial PRIMARY KEY, score numeric(5,2)); CREATE TABLE log (grade_id int);"
	if err := os.WriteFile(schema, []byte(sql), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		reason, network, candidate string
		want                       []string
	}{
		{"its own network", "", "grades", nil},
		{"the default bridge", "bridge", "grades", nil},
		{"the machine's own network", "host", "grades", nil},
		{"a difference is one in a container too", "", "grades-stale", []string{"cache key/grade:42: missing"}},
	} {
		t.Run(row.reason, func(t *testing.T) {
			c := testConfig(t, "grades", row.candidate)
			inImage(t, c.Candidate, row.network)
			if row.want == nil {
				inImage(t, c.Legacy, row.network)
			}
			if row.network == networkHost {
				c.Candidate.Env["HARNESS_TEST_HOST"], c.Legacy.Env["HARNESS_TEST_HOST"] = "127.0.0.1", "127.0.0.1"
			}
			c.Lanes = 2
			c.Stores = []StoreConfig{
				{Name: "cache", Kind: "redis", Driver: "embedded", ServerConfig: ServerConfig{opener: &opener{}}},
				{Name: "db", Kind: "postgres", Driver: "local", ServerConfig: ServerConfig{Schema: []string{schema}, opener: &opener{}}},
			}
			cases := &corpus.Corpus{SHA256: "0"}
			for n := range 6 {
				again := *cs
				again.Name = fmt.Sprint("grade/", n)
				cases.Cases = append(cases.Cases, &again)
			}
			rep, err := Run(t.Context(), c, cases, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, res := range rep.Results {
				var have []string
				for _, d := range res.Differences {
					have = append(have, fmt.Sprintf("%s %s: %s", d.Store, d.Path, d.Kind))
				}
				if diff := cmp.Diff(row.want, have); diff != "" || (res.Verdict == Equivalent) != (row.want == nil) {
					t.Errorf("%s: %s %s (-want +got):\n%s", res.Case, res.Verdict, res.Message, diff)
				}
			}
		})
	}
}

// TestImageFaults: what goes wrong in a container is told as for a process.
func TestImageFaults(t *testing.T) {
	nothingLeft(t)
	t.Run("it exits in a case", func(t *testing.T) {
		c := testConfig(t, "", "exits")
		c.Legacy = nil
		inImage(t, c.Candidate, "")
		rep, err := Run(t.Context(), c, testCorpus("a", "exits", "z"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"a": "equivalent", "exits": "errored", "z": "equivalent"}
		if diff := cmp.Diff(want, verdicts(rep)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, res := range rep.Results {
			if res.Case == "exits" && (!strings.Contains(res.Message, "exit code 3") || !strings.Contains(res.Message, "panic: out of chalk")) {
				t.Errorf("want exit code and log in %q", res.Message)
			}
		}
	})
	taken := listen(t, "127.0.0.1")
	for reason, row := range map[string]struct {
		change func(*Implementation)
		want   []string
	}{
		"it exits at once":     {func(i *Implementation) { i.Env["HARNESS_TEST_SERVER"] = "exit-at-start" }, []string{"start candidate: ", "cannot read settings.toml"}},
		"no such image":        {func(i *Implementation) { i.Image = "no/such:image" }, []string{`start candidate: image "no/such:image" is not on this machine`}},
		"no such network":      {func(i *Implementation) { i.Network = "no-such" }, []string{`look for network "no-such"`}},
		"no such program":      {func(i *Implementation) { i.Command = []string{"/no/such"} }, []string{"start candidate: run image", "/no/such"}},
		"it listens elsewhere": {func(i *Implementation) { i.Env["HARNESS_TEST_HOST"] = "127.0.0.1"; i.ReadyTimeout = 2e9 }, []string{"not ready within 2s", "check endpoint"}},
		"a port that is taken": {func(i *Implementation) { i.Endpoint = "http://" + taken + "/graphql" }, []string{"listen for containers", "write ${PORT} in the endpoint"}},
	} {
		t.Run(reason, func(t *testing.T) {
			c := testConfig(t, "", "x")
			c.Legacy = nil
			inImage(t, c.Candidate, "")
			row.change(c.Candidate)
			_, err := Run(t.Context(), c, testCorpus("a"), Options{})
			if _, ok := errors.AsType[*StartError](err); !ok {
				t.Fatalf("want a StartError, have %v", err)
			}
			for _, want := range row.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("want %q in %v", want, err)
				}
			}
		})
	}
}

// listen accepts connections at an address until the end of the test.
func listen(t *testing.T, host string) string {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Skipf("no listener at %s: %v", host, err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

// TestImageIsolated: in its own network a container reaches its stores and stubs,
// and no other machine, for which another container stands.
func TestImageIsolated(t *testing.T) {
	testimage.Docker(t)
	nothingLeft(t)
	other, err := container.Start(t.Context(), container.Options{
		Name: "other", Image: testimage.Redis(t), Port: 6379, Command: []string{"redis-server", "--protected-mode", "no"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close() //nolint:errcheck // nothingLeft looks
	ip, err := exec.Command("docker", "inspect", "--format", "{{.NetworkSettings.IPAddress}}", other.ID()).Output()
	if err != nil {
		t.Fatal(err)
	}
	for network, want := range map[string]string{"": "equivalent", "bridge": "divergent"} {
		c := testConfig(t, "", "dials")
		c.Legacy = nil
		inImage(t, c.Candidate, network)
		c.Candidate.Env["HARNESS_TEST_DIAL"] = net.JoinHostPort(strings.TrimSpace(string(ip)), "6379")
		rep, err := Run(t.Context(), c, testCorpus("dials"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if have := verdicts(rep)["dials"]; have != want {
			t.Errorf("network %q: %s, want %s", network, have, want)
		}
	}
}

const composeFile = `
services:
  db: {image: "postgres:17", volumes: ["data:/var/lib/postgresql/data"]}
  api:
    image: IMAGE
    command: ["/server"]
    pull_policy: never
    environment: {HARNESS_TEST_SERVER: "${MODE}", HARNESS_TEST_HOST: 0.0.0.0, DATABASE_URL: "postgres://db/app"}
    ports: ["8080:9999"]
    volumes: ["./settings:/settings:ro", /cache]
    tmpfs: /run
    depends_on: [db]
    restart: always
  built: {build: .}
  kept: {image: x, volumes: ["data:/data"]}
  strong: {image: x, privileged: true, cap_add: [NET_ADMIN]}
volumes: {data: {}}
`

// TestCompose: a service of a Compose file is an implementation.
func TestCompose(t *testing.T) {
	nothingLeft(t)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"compose.yaml": strings.ReplaceAll(composeFile, "IMAGE", testImage(t)),
		".env":         "MODE=differs\n",
		"settings":     "x",
		"replay.yaml": `version: 1
implementations:
  candidate:
    compose: {file: compose.yaml, service: api}
    endpoint: "http://127.0.0.1:${PORT}/graphql"
    ready: "http://127.0.0.1:${PORT}/healthz"
stores: {cache: {kind: redis}}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := LoadRecordConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	i := c.Candidate
	want := []string{"9999", dir + "/settings:/settings:ro", "never", "differs", "postgres://db/app", "/cache", "/run"}
	have := []string{fmt.Sprint(i.Port), strings.Join(i.Mounts, " "), i.Pull, i.env["HARNESS_TEST_SERVER"], i.env["DATABASE_URL"]}
	if diff := cmp.Diff(want, append(have, slices.Sorted(maps.Keys(i.tmpfs))...)); diff != "" {
		t.Errorf("service (-want +got):\n%s", diff)
	}
	c.Lanes = 1
	rep, err := Run(t.Context(), c, testCorpus("a", "differs"), Options{Recorded: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"a": "equivalent", "differs": "divergent"}, verdicts(rep)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for service, want := range map[string]string{
		"ap":     `there is no such service; did you mean "api"?`,
		"built":  "it has no image; name the one that it is built as",
		"kept":   "keeps what a case wrote for the next one",
		"strong": "cap_add, privileged: not supported here",
	} {
		s, err := loadService(filepath.Join(dir, "compose.yaml"), service)
		if err == nil {
			err = new(Implementation).use(s)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, have %v", service, want, err)
		}
	}
}
