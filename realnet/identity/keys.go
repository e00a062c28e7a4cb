package identity

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"
)

// Keys are what a node proves itself with. They do not change, but for the allow list; any number of goroutines may use
// them.
type Keys struct {
	dir   string
	ca    *x509.Certificate
	pool  *x509.CertPool
	cert  *x509.Certificate
	key   ed25519.PrivateKey
	allow *AllowList
	now   func() time.Time

	client, server, joins *tls.Config
}

// NewKeys returns keys that are in no directory. allow may be nil; now is what certificates are compared with.
func NewKeys(ca, cert *x509.Certificate, key ed25519.PrivateKey, allow *AllowList, now func() time.Time) *Keys {
	k := &Keys{ca: ca, pool: x509.NewCertPool(), cert: cert, key: key, allow: allow, now: now}
	k.pool.AddCert(ca)
	k.configure()
	return k
}

// Load reads a node's keys from a directory and checks that they belong together. A certificate that has expired is an
// error that says what to do.
func Load(dir string) (*Keys, error) {
	k, err := load(dir, time.Now)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("keys %s: %w: psnode keygen makes a swarm's first keys, psnode join those of a further box", dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("keys %s: %w", dir, err)
	}
	return k, nil
}

func load(dir string, now func() time.Time) (*Keys, error) {
	at := func(name string) string { return filepath.Join(dir, name) }
	ca, err := readCert(at(authorityCertFile))
	if err != nil {
		return nil, err
	}
	cert, err := readCert(at(nodeCertFile))
	if err != nil {
		return nil, err
	}
	key, err := readKey(at(nodeKeyFile))
	if err != nil {
		return nil, err
	}
	if err := matches(cert, key, at(nodeCertFile), at(nodeKeyFile)); err != nil {
		return nil, err
	}
	allow, err := OpenAllowList(at(allowFile))
	if err != nil {
		return nil, err
	}
	k := NewKeys(ca, cert, key, allow, now)
	k.dir = dir
	if _, err := verify(cert, k.pool, x509.ExtKeyUsageClientAuth, now()); err != nil {
		if errors.Is(err, ErrExpired) {
			err = fmt.Errorf("%w: psnode invite -node %s on a node that holds the swarm's key makes a code for a new one", err, k.Name())
		}
		return nil, fmt.Errorf("%s: %w", at(nodeCertFile), err)
	}
	return k, nil
}

// Name returns the node's name, which its certificate carries.
func (k *Keys) Name() string { return k.cert.Subject.CommonName }

// Certificate returns the node's own certificate.
func (k *Keys) Certificate() *x509.Certificate { return k.cert }

// Swarm returns the fingerprint of the swarm's certificate, which names the swarm.
func (k *Keys) Swarm() Fingerprint { return FingerprintOf(k.ca) }

// Authority returns the swarm's authority if its key is in the directory, and otherwise an error that wraps
// fs.ErrNotExist.
func (k *Keys) Authority() (*Authority, error) {
	a, err := loadAuthority(k.dir)
	if err != nil {
		return nil, fmt.Errorf("keys %s: %w", k.dir, err)
	}
	if !a.cert.Equal(k.ca) {
		return nil, fmt.Errorf("keys %s: %s is not the swarm's", k.dir, authorityKeyFile)
	}
	return a, nil
}

func loadAuthority(dir string) (*Authority, error) {
	cert, err := readCert(filepath.Join(dir, authorityCertFile))
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, authorityKeyFile)
	key, err := readKey(path)
	if err != nil {
		return nil, err
	}
	return &Authority{cert: cert, key: key}, matches(cert, key, authorityCertFile, path)
}

// Generate makes a swarm and its first node in a directory: the authority, the node's key and certificate, a key to sign
// manifests with, and what settings say, completed by that key. It refuses a directory in which any of its files is
// already, and leaves nothing behind then.
func Generate(dir, name string, settings Settings, now time.Time) (*Keys, error) {
	k, err := generate(dir, name, settings, now)
	if err != nil {
		return nil, fmt.Errorf("make keys in %s: %w", dir, err)
	}
	return k, nil
}

func generate(dir, name string, settings Settings, now time.Time) (*Keys, error) {
	if err := settings.check(); err != nil {
		return nil, err
	}
	authority, err := NewAuthority(now)
	if err != nil {
		return nil, err
	}
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	cert, err := authority.Issue(name, public, now, NodeLife)
	if err != nil {
		return nil, err
	}
	sourcePublic, sourceKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	settings.SourceKey = hex.EncodeToString(sourcePublic)
	files, err := newFiles(authority.cert, cert, key, settings)
	if err != nil {
		return nil, err
	}
	if err := files.addKey(authorityKeyFile, authority.key.(ed25519.PrivateKey)); err != nil {
		return nil, err
	}
	if err := files.addKey(sourceKeyFile, sourceKey); err != nil {
		return nil, err
	}
	if err := files.write(dir, false); err != nil {
		return nil, err
	}
	return load(dir, time.Now)
}

// Save writes what a node got when it joined. With replace it takes the place of the files of an earlier membership.
func Save(dir string, ca, cert *x509.Certificate, key ed25519.PrivateKey, settings Settings, replace bool) error {
	files, err := newFiles(ca, cert, key, settings)
	if err == nil {
		err = files.write(dir, replace)
	}
	if err != nil {
		return fmt.Errorf("save keys in %s: %w", dir, err)
	}
	return nil
}

// Exists returns an error that wraps fs.ErrExist if a directory holds a node's keys already.
func Exists(dir string) error {
	for _, name := range []string{nodeKeyFile, nodeCertFile, authorityCertFile} {
		if err := absent(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// SourceKey returns the key that this node signs manifests with, nil if there is none.
func (k *Keys) SourceKey() (ed25519.PrivateKey, error) { return LoadSourceKey(k.dir) }

// LoadSourceKey returns the key that signs manifests in a directory of keys, nil if there is none.
func LoadSourceKey(dir string) (ed25519.PrivateKey, error) {
	key, err := readKey(filepath.Join(dir, sourceKeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("source's key: %w", err)
	}
	return key, nil
}

// String keeps private keys out of logs.
func (k *Keys) String() string { return fmt.Sprintf("keys of %q in swarm %v", k.Name(), k.Swarm()) }

// GoString does so for %#v.
func (k *Keys) GoString() string { return k.String() }
