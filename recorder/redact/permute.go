package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"strconv"
	"sync"
	"unicode/utf8"
)

// rounds of the Feistel network. Four make a strong pseudo-random permutation of
// long texts (Luby and Rackoff, 1988); short ones want more.
const rounds = 8

// keyed is everything that is made with the key.
type keyed struct {
	alphabets alphabets
	macs      sync.Pool // of hash.Hash
}

func newKeyed(key []byte) *keyed {
	key = append([]byte(nil), key...)
	return &keyed{macs: sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// sum is HMAC-SHA256 over the parts, each preceded by its length.
func (k *keyed) sum(dst []byte, parts ...string) []byte {
	mac := k.macs.Get().(hash.Hash)
	defer k.macs.Put(mac)
	mac.Reset()
	var size [binary.MaxVarintLen64]byte
	for _, part := range parts {
		mac.Write(size[:binary.PutUvarint(size[:], uint64(len(part)))])
		mac.Write([]byte(part))
	}
	return mac.Sum(dst)
}

// stream is n pseudo-random bytes, grown from a hash of the parts.
func (k *keyed) stream(n int, parts ...string) []byte {
	seed := string(k.sum(nil, parts...))
	out := make([]byte, 0, n+sha256.Size)
	for i := 0; len(out) < n; i++ {
		out = k.sum(out, seed, strconv.Itoa(i))
	}
	return out[:n]
}

// text is s with its letters and digits permuted: a bijection on the texts of one
// shape, which says where which alphabet and everything else stands. Texts that
// differ in case alone differ in it alone afterwards.
func (k *keyed) text(domain, s string) string {
	letters, shape := k.spell(s)
	k.permute(domain+"\x00"+shape, letters)
	return respell(s, letters)
}

// spell takes a text apart: a letter per character, and the shape without case.
func (k *keyed) spell(s string) ([]letter, string) {
	letters, shape := make([]letter, 0, len(s)), make([]byte, 0, len(s))
	for i, r := range s {
		l := letter{}
		if r != utf8.RuneError {
			l = k.alphabets.letter(r)
		}
		if l.alphabet == nil {
			shape = append(shape, s[i])
		} else {
			shape = utf8.AppendRune(shape, l.alphabet.lower[0])
		}
		letters = append(letters, l)
	}
	return letters, string(shape)
}

// respell is s with its characters replaced. What is no UTF-8 stays as it is.
func respell(s string, letters []letter) string {
	out := make([]byte, 0, len(s))
	n := 0
	for i := 0; i < len(s); n++ {
		_, size := utf8.DecodeRuneInString(s[i:])
		if letters[n].alphabet == nil {
			out = append(out, s[i:i+size]...)
		} else {
			out = utf8.AppendRune(out, letters[n].rune())
		}
		i += size
	}
	return string(out)
}

// permute changes the indices of letters in place, by a bijection that the tweak
// chooses. Two halves take turns in being shifted by a hash of the other.
func (k *keyed) permute(tweak string, letters []letter) {
	var of []*letter
	for i := range letters {
		if letters[i].alphabet != nil {
			of = append(of, &letters[i])
		}
	}
	if len(of) == 1 {
		k.shift(tweak, of[0])
		return
	}
	left, right := of[:len(of)/2], of[len(of)/2:]
	for i := range rounds {
		k.mix(tweak, byte(i), left, right)
		left, right = right, left
	}
}

// shift moves a single letter by at least one, so that it never stays.
func (k *keyed) shift(tweak string, l *letter) {
	if n := len(l.alphabet.lower); n > 1 {
		b := k.sum(nil, "shift", tweak)
		l.index = (l.index + 1 + int(binary.BigEndian.Uint16(b))%(n-1)) % n
	}
}

func (k *keyed) mix(tweak string, round byte, from, into []*letter) {
	half := make([]byte, 0, 2*len(from))
	for _, l := range from {
		half = binary.BigEndian.AppendUint16(half, uint16(l.index))
	}
	noise := k.stream(2*len(into), "round", tweak, string(round), string(half))
	for i, l := range into {
		l.index = (l.index + int(binary.BigEndian.Uint16(noise[2*i:]))) % len(l.alphabet.lower)
	}
}
