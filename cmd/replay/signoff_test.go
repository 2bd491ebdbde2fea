package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

// newKey is "newkey ed25519|p256 NAME" for scripts: it writes NAME.pem and
// NAME.pub.
func newKey() {
	if err := writeKey(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "newkey:", err)
		os.Exit(1)
	}
}

func writeKey(kind, name string) error {
	var key crypto.Signer
	var err error
	if kind == "p256" {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		_, key, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	for file, block := range map[string]pem.Block{
		name + ".pem": {Type: "PRIVATE KEY", Bytes: private}, name + ".pub": {Type: "PUBLIC KEY", Bytes: public},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(&block), 0o600); err != nil {
			return err
		}
	}
	return nil
}
