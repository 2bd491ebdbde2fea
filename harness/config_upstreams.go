package harness

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// upstreamName is a name that goes as it is into the path of a URL, as its own segment.
var upstreamName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// envName is a name that each shell can set (POSIX, section 8.1).
var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// ownEnv are the variables that a replay sets itself.
var ownEnv = []string{"PORT", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}

func (r *configReader) upstreams(n strictyaml.Node) {
	names, envs := map[string]string{}, map[string]string{}
	n.Entries(func(key, value strictyaml.Node) {
		u := UpstreamConfig{Name: key.Value, Position: key.Position()}
		r.checkUpstreamName(key, names)
		value.Object(strictyaml.Fields{
			"env":    func(n strictyaml.Node) { readUpstreamEnv(n, &u, envs) },
			"target": func(n strictyaml.Node) { readTarget(n, &u.Target) },
		}, "env")
		r.Upstreams = append(r.Upstreams, u)
	})
	slices.SortFunc(r.Upstreams, func(a, b UpstreamConfig) int { return strings.Compare(a.Name, b.Name) })
}

// checkUpstreamName remembers the names by their lower case.
func (r *configReader) checkUpstreamName(key strictyaml.Node, names map[string]string) {
	if !upstreamName.MatchString(key.Value) {
		key.Problemf("upstream name %q cannot be part of a URL; use letters, digits, \"-\", \"_\" and \".\"", key.Value)
		return
	}
	lower := strings.ToLower(key.Value)
	if other, taken := names[lower]; taken {
		key.Problemf("upstream name %q differs from %q in case alone; rename one, so that calls and rules name it for certain", key.Value, other)
		return
	}
	names[lower] = key.Value
}

// readUpstreamEnv remembers the upstreams by their variables.
func readUpstreamEnv(n strictyaml.Node, u *UpstreamConfig, envs map[string]string) {
	if !n.String(&u.Env) {
		return
	}
	other, taken := envs[u.Env]
	switch {
	case !envName.MatchString(u.Env):
		n.Problemf("%q is no name for an environment variable; use letters, digits and \"_\", such as USERS_URL", u.Env)
	case slices.Contains(ownEnv, strings.ToUpper(u.Env)):
		n.Problemf("%s is set by replay itself; take another variable", u.Env)
	case taken:
		n.Problemf("%s is also the variable of upstream %q, and can name one address only; give each its own", u.Env, other)
	default:
		envs[u.Env] = u.Name
	}
}

// readTarget reads where a service is. A password is not shown.
func readTarget(n strictyaml.Node, into *string) {
	var s string
	if !n.String(&s) {
		return
	}
	u, err := url.Parse(s)
	switch {
	case err == nil && u.User != nil:
		n.Problemf("the target holds a user or password, which is not sent; take it out, and let legacy send its credentials itself")
	case strings.Contains(s, "@") && (err != nil || u.Host == ""):
		n.Problemf("the target is not an http URL; write it as https://HOST/PATH, without user and password")
	case err == nil && u.Host == "" && u.Scheme != "http" && u.Scheme != "https":
		n.Problemf("%q has no scheme; write it as https://HOST/PATH or http://HOST:PORT/PATH", s)
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
		n.Problemf("%q is not an http URL; write it as https://HOST/PATH or http://HOST:PORT/PATH", s)
	case strings.Contains(s, "#"):
		n.Problemf("%q has a fragment, which is never sent; take out the # and what follows", s)
	default:
		*into = s
	}
}
