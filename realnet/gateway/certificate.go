package gateway

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"go.uber.org/zap"
)

// certificateAge is how long a certificate is used before its files are looked at again.
const certificateAge = 10 * time.Second

// certificate is a pair of PEM files, read again when they have changed. While what is there now makes no sense, the last that
// did is used.
type certificate struct {
	cert, key string
	log       *zap.Logger
	age       time.Duration

	mu     sync.Mutex
	now    *tls.Certificate
	stamp  [2]stamp
	looked time.Time
}

// stamp tells one state of a file from another.
type stamp struct {
	at   time.Time
	size int64
}

func newCertificate(cert, key string, log *zap.Logger) (*certificate, error) {
	c := &certificate{cert: cert, key: key, log: log, age: certificateAge}
	if err := c.read(); err != nil {
		return nil, err
	}
	return c, nil
}

// read reads the files if they are not what was read last.
func (c *certificate) read() error {
	c.looked = time.Now()
	var is [2]stamp
	for i, name := range []string{c.cert, c.key} {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		is[i] = stamp{info.ModTime(), info.Size()}
	}
	if c.now != nil && is == c.stamp {
		return nil
	}
	c.stamp = is
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w", c.cert, c.key, err)
	}
	c.now = &pair
	return nil
}

// get is a tls.Config's GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) >= c.age {
		if err := c.read(); err != nil {
			c.log.Warn("the certificate was not read again, the former one is used", zap.Error(err))
		}
	}
	if c.now == nil {
		return nil, errors.New("there is no certificate")
	}
	return c.now, nil
}
