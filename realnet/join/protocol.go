package join

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/anacrolix/torrent/bencode"
)

// The longest messages in bytes, checked before anything is allocated for them.
const (
	MaxRequest = 4 << 10
	MaxReply   = 16 << 10
)

const exporterLabel = "EXPORTER-peerstreamer-join"

// request is what the box says.
type request struct {
	Code  []byte `bencode:"code"`
	CSR   []byte `bencode:"csr"`
	Proof []byte `bencode:"proof"`
}

// reply is what the node answers.
type reply struct {
	Cert      []byte `bencode:"cert"`
	Error     string `bencode:"error"` // "" if there is a certificate
	Master    string `bencode:"master"`
	SourceKey string `bencode:"source_key"`
}

// prove returns the proof that somebody knows the secret, for one message on one connection.
func (s Secret) prove(what string, exporter, message []byte) []byte {
	h := hmac.New(sha256.New, s[:])
	h.Write([]byte(what))
	h.Write(exporter)
	h.Write(message)
	return h.Sum(nil)
}

// export returns what only the two ends of this connection know.
func export(conn *tls.Conn) ([]byte, error) {
	state := conn.ConnectionState()
	return state.ExportKeyingMaterial(exporterLabel, nil, sha256.Size)
}

// send writes a message.
func send(w io.Writer, message []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(message))), message...))
	return err
}

// receive reads a message of at most limit bytes.
func receive(r io.Reader, limit int) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n == 0 || n > uint32(limit) {
		return nil, &badMessage{fmt.Sprintf("message of %d bytes: want 1..%d", n, limit)}
	}
	message := make([]byte, n)
	_, err := io.ReadFull(r, message)
	return message, err
}

// badMessage is a message that breaks the format.
type badMessage struct{ text string }

func (e *badMessage) Error() string { return e.text }

// parse reads a dictionary.
func parse(message []byte, into any) error {
	if err := bencode.Unmarshal(message, into); err != nil {
		return &badMessage{err.Error()}
	}
	return nil
}
