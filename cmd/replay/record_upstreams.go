package main

import (
	"fmt"
	"net/url"

	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/recorder"
)

// openUpstreams stands between legacy and the services that it calls; nil where
// none are configured. The configuration gets the addresses for legacy.
func openUpstreams(c *harness.Config) (*recorder.Upstreams, error) {
	if len(c.Upstreams) == 0 {
		return nil, nil
	}
	targets := map[string]*url.URL{}
	for _, u := range c.Upstreams {
		if u.Target == "" {
			return nil, usage(fmt.Errorf("%s: upstream %q has no target; add where the service is, so that legacy can reach it while it is recorded", u.Position, u.Name))
		}
		target, err := url.Parse(u.Target)
		if err != nil {
			return nil, usage(fmt.Errorf("%s: target of upstream %q: %w", u.Position, u.Name, err))
		}
		targets[u.Name] = target
	}
	ups, err := recorder.NewUpstreams(targets)
	if err != nil {
		return nil, incomplete(err)
	}
	for i := range c.Upstreams {
		c.Upstreams[i].Address = ups.URL(c.Upstreams[i].Name)
	}
	return ups, nil
}
