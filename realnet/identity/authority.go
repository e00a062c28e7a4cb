package identity

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"time"

	"peerstreamer/realnet/manifest"
)

const (
	// AuthorityLife is how long a swarm's own certificate is valid.
	AuthorityLife = 10 * 365 * 24 * time.Hour

	// NodeLife is how long a node's certificate is valid, unless the issuer says otherwise.
	NodeLife = 365 * 24 * time.Hour

	// clockSkew is how far the clock of a peer may be behind the issuer's.
	clockSkew = time.Hour
)

// Authority issues a swarm's certificates.
type Authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// NewAuthority makes a new swarm: a key, and a certificate that it signs itself.
func NewAuthority(now time.Time) (*Authority, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a swarm's key: %w", err)
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "Peerstreamer swarm"},
		NotBefore:             now.Add(-clockSkew),
		NotAfter:              now.Add(AuthorityLife),
		KeyUsage:              x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true, // It issues certificates of nodes and no other authorities.
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		return nil, fmt.Errorf("make a swarm's certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make a swarm's certificate: %w", err)
	}
	return &Authority{cert: cert, key: private}, nil
}

// Certificate returns the swarm's certificate.
func (a *Authority) Certificate() *x509.Certificate { return a.cert }

// Issue returns a certificate that says that the holder of the key is the node of that name, from now for life. It
// refuses what manifest.CheckName refuses, keys other than Ed25519, and a life that is not positive or longer than the
// authority's own. About 50 us.
func (a *Authority) Issue(name string, key crypto.PublicKey, now time.Time, life time.Duration) (*x509.Certificate, error) {
	cert, err := a.issue(name, key, now, life)
	if err != nil {
		return nil, fmt.Errorf("issue a certificate for %.64q: %w", name, err)
	}
	return cert, nil
}

func (a *Authority) issue(name string, key crypto.PublicKey, now time.Time, life time.Duration) (*x509.Certificate, error) {
	if err := manifest.CheckName(name); err != nil {
		return nil, err
	}
	if _, ok := key.(ed25519.PublicKey); !ok {
		return nil, fmt.Errorf("a key of type %T: want Ed25519", key)
	}
	end := now.Add(life)
	if life <= 0 || end.After(a.cert.NotAfter) {
		return nil, fmt.Errorf("valid for %v: want more than 0, and no longer than the swarm's own certificate, which ends on %v",
			life, a.cert.NotAfter.Format(time.DateOnly))
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: name},
		NotBefore:   now.Add(-clockSkew),
		NotAfter:    end,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key, a.key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// Request returns a certificate signing request of a new key that wants to be the node of that name.
func Request(name string) (csr []byte, key ed25519.PrivateKey, err error) {
	if err := manifest.CheckName(name); err != nil {
		return nil, nil, err
	}
	_, key, err = ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	csr, err = x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: name}}, key)
	return csr, key, err
}

// ParseRequest returns the name and the key of a request whose sender holds that key. csr may come from anyone; the
// caller bounds its length.
func ParseRequest(csr []byte) (name string, key crypto.PublicKey, err error) {
	r, err := x509.ParseCertificateRequest(csr)
	switch {
	case err != nil:
		return "", nil, fmt.Errorf("certificate request: %w", err)
	case r.PublicKeyAlgorithm != x509.Ed25519:
		return "", nil, errors.New("certificate request: want an Ed25519 key")
	}
	if err := r.CheckSignature(); err != nil {
		return "", nil, fmt.Errorf("certificate request: %w", err)
	}
	if err := manifest.CheckName(r.Subject.CommonName); err != nil {
		return "", nil, fmt.Errorf("certificate request: %w", err)
	}
	return r.Subject.CommonName, r.PublicKey, nil
}
