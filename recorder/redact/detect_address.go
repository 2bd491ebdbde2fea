package redact

import (
	"net/netip"
	"strings"
)

// findAddresses finds IPv4 and IPv6 addresses but those that mean nobody:
// unspecified, loopback, broadcast.
func findAddresses(v string) []span {
	var found []span
	add := func(start, end int) {
		ip, err := netip.ParseAddr(v[start:end])
		if err != nil {
			return
		}
		if somebody(ip) {
			found = append(found, span{start: start, end: end, as: Address})
		}
	}
	if strings.Count(v, ":") > 1 {
		findV6(v, add)
	}
	if strings.Count(v, ".") > 2 {
		findV4(v, add) // also within some of the others, which were there first
	}
	return beside[span](nil, found)
}

func somebody(ip netip.Addr) bool {
	nowhere := ip.Is4() && ip.As4()[0] == 0 // this network (RFC 1122)
	return !ip.IsUnspecified() && !ip.IsLoopback() && !nowhere && ip.String() != "255.255.255.255"
}

// findV4 tries the four numbers of an address, whatever stands around them that
// is not part of a longer number or word.
func findV4(v string, try func(start, end int)) {
	runs(v, func(b byte) bool { return '0' <= b && b <= '9' || b == '.' }, func(start, end int) {
		for end > start && v[end-1] == '.' {
			end--
		}
		for start < end && v[start] == '.' {
			start++
		}
		before, after := byte(' '), byte(' ')
		if start > 0 {
			before = v[start-1]
		}
		if end < len(v) {
			after = v[end]
		}
		if alphanumeric(before) || alphanumeric(after) {
			return
		}
		// Browsers say so which version they are: Chrome/120.0.0.0.
		if before == '/' && start > 1 && alphanumeric(v[start-2]) && strings.HasSuffix(v[start:end], ".0.0.0") {
			return
		}
		// Versions are joined to names, 1.2.3.4-rc; addresses seldom have no number
		// of three digits.
		if (before == '-' || before == '_' || after == '-' || after == '_') && !hasLong(v[start:end]) {
			return
		}
		try(start, end)
	})
}

func hasLong(v string) bool {
	for part := range strings.SplitSeq(v, ".") {
		if len(part) == 3 {
			return true
		}
	}
	return false
}

// findV6 tries what is made of hexadecimal digits and colons.
func findV6(v string, try func(start, end int)) {
	runs(v, addressByte, func(start, end int) {
		if until := start + len(strings.TrimRight(v[start:end], ".:")); strings.HasPrefix(v[until:end], "::") {
			end = until + len("::")
		} else {
			end = until
		}
		if start < end && v[start] == ':' && !strings.HasPrefix(v[start:end], "::") {
			start++ // behind a name, ip:2a0a::53
		}
		if start > 0 && alphanumeric(v[start-1]) || end < len(v) && alphanumeric(v[end]) || !likeV6(v[start:end]) {
			return
		}
		try(start, end)
	})
}

// likeV6 tells addresses from times and qualified names, std::vector and a::b:
// with two colons, the first number has four digits.
func likeV6(v string) bool {
	switch strings.Count(v, ":") {
	case 0, 1:
		return false
	case 2:
		return strings.Index(v, "::") == 4 && strings.ContainsAny(v, "0123456789")
	}
	return true
}

func addressByte(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F' || b == '.' || b == ':'
}
