package realnet

import (
	"encoding/hex"

	"go.uber.org/zap"

	"peerstreamer/realnet/manifest"
)

// believes reports whether a manifest's signer may speak for its name, and logs what somebody should know about that.
func (n *Node) believes(m *manifest.Manifest, from string) bool {
	first, err := n.cfg.Trust.Check(m)
	switch {
	case err != nil:
		n.doors.say(zap.WarnLevel, "refused a manifest", zap.String("video", m.Name()), zap.Stringer("id", m.ID()),
			zap.String("from", from), zap.String("because", err.Error()))
		return false
	case first:
		n.log.Info("trusts a source's key at its first use: from now on the name belongs to it", zap.String("video", m.Name()),
			zap.String("key", hex.EncodeToString(m.Signer())), zap.String("from", from))
	}
	return true
}
