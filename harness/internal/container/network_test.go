package container

import (
	"net/netip"
	"testing"

	api "github.com/moby/moby/api/types/network"
)

func TestGatewayOf(t *testing.T) {
	four, six := netip.MustParsePrefix("172.17.0.0/16"), netip.MustParsePrefix("fd00::/64")
	for _, tt := range []struct {
		config []api.IPAMConfig
		want   string
		reason string
	}{
		{[]api.IPAMConfig{{Subnet: four, Gateway: netip.MustParseAddr("172.17.0.9")}}, "172.17.0.9", "the daemon says it"},
		{[]api.IPAMConfig{{Subnet: six}, {Subnet: four}}, "172.17.0.1", "a daemon that has just made its bridge does not: the first address"},
		{[]api.IPAMConfig{{Subnet: six}}, "", "a network of IPv6 alone has none that is known"},
		{nil, "", "the host's own network has none"},
	} {
		if got := gatewayOf(tt.config); got != tt.want {
			t.Errorf("gateway %q, want %q: %s", got, tt.want, tt.reason)
		}
	}
}
