package manifest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// testKey is a key with a known seed, byte i being i.
func testKey() ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	for i := range seed {
		seed[i] = byte(i)
	}
	return ed25519.NewKeyFromSeed(seed)
}

func TestSign(t *testing.T) {
	m, _ := build(t, "movie", bytes.Repeat([]byte{7}, 5000), 2048, 512)
	signed := m.Sign(testKey())
	if len(signed.Encoded()) != len(m.Encoded())+SignatureSize {
		t.Errorf("a signature of %d bytes, want %d", len(signed.Encoded())-len(m.Encoded()), SignatureSize)
	}
	got, err := Decode(signed.Encoded())
	if err != nil {
		t.Fatal(err)
	}
	if !got.Signer().Equal(testKey().Public()) || got.ID() != m.ID() || got.Name() != "movie" || m.Signer() != nil {
		t.Errorf("signed by %x, id %v, name %q: want %x, %v, movie", got.Signer(), got.ID(), got.Name(), testKey().Public(), m.ID())
	}
	if !bytes.Equal(got.Encoded(), signed.Encoded()) {
		t.Error("decoded and encoded again it is another")
	}
	_, other, _ := ed25519.GenerateKey(nil)
	again := got.Sign(other)
	if len(again.Encoded()) != len(signed.Encoded()) || !again.Signer().Equal(other.Public()) {
		t.Error("signed again it does not have one signature, the new one")
	}
	if _, err := Decode(again.Encoded()); err != nil {
		t.Error(err)
	}
}

// TestSignatureVector pins the format; the document of the wire format has the same bytes.
func TestSignatureVector(t *testing.T) {
	m, _ := build(t, "movie", bytes.Repeat([]byte{7}, 5000), 2048, 512)
	got := hex.EncodeToString(m.Sign(testKey()).Encoded()[len(m.Encoded()):])
	const want = "6432323a5065657273747265616d6572207369676e6174757265693165333a6b657933323a03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8393a7369676e617475726536343a27808b808b1588333b7e931d41c5fd3fe0f9159881bcb60855acc6592ac35fc9a1dde54d7cd36e079c3a1bcfb1dc3b7143958e1644046ac586656236f7976f0b65"
	if got != want {
		t.Errorf("signature of %v:\n%s\nwant\n%s", m.ID(), got, want)
	}
}

func TestWrongSignatures(t *testing.T) {
	m, _ := build(t, "movie", bytes.Repeat([]byte{7}, 5000), 2048, 512)
	other, _ := build(t, "movie", bytes.Repeat([]byte{8}, 5000), 2048, 512)
	sig := m.Sign(testKey()).Encoded()[len(m.Encoded()):]
	for _, c := range []struct {
		name string
		sig  []byte
		says string
	}{
		{"of another manifest", other.Sign(testKey()).Encoded()[len(other.Encoded()):], "signature is wrong"},
		{"twice", append(bytes.Clone(sig), sig...), "want the end, or a signature"},
		{"cut short", sig[:len(sig)-1], "want the end, or a signature"},
		{"of version 2", bytes.Replace(sig, []byte("i1e"), []byte("i2e"), 1), "not a signature of version 1"},
		{"with another end", append(bytes.Clone(sig[:len(sig)-1]), 'x'), "not in canonical form"},
	} {
		_, err := Decode(append(bytes.Clone(m.Encoded()), c.sig...))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want an error that says %q", c.name, err, c.says)
		}
	}
}

// TestNoByteOfASignedManifestMayChange, in the manifest or in the signature.
func TestNoByteOfASignedManifestMayChange(t *testing.T) {
	m, _ := build(t, "movie", bytes.Repeat([]byte{7}, 5000), 2048, 512)
	signed := m.Sign(testKey()).Encoded()
	rapid.Check(t, func(t *rapid.T) {
		b := bytes.Clone(signed)
		at := rapid.IntRange(0, len(b)-1).Draw(t, "at")
		b[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "by"))
		if got, err := Decode(b); err == nil {
			t.Fatalf("byte %d changed: decoded, signed by %x", at, got.Signer())
		}
	})
	key := bytes.Clone(signed)
	copy(key[len(m.Encoded())+len(sigBegin):], make([]byte, 32)) // the key of order 4, for which some signatures are easy
	if _, err := Decode(key); !errors.Is(err, ErrSignature) {
		t.Errorf("a key of zeros: %v, want ErrSignature", err)
	}
}
