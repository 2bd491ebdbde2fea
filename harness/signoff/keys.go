package signoff

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Key is a private key that signs. It shows nothing of itself but its id.
type Key struct {
	private crypto.Signer
	id      string
}

// ID is the SHA-256 of the public key (SubjectPublicKeyInfo, DER) in lower-case
// hex, by which envelopes name it.
func (k *Key) ID() string { return k.id }

// String is the id, so that no format prints the key.
func (k *Key) String() string { return "key " + k.id }

// GoString is String.
func (k *Key) GoString() string { return k.String() }

// PublicKey is a key whose signatures are believed.
type PublicKey struct {
	key crypto.PublicKey
	id  string
}

// ID is that of [Key].
func (k *PublicKey) ID() string { return k.id }

// errNoKey is what is wrong with a file that is meant to hold a key. The errors
// of the parsers are not shown: nothing of a key may end up in a log.
var errNoKey = errors.New("not an Ed25519 or ECDSA P-256 key in PEM")

// readKeyFile reads a file, and does not repeat a name that is a key itself.
func readKeyFile(file string) (*pem.Block, error) {
	if strings.Contains(file, "-----BEGIN") || strings.ContainsAny(file, "\n\r") {
		return nil, errors.New("read key: want the name of a file, have the key itself; write it to a file")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("read key %s: %w; make one with \"openssl genpkey -algorithm ed25519\"", file, errNoKey)
	}
	return block, nil
}

// ReadKey reads a private key from a PEM file: PKCS #8 or, for ECDSA, SEC 1,
// without a password.
func ReadKey(file string) (*Key, error) {
	block, err := readKeyFile(file)
	if err != nil {
		return nil, err
	}
	refuse := func(why string) (*Key, error) { return nil, fmt.Errorf("read key %s: %s", file, why) }
	switch {
	case block.Type == "PUBLIC KEY":
		return refuse("it is a public key; sign with the private one, and give this one to those who check")
	case block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "":
		return refuse("it is encrypted; decrypt it to a file that only you can read, for example with \"openssl pkey\"")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if block.Type == "EC PRIVATE KEY" {
		parsed, err = x509.ParseECPrivateKey(block.Bytes)
	}
	private, ok := parsed.(crypto.Signer)
	if err != nil || !ok {
		return refuse(errNoKey.Error())
	}
	public, err := newPublicKey(private.Public())
	if err != nil {
		return refuse(err.Error())
	}
	return &Key{private, public.id}, nil
}

// ReadPublicKey reads a public key from a PEM file ("openssl pkey -pubout").
func ReadPublicKey(file string) (*PublicKey, error) {
	block, err := readKeyFile(file)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(block.Type, "PRIVATE KEY") {
		return nil, fmt.Errorf("read key %s: it is a private key; whoever checks needs the public one alone: \"openssl pkey -pubout\"", file)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", file, errNoKey)
	}
	key, err := newPublicKey(parsed)
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", file, err)
	}
	return key, nil
}

func newPublicKey(key crypto.PublicKey) (*PublicKey, error) {
	switch k := key.(type) {
	case ed25519.PublicKey:
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return nil, errNoKey
		}
	default:
		return nil, errNoKey
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, errNoKey
	}
	sum := sha256.Sum256(der)
	return &PublicKey{key, hex.EncodeToString(sum[:])}, nil
}

// signer is a key as DSSE asks for one.
type signer struct{ *Key }

func (s signer) KeyID() (string, error) { return s.id, nil }

// Sign signs with Ed25519, or with ECDSA the SHA-256, as ASN.1.
func (s signer) Sign(_ context.Context, data []byte) ([]byte, error) {
	if _, ok := s.private.(ed25519.PrivateKey); ok {
		return s.private.Sign(rand.Reader, data, crypto.Hash(0))
	}
	sum := sha256.Sum256(data)
	return s.private.Sign(rand.Reader, sum[:], crypto.SHA256)
}

// verifier is a public key as DSSE asks for one.
type verifier struct{ *PublicKey }

func (v verifier) KeyID() (string, error)   { return v.id, nil }
func (v verifier) Public() crypto.PublicKey { return v.key }

func (v verifier) Verify(_ context.Context, data, sig []byte) error {
	ok := false
	switch k := v.key.(type) {
	case ed25519.PublicKey:
		ok = ed25519.Verify(k, data, sig)
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(data)
		ok = ecdsa.VerifyASN1(k, sum[:], sig)
	}
	if !ok {
		return errors.New("the signature is not of this key")
	}
	return nil
}
