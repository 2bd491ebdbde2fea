package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// pipelines are the YAML examples of docs/ci.md by the file that their first line
// names.
func pipelines(t *testing.T) map[string]strictyaml.Node {
	t.Helper()
	page, err := os.ReadFile("../../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]strictyaml.Node{}
	for _, m := range regexp.MustCompile("(?s)\n```yaml\n# (\\S+)\n(.*?\n)```\n").FindAllStringSubmatch(string(page), -1) {
		doc, root := strictyaml.Parse(m[1], []byte(m[2]))
		if err := doc.Problems().Err(); err != nil {
			t.Fatal(err)
		}
		found[m[1]] = root
	}
	return found
}

// TestPipelines runs the examples of docs/ci.md as far as that goes without the
// vendor: what their jobs do in a shell, with the vendor's variables, two shards
// and the verdict.
func TestPipelines(t *testing.T) {
	service := newService(t)
	for _, p := range []struct {
		file string
		run  func(*testing.T, workspace, strictyaml.Node)
	}{
		{".github/workflows/conformance.yml", runGitHub},
		{".gitlab-ci.yml", runGitLab},
		{".buildkite/pipeline.yml", runBuildkite},
		{".circleci/config.yml", runCircleCI},
		{"job.yaml", runKubernetes},
	} {
		t.Run(p.file, func(t *testing.T) {
			root := pipelines(t)[p.file]
			if !root.Present() {
				t.Fatalf("docs/ci.md has no example of %s", p.file)
			}
			p.run(t, newWorkspace(t, service), root)
		})
	}
}

// newService is a directory with what a checkout has of the classroom: the
// configuration, a few cases of each field, and the programs, built already.
func newService(t *testing.T) string {
	t.Helper()
	dir, classroom := t.TempDir(), "../../examples/classroom"
	build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./legacy", "./candidate")
	build.Dir = classroom
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	copyFile(t, filepath.Join(classroom, "schema.graphql"), filepath.Join(dir, "schema.graphql"))
	folders, err := filepath.Glob(filepath.Join(classroom, "corpus", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files[:min(2, len(files))] {
			copyFile(t, file, filepath.Join(dir, "corpus", filepath.Base(folder), filepath.Base(file)))
		}
	}
	config, err := os.ReadFile(filepath.Join(classroom, "replay.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?m)^( *build|ledger): .*\n`).ReplaceAllString(string(config), "")
	text = strings.ReplaceAll(text, "${OUT}", dir)
	if err := os.WriteFile(filepath.Join(dir, "replay.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), os.WriteFile(to, data, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// workspace is a checkout in which a pipeline runs. replay is this program, other
// commands of a vendor do nothing.
type workspace struct{ dir, bin string }

func newWorkspace(t *testing.T, service string) workspace {
	t.Helper()
	w := workspace{dir: t.TempDir(), bin: t.TempDir()}
	for _, name := range []string{"replay.yaml", "schema.graphql", "corpus"} {
		if err := os.Symlink(filepath.Join(service, name), filepath.Join(w.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(w.bin, "replay")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.bin, "buildkite-agent"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return w
}

// sh runs the lines of a job as a vendor's shell does: it ends at the first that
// fails. The installation of replay is left out.
func (w workspace) sh(t *testing.T, script string, env ...string) string {
	t.Helper()
	script = strings.ReplaceAll(script, "go install github.com/sidebyside/replay/cmd/replay@v0.1.0", "true")
	cmd := exec.Command("sh", "-e", "-c", script)
	cmd.Dir = w.dir
	cmd.Env = append(os.Environ(), append(env, "PATH="+w.bin+string(os.PathListSeparator)+os.Getenv("PATH"))...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", script, err, out)
	}
	return string(out)
}

// wantVerdict wants the verdict on all cases, of two shards that each had a part.
func wantVerdict(t *testing.T, shards []string, verdict string) {
	t.Helper()
	for i, out := range shards {
		if !strings.Contains(out, fmt.Sprintf("shard %d of 2", i+1)) {
			t.Errorf("shard %d did not run as one:\n%s", i+1, out)
		}
	}
	total := regexp.MustCompile(`(?m)^\d+ cases in .*: \d+ equivalent$`)
	if !total.MatchString(verdict) || strings.Contains(verdict, "shard") {
		t.Errorf("no verdict on all cases:\n%s", verdict)
	}
}

func text(t *testing.T, n strictyaml.Node) string {
	t.Helper()
	if !n.Present() || !n.Scalar() {
		t.Fatal("the example lacks a part that is run")
	}
	return n.Value
}

// lines joins a list of commands.
func lines(t *testing.T, n strictyaml.Node) string {
	t.Helper()
	var list []string
	for _, item := range n.Content {
		list = append(list, text(t, n.Of(item)))
	}
	return strings.Join(list, "\n")
}

func runGitHub(t *testing.T, w workspace, root strictyaml.Node) {
	t.Helper()
	jobs := root.Child("jobs")
	expression := regexp.MustCompile(`\$\{\{ ([a-z.-]+) \}\}`)
	// runs are the steps of a job with a script, and what is in their env.
	runs := func(job string, context map[string]string) (script string, env []string) {
		steps := jobs.Child(job).Child("steps")
		for _, item := range steps.Content {
			step := steps.Of(item)
			if !step.Child("run").Present() {
				continue
			}
			script += text(t, step.Child("run")) + "\n"
			if e := step.Child("env"); e.Present() {
				e.Entries(func(key, value strictyaml.Node) {
					env = append(env, key.Value+"="+expression.ReplaceAllStringFunc(value.Value, func(s string) string {
						v, ok := context[expression.FindStringSubmatch(s)[1]]
						if !ok {
							t.Errorf("unknown expression %s", s)
						}
						return v
					}))
				})
			}
		}
		return script, env
	}
	summary := filepath.Join(t.TempDir(), "summary.md")
	vendor := []string{"GITHUB_ACTIONS=true", "GITHUB_WORKSPACE=" + w.dir, "GITHUB_STEP_SUMMARY=" + summary}
	var shards []string
	matrix := jobs.Child("replay").Child("strategy").Child("matrix").Child("shard")
	for _, item := range matrix.Content {
		script, env := runs("replay", map[string]string{"matrix.shard": item.Value, "strategy.job-total": fmt.Sprint(len(matrix.Content))})
		shards = append(shards, w.sh(t, script, append(env, vendor...)...))
	}
	script, env := runs("verdict", nil)
	wantVerdict(t, shards, w.sh(t, script, append(env, vendor...)...))
	wantFile(t, summary, "## replay passed: ")
	wantFile(t, filepath.Join(w.dir, "junit.xml"), "<testsuites name=\"replay\"")
	wantFile(t, filepath.Join(w.dir, "timings.json"), `"verdict": "equivalent"`)
}

func wantFile(t *testing.T, name, part string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil || !strings.Contains(string(data), part) {
		t.Errorf("%s: %v; %q is not in it", name, err, part)
	}
}

func runGitLab(t *testing.T, w workspace, root strictyaml.Node) {
	t.Helper()
	before := lines(t, root.Child("default").Child("before_script")) + "\n"
	job := root.Child("replay")
	var shards []string
	for i := 1; i <= 2; i++ {
		shards = append(shards, w.sh(t, before+lines(t, job.Child("script")),
			"GITLAB_CI=true", fmt.Sprintf("CI_NODE_INDEX=%d", i), "CI_NODE_TOTAL="+text(t, job.Child("parallel"))))
	}
	wantVerdict(t, shards, w.sh(t, before+lines(t, root.Child("verdict").Child("script")), "GITLAB_CI=true", "CI_NODE_TOTAL=1"))
	wantFile(t, filepath.Join(w.dir, "junit.xml"), "<testsuites name=\"replay\"")
}

func runBuildkite(t *testing.T, w workspace, root strictyaml.Node) {
	t.Helper()
	steps := root.Child("steps")
	// The agent takes $$ for a dollar sign when it uploads the pipeline.
	command := func(i int) string {
		return strings.ReplaceAll(text(t, steps.Of(steps.Content[i]).Child("command")), "$$", "$")
	}
	var shards []string
	for i := range 2 {
		shards = append(shards, w.sh(t, command(0), fmt.Sprintf("BUILDKITE_PARALLEL_JOB=%d", i),
			"BUILDKITE_PARALLEL_JOB_COUNT="+text(t, steps.Of(steps.Content[0]).Child("parallelism"))))
	}
	wantVerdict(t, shards, w.sh(t, command(2)))
}

func runCircleCI(t *testing.T, w workspace, root strictyaml.Node) {
	t.Helper()
	jobs := root.Child("jobs")
	script := func(job string) (all string) {
		steps := jobs.Child(job).Child("steps")
		for _, item := range steps.Content {
			if run := steps.Of(item).Child("run"); run.Present() {
				all += text(t, run) + "\n"
			}
		}
		return all
	}
	var shards []string
	for i := range 2 {
		shards = append(shards, w.sh(t, script("replay"), fmt.Sprintf("CIRCLE_NODE_INDEX=%d", i),
			"CIRCLE_NODE_TOTAL="+text(t, jobs.Child("replay").Child("parallelism"))))
	}
	wantVerdict(t, shards, w.sh(t, script("verdict")))
}

func runKubernetes(t *testing.T, w workspace, root strictyaml.Node) {
	t.Helper()
	spec := root.Child("spec")
	containers := spec.Child("template").Child("spec").Child("containers")
	container := containers.Of(containers.Content[0])
	env := container.Child("env")
	count := env.Of(env.Content[0])
	if name, n := text(t, count.Child("name")), text(t, count.Child("value")); name != "REPLAY_SHARD_COUNT" || n != text(t, spec.Child("completions")) {
		t.Errorf("%s=%s does not say the number of completions", name, n)
	}
	command := container.Child("command")
	script := strings.ReplaceAll(command.Content[2].Value, "/reports", w.dir)
	var shards []string
	for i := range 2 {
		shards = append(shards, w.sh(t, script, "REPLAY_SHARD_COUNT=2", fmt.Sprintf("JOB_COMPLETION_INDEX=%d", i)))
	}
	wantVerdict(t, shards, w.sh(t, "replay merge shard-*.json"))
}
