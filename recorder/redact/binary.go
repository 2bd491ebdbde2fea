package redact

import (
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// inBinary looks into the texts of bytes that are no text: of a message of
// protocol buffers, as cursors and keys of a datastore are, each, so that it stays
// one; of anything else, the e-mail addresses. It reports whether there was one.
func inBinary(v string, f func(string) string) (string, bool) {
	if out, some, ok := inMessage([]byte(v), f, 0); ok && some {
		return string(out), true
	}
	out := inBytes(v, f)
	return out, out != v
}

// inBytes edits the addresses in bytes, and nothing else: bytes can look like
// anything.
func inBytes(v string, f func(string) string) string {
	if !strings.Contains(v, "@") {
		return v
	}
	var edits []edit
	runs(v, func(b byte) bool { return ' ' < b && b < 0x7f }, func(start, end int) {
		for _, s := range findEmails(v[start:end]) {
			if address := v[start+s.start : start+s.end]; plausible(address) {
				edits = append(edits, edit{start + s.start, start + s.end, f(address)})
			}
		}
	})
	return apply(v, edits)
}

// plausible tells an address that somebody wrote from bytes that happen to look so.
func plausible(address string) bool {
	local, domain, _ := strings.Cut(address, "@")
	return len(local) > 1 && len(domain) > 4 && !strings.Contains(domain, "@")
}

// inMessage looks into the texts of a message of protocol buffers, of which only
// the wire format is known. It reports whether there was a text, and whether it is
// a message.
func inMessage(data []byte, f func(string) string, depth int) (out []byte, some, ok bool) {
	const deepest = 8
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 || number > 1<<12 || depth > deepest {
			return nil, false, false
		}
		out = append(out, data[:n]...)
		data = data[n:]
		if kind == protowire.StartGroupType || kind == protowire.EndGroupType {
			continue // what is within follows as fields do
		}
		if n = protowire.ConsumeFieldValue(number, kind, data); n < 0 {
			return nil, false, false
		}
		if kind != protowire.BytesType {
			out, data = append(out, data[:n]...), data[n:]
			continue
		}
		value, _ := protowire.ConsumeBytes(data)
		data = data[n:]
		if text := string(value); readable(text) {
			value, some = []byte(f(text)), true
		} else if inner, texts, is := inMessage(value, f, depth+1); is && texts {
			value, some = inner, true
		} else {
			value = []byte(inBytes(text, f))
		}
		out = protowire.AppendBytes(out, value)
	}
	return out, some, true
}
