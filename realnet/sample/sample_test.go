package sample

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

func TestVideoIsTheOneDescribed(t *testing.T) {
	const want = "f708aa9de888c6cac99c73a6ba9fb95c91d3dd6279101dcd0536c1e4c41f6966"
	sum := sha256.Sum256(Video)
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("sample.mp4 has SHA-256 %s, want %s", got, want)
	}
}
