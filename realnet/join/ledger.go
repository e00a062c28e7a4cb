package join

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ledger is a directory with a certificate for each name that was given away.
type ledger struct{ dir string }

// path returns the file of a name; names may be longer than those of files.
func (l ledger) path(name string) string {
	sum := sha256.Sum256([]byte(name))
	return filepath.Join(l.dir, hex.EncodeToString(sum[:16])+".pem")
}

// has reports whether a name was given away, and yes if that cannot be told.
func (l ledger) has(name string) bool {
	_, err := os.Lstat(l.path(name))
	return !errors.Is(err, fs.ErrNotExist)
}

// enter records a certificate. A name that is there already is an error, unless it may be given again.
func (l ledger) enter(name string, cert *x509.Certificate, again bool) error {
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return err
	}
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Headers: map[string]string{"Name": hex.EncodeToString([]byte(name))}, Bytes: cert.Raw})
	how := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if again {
		how = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(l.path(name), how, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("the name %q was taken just now: choose another", name)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close(), syncDir(l.dir))
}
