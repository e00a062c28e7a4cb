package main

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"peerstreamer/realnet/identity"
	"peerstreamer/realnet/join"
)

const insecureUsage = "allow addresses beyond this machine without -keys, although connections are then neither encrypted nor authenticated"

// membership is what a directory of keys holds; the zero value is that of a node without keys.
type membership struct {
	dir      string
	keys     *identity.Keys // nil: none
	settings identity.Settings
}

// openKeys reads a directory of keys, "" being none.
func openKeys(dir string) (m membership, err error) {
	if dir == "" {
		return m, nil
	}
	m.dir = dir
	if m.keys, err = identity.Load(dir); err != nil {
		return m, fmt.Errorf("-keys: %w", err)
	}
	if m.settings, err = identity.LoadSettings(dir); err != nil {
		return m, fmt.Errorf("-keys: %w", err)
	}
	return m, nil
}

// issuer returns what lets others join, nil where the swarm's key is not.
func (m membership) issuer() (func(context.Context, *tls.Conn) error, error) {
	if m.keys == nil {
		return nil, nil
	}
	i, err := join.NewIssuer(m.dir, time.Now)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("-keys: %w", err)
	}
	return i.Serve, nil
}

// sourceKey returns the key that signs manifests, nil if there is none.
func (m membership) sourceKey() (ed25519.PrivateKey, error) {
	if m.keys == nil {
		return nil, nil
	}
	return m.keys.SourceKey()
}

// pins returns the keys of sources that are believed: those that the command line says, else the swarm's.
func (m membership) pins(said pinFlags) []ed25519.PublicKey {
	if len(said) > 0 || m.settings.SourceKey == "" {
		return said
	}
	k, err := identity.ParsePublicKey(m.settings.SourceKey)
	if err != nil { // LoadSettings has checked it.
		panic(err)
	}
	return []ed25519.PublicKey{k}
}

// settle fills in what the keys know and the command line does not say.
func (n *nodeFlags) settle(m membership) error {
	if m.keys == nil {
		return nil
	}
	if n.name != "" && n.name != m.keys.Name() {
		return fmt.Errorf("-name %s: the keys are those of %q", n.name, m.keys.Name())
	}
	if n.name == "" {
		n.name = m.keys.Name()
	}
	if n.advertise == "" {
		n.advertise = m.settings.Address
	}
	if n.master == "" && n.database == "" {
		n.master = m.settings.Master
	}
	return nil
}

// pinFlags are the keys that -pin has named.
type pinFlags []ed25519.PublicKey

func (p *pinFlags) String() string {
	var all []string
	for _, k := range *p {
		all = append(all, fmt.Sprintf("%x", []byte(k)))
	}
	return strings.Join(all, ",")
}

func (p *pinFlags) Set(s string) error {
	k, err := identity.ParsePublicKey(s)
	if err == nil {
		*p = append(*p, k)
	}
	return err
}
