package identity

import (
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// The names of the files in a directory of keys.
const (
	authorityCertFile = "ca.pem"
	authorityKeyFile  = "ca.key"
	nodeCertFile      = "node.pem"
	nodeKeyFile       = "node.key"
	sourceKeyFile     = "source.key"
	allowFile         = "allow"
	settingsFile      = "swarm.toml"
)

// maxFile bounds a key, a certificate or a settings file in bytes.
const maxFile = 64 << 10

// The types of the PEM blocks.
const (
	pemCert = "CERTIFICATE"
	pemKey  = "PRIVATE KEY"
)

// readFile returns a file's content if it is not too large.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s: more than %d bytes", path, maxFile)
	}
	return data, err
}

// writeFile writes a file that does not exist yet, so that it is whole and on the disk when it returns. mode is that of
// the file from its first moment on.
func writeFile(path string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already, and keys are not overwritten: choose another directory, or move it away: %w",
			path, fs.ErrExist)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// replaceFile writes a file in the place of one that may exist, whole or not at all.
func replaceFile(path string, data []byte, mode fs.FileMode) error {
	temp := path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := writeFile(temp, data, mode); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// encodeCert returns a certificate in PEM.
func encodeCert(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: pemCert, Bytes: c.Raw})
}

// encodeKey returns a private key in PEM.
func encodeKey(k ed25519.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemKey, Bytes: der}), nil
}

// block returns the content of a PEM file with one block of a type. Errors do not quote the file.
func block(path, kind string) ([]byte, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	b, rest := pem.Decode(data)
	if b == nil || b.Type != kind || len(rest) > 0 {
		return nil, fmt.Errorf("%s: want one PEM block of type %s", path, kind)
	}
	return b.Bytes, nil
}

// readCert reads a certificate.
func readCert(path string) (*x509.Certificate, error) {
	der, err := block(path, pemCert)
	if err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// tooOpen reports whether a private key with that mode and owner can be read by others than the process's user. A key that
// root lends to a group is in order: so a container's secrets are mounted.
func tooOpen(mode fs.FileMode, user, owner int) bool {
	switch {
	case runtime.GOOS == "windows":
		return false
	case owner == 0 && user != 0:
		return mode&0o037 != 0
	}
	return mode&0o077 != 0
}

// readKey reads a private key that nobody else may read.
func readKey(path string) (ed25519.PrivateKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); tooOpen(mode, os.Geteuid(), owner(info)) {
		return nil, fmt.Errorf("%s has mode %#o, so others can read this private key: chmod 600 %s", path, mode, path)
	}
	der, err := block(path, pemKey)
	if err != nil {
		return nil, err
	}
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%s: not a private key in PKCS #8", path)
	}
	key, ok := k.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: a key of type %T: want Ed25519", path, k)
	}
	return key, nil
}

// matches returns an error unless a key is the one that a certificate is for.
func matches(c *x509.Certificate, key ed25519.PrivateKey, certPath, keyPath string) error {
	if !key.Public().(ed25519.PublicKey).Equal(c.PublicKey.(crypto.PublicKey)) {
		return fmt.Errorf("%s is not the key of %s", keyPath, certPath)
	}
	return nil
}

// makeDir makes a directory that only its owner may look into.
func makeDir(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}
