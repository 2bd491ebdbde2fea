package harness

import (
	"fmt"
	"strconv"
	"strings"
)

// shardVariables are what a system sets in each of several parallel jobs.
type shardVariables struct {
	system, index, count string
	from                 int // the first index
}

// CountVariable says of how many parts a run is one, for Kubernetes: an indexed
// Job tells its pods which one they are, but not of how many.
const CountVariable = "REPLAY_SHARD_COUNT"

func knownShardVariables() []shardVariables {
	return []shardVariables{
		// https://docs.gitlab.com/ci/variables/predefined_variables
		{"GitLab", "CI_NODE_INDEX", "CI_NODE_TOTAL", 1},
		// https://buildkite.com/docs/pipelines/configure/environment-variables
		{"Buildkite", "BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0},
		// https://circleci.com/docs/variables
		{"CircleCI", "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0},
		// https://kubernetes.io/docs/concepts/workloads/controllers/job (completion mode Indexed)
		{"Kubernetes", "JOB_COMPLETION_INDEX", CountVariable, 0},
	}
}

// ShardOf reads which shard a job is from the variables of GitLab, Buildkite,
// CircleCI or of a Kubernetes indexed Job. Variables of none of them, of several,
// or half of them are an error: a wrong guess would leave cases out.
func ShardOf(getenv func(string) string) (Shard, error) {
	var found []Shard
	var names []string
	for _, v := range knownShardVariables() {
		s, err := v.read(getenv)
		if err != nil {
			return Shard{}, err
		}
		if s.Of > 0 {
			found = append(found, s)
			names = append(names, v.system)
		}
	}
	switch len(found) {
	case 0:
		return Shard{}, fmt.Errorf("none of the variables of %s is set; say I/N", systems())
	case 1:
		return found[0], nil
	}
	return Shard{}, fmt.Errorf("the variables of %s are set, and could mean different parts; say I/N", strings.Join(names, " and "))
}

// read has Of 0 where the system is not the one that runs.
func (v shardVariables) read(getenv func(string) string) (Shard, error) {
	index, count := getenv(v.index), getenv(v.count)
	switch {
	case index == "" && (count == "" || count == "1" || v.count == CountVariable):
		return Shard{}, nil // GitLab says 1 in jobs that are not parallel
	case index == "":
		return Shard{}, fmt.Errorf("%s=%s is set without %s; say I/N", v.count, count, v.index)
	case count == "":
		return Shard{}, fmt.Errorf("%s=%s is set without %s, which says of how many; set it, or say I/N", v.index, index, v.count)
	}
	i, err1 := strconv.Atoi(index)
	n, err2 := strconv.Atoi(count)
	if i += 1 - v.from; err1 != nil || err2 != nil || i < 1 || i > n {
		return Shard{}, fmt.Errorf("%s=%s and %s=%s name no part; say I/N", v.index, index, v.count, count)
	}
	return Shard{Index: i, Of: n, By: v.index}, nil
}

// ParallelJob names the variable by which a job seems to be one of several; ""
// where none does. A run that is not told to heed it runs every case.
func ParallelJob(getenv func(string) string) string {
	if s, err := ShardOf(getenv); err == nil && s.Of > 1 {
		return s.By
	}
	return ""
}

func systems() string {
	var names []string
	for _, v := range knownShardVariables() {
		names = append(names, v.system)
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}
