package wire

import "peerstreamer/core"

// Close says why the sender closes the connection.
type Close struct {
	Why  core.Reason
	Text string // for people, at most MaxText bytes
}

// AppendClose appends a close frame. A longer text is cut.
func AppendClose(b []byte, c Close) []byte {
	text := c.Text[:min(len(c.Text), MaxText)]
	b = appendHeader(b, TypeClose, 1+len(text))
	return append(append(b, byte(c.Why)), text...)
}

// ParseClose reads a close frame's body. Any reason is accepted: a newer version may have more.
func ParseClose(body []byte) (Close, error) {
	if len(body) == 0 {
		return Close{}, wrongLen(TypeClose, 0, 1)
	}
	return Close{Why: core.Reason(body[0]), Text: string(body[1:])}, nil
}
