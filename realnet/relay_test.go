package realnet_test

import (
	"testing"

	"peerstreamer/core/coretest"
)

func TestRelay(t *testing.T) { coretest.TestRelay(t, newWorld) }
