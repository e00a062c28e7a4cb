package identity

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/pelletier/go-toml/v2"
)

// maxAddr bounds an address in settings, in bytes.
const maxAddr = 255 + len("tcp://:65535")

// Settings are what a node knows of its swarm beside its keys; psnode join brings them. All may be empty.
type Settings struct {
	Address   string `toml:"address,omitempty" comment:"where others reach this node: host:port"`
	Master    string `toml:"master,omitempty" comment:"the node to follow"`
	SourceKey string `toml:"source_key,omitempty" comment:"the public key that manifests must be signed with, in hexadecimal"`
}

// LoadSettings reads the settings of a directory of keys.
func LoadSettings(dir string) (s Settings, err error) {
	data, err := readFile(filepath.Join(dir, settingsFile))
	if err == nil {
		err = s.decode(data)
	}
	if err != nil {
		return s, fmt.Errorf("settings of the swarm in %s: %w", dir, err)
	}
	return s, nil
}

func (s *Settings) decode(data []byte) error {
	d := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		var strict *toml.StrictMissingError
		if errors.As(err, &strict) {
			return fmt.Errorf("unknown key:\n%s", strict.String())
		}
		return err
	}
	return s.check()
}

func (s Settings) encode() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return toml.Marshal(s)
}

func (s Settings) check() error {
	for _, a := range []string{s.Address, s.Master} {
		if len(a) > maxAddr {
			return fmt.Errorf("address of %d bytes: want at most %d", len(a), maxAddr)
		}
	}
	if s.SourceKey == "" {
		return nil
	}
	_, err := ParsePublicKey(s.SourceKey)
	return err
}

// ParsePublicKey reads the public key of a source, 64 hexadecimal digits.
func ParsePublicKey(s string) (ed25519.PublicKey, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("public key %.80q: want %d hexadecimal digits", s, 2*ed25519.PublicKeySize)
	}
	return b, nil
}
