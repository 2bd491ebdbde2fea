package normalizers

import (
	"encoding/base64"
	"strings"
	"testing"

	"cloud.google.com/go/datastore"
	"github.com/google/go-cmp/cmp"
)

func TestPartsOfTexts(t *testing.T) {
	for _, test := range []struct {
		text   string
		want   string
		reason string
	}{
		{"assignment:5001000", "assignment 5001000", "words and numbers"},
		{"id5001000x", "id5001000x 5001000", "a number within a word"},
		{"https://x.test/a/5001000?e=12", "5001000 12", "short words are no ids, short numbers stay visible"},
		{"tok_AbC-12345", "tok_AbC-12345 AbC-12345 12345", "a token with signs of its own"},
		{"inv_11111111-1111-4111-8111-111111111111.", "inv_11111111-1111-4111-8111-111111111111 UUID:11111111-1111-4111-8111-111111111111", "a UUID behind a prefix"},
		{"11111111-1111-4111-8111-1111111111112", "11111111-1111-4111-8111-1111111111112 11111111 1111-4111-8111-1111111111112 1111 4111-8111-1111111111112 4111 8111-1111111111112 8111 1111111111112", "one digit too many is no UUID"},
		{"", "", "nothing"},
		{"äöü", "", "letters beyond ASCII are no part of ids"},
	} {
		var got []string
		eachPart(test.text, func(at int, part string, uuid bool) bool {
			if test.text[at:at+len(part)] != part {
				t.Errorf("%q: part %q does not stand at %d", test.text, part, at)
			}
			if uuid {
				part = "UUID:" + part
			}
			got = append(got, part)
			return false
		})
		if have := strings.Join(got, " "); have != test.want {
			t.Errorf("%q: %q, want %q: %s", test.text, have, test.want, test.reason)
		}
	}
}

func TestKeysInBase64AreRead(t *testing.T) {
	parent := datastore.IDKey("Class", 7, nil)
	child := datastore.IDKey("Assignment", 4503632010613782, parent)
	child.Namespace = "school"
	d := decodeText(child.Encode())
	if d == nil || !strings.Contains(d.text, `2{1="Class" 2=7} 2{1="Assignment" 2=4503632010613782}`) {
		t.Fatalf("read %+v", d)
	}
	// What ndb's urlsafe gives: the same key as a Reference with groups.
	reference := "\x6a\x04demo\x72\x0e\x0b\x12\x05Class\x18\xe8\xfb\xb1\x02\x0c"
	if d := decodeText(base64.RawURLEncoding.EncodeToString([]byte(reference))); d == nil || d.text != `13="demo" 14{1(2="Class" 3=5012968)}` {
		t.Errorf("read %+v", d)
	}
	if d := decodeText(base64.StdEncoding.EncodeToString([]byte("Assignment:42"))); d == nil || d.text != "Assignment:42" {
		t.Errorf("a Relay id: %+v", d)
	}
	if d := decodeText("Fractions and more"); d != nil {
		t.Errorf("a plain text: %+v", d)
	}
}

// FuzzWire: what is spelled alike is alike.
func FuzzWire(f *testing.F) {
	for _, id := range []int64{7, 4503632010613782} {
		raw, err := base64.RawURLEncoding.DecodeString(datastore.IDKey("Class", id, nil).Encode())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, raw)
	}
	f.Add([]byte{0x08, 0x01}, []byte{0x08, 0x81, 0x00})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		x, okX := wireText(a)
		y, okY := wireText(b)
		if okX && okY && x == y && !cmp.Equal(a, b) {
			t.Errorf("%x and %x are both %s", a, b, x)
		}
	})
}
