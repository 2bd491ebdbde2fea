package signoff

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

// Sign is the statement in a DSSE envelope, as JSON.
func (s *Statement) Sign(key *Key) ([]byte, error) {
	payload, err := s.Encode()
	if err != nil {
		return nil, err
	}
	by, err := dsse.NewEnvelopeSigner(signer{key})
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	envelope, err := by.SignPayload(context.Background(), payloadType, payload)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	data, err := json.MarshalIndent(envelope, "", " ")
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return append(data, '\n'), nil
}

// SignOff is a statement with who stands for it.
type SignOff struct {
	*Statement
	// File is where it was read from, for messages.
	File string
	// Signed reports whether it is in an envelope, SignedBy whose signature was
	// checked: the id of a trusted key, or "" where no keys were given.
	Signed   bool
	SignedBy string
}

// Parse reads a sign-off: a statement or an envelope of one. With keys, it must
// be signed by one of them. The error says, without the file's name, why it is
// not to be believed.
func Parse(data []byte, keys []*PublicKey) (*SignOff, error) {
	var envelope dsse.Envelope
	if err := json.Unmarshal(data, &envelope); err != nil {
		return nil, fmt.Errorf("it is no sign-off: %w", err)
	}
	if envelope.PayloadType == "" && envelope.Payload == "" {
		return parseUnsigned(data, keys)
	}
	if envelope.PayloadType != payloadType {
		return nil, fmt.Errorf("its payload is of type %q, want %q", envelope.PayloadType, payloadType)
	}
	payload, by, err := open(&envelope, keys)
	if err != nil {
		return nil, err
	}
	s, err := decode(payload)
	if err != nil {
		return nil, err
	}
	return &SignOff{Statement: s, Signed: true, SignedBy: by}, nil
}

func parseUnsigned(data []byte, keys []*PublicKey) (*SignOff, error) {
	s, err := decode(data)
	if err != nil {
		return nil, err
	}
	if len(keys) > 0 {
		return nil, errors.New("it is not signed, and a signature is asked for; sign it with --key")
	}
	return &SignOff{Statement: s}, nil
}

// open is the payload and, where there are keys, which of them signed it.
func open(envelope *dsse.Envelope, keys []*PublicKey) ([]byte, string, error) {
	if len(keys) == 0 {
		payload, err := envelope.DecodeB64Payload()
		if err != nil {
			return nil, "", errors.New("its payload is no base64")
		}
		return payload, "", nil
	}
	var verifiers []dsse.Verifier
	var ids []string
	for _, k := range keys {
		if !slices.Contains(ids, k.id) { // a key that is given twice is one
			verifiers, ids = append(verifiers, verifier{k}), append(ids, k.id)
		}
	}
	check, err := dsse.NewEnvelopeVerifier(verifiers...)
	if err != nil {
		return nil, "", fmt.Errorf("check signature: %w", err)
	}
	accepted, payload, err := check.VerifyAndDecode(context.Background(), envelope)
	if err != nil || len(accepted) == 0 {
		return nil, "", untrusted(envelope, ids)
	}
	return payload, accepted[0].KeyID, nil
}

// untrusted says why no signature is believed: made by others, or of something
// else.
func untrusted(envelope *dsse.Envelope, ids []string) error {
	if len(envelope.Signatures) == 0 {
		return errors.New("its envelope has no signature; sign it with --key")
	}
	var others []string
	for _, sig := range envelope.Signatures {
		if slices.Contains(ids, sig.KeyID) {
			return fmt.Errorf("its signature does not fit: it was edited after key %s… signed it, or is forged", short(sig.KeyID))
		}
		others = append(others, fmt.Sprintf("%q", short(sig.KeyID)))
	}
	return fmt.Errorf("it is signed by key %s, which is not trusted here", strings.Join(others, ", "))
}

// short is the beginning of a key's id, or of what an envelope says it is.
func short(id string) string { return id[:min(len(id), 12)] }

// Read reads the sign-off in a file; see [Parse].
func Read(file string, keys []*PublicKey) (*SignOff, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read sign-off: %w", err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read sign-off: %w", err)
	}
	if len(data) > maxSize {
		return nil, fmt.Errorf("it is larger than %d MiB", maxSize>>20)
	}
	s, err := Parse(bytes.TrimSpace(data), keys)
	if err != nil {
		return nil, err
	}
	s.File = file
	return s, nil
}
