package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"time"

	"peerstreamer/realnet/identity"
)

// secure makes a swarm in which the source and the keeper have keys, and returns the directory of each.
func (m measurement) secure() (source, keeper string, err error) {
	source, keeper = m.Path("source-keys"), m.Path("keeper-keys")
	now := time.Now()
	k, err := identity.Generate(source, "source", identity.Settings{}, now)
	if err != nil {
		return "", "", err
	}
	authority, err := k.Authority()
	if err != nil {
		return "", "", err
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", "", err
	}
	cert, err := authority.Issue("keeper", public, now, identity.NodeLife)
	if err != nil {
		return "", "", err
	}
	return source, keeper, identity.Save(keeper, authority.Certificate(), cert, private, identity.Settings{}, false)
}

// keysIn returns the keys of a directory, nil for none.
func keysIn(dir string) (*identity.Keys, error) {
	if dir == "" {
		return nil, nil
	}
	return identity.Load(dir)
}
