package identity

import (
	"crypto/ed25519"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// file is one of the files of a directory of keys.
type file struct {
	name string
	data []byte
	mode fs.FileMode
}

// fileSet is what is written into a directory of keys together.
type fileSet []file

// newFiles returns the files that every node has.
func newFiles(ca, cert *x509.Certificate, key ed25519.PrivateKey, settings Settings) (fileSet, error) {
	text, err := settings.encode()
	if err != nil {
		return nil, err
	}
	s := fileSet{
		{authorityCertFile, encodeCert(ca), 0o644},
		{nodeCertFile, encodeCert(cert), 0o644},
		{settingsFile, text, 0o644},
	}
	return s, s.addKey(nodeKeyFile, key)
}

// addKey adds a private key.
func (s *fileSet) addKey(name string, key ed25519.PrivateKey) error {
	data, err := encodeKey(key)
	*s = append(*s, file{name, data, 0o600})
	return err
}

// write writes all files, or none if it refuses: without replace, none of them may be there.
func (s fileSet) write(dir string, replace bool) error {
	if err := makeDir(dir); err != nil {
		return err
	}
	put := replaceFile
	if !replace {
		put = writeFile
		for _, f := range s {
			if err := absent(filepath.Join(dir, f.name)); err != nil {
				return err
			}
		}
	}
	for _, f := range s {
		if err := put(filepath.Join(dir, f.name), f.data, f.mode); err != nil {
			return err
		}
	}
	return nil
}

// absent returns an error unless there is no such file.
func absent(path string) error {
	_, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil:
		return fmt.Errorf("%s is there already, and keys are not overwritten: choose another directory, or move it away: %w",
			path, fs.ErrExist)
	}
	return err
}
