package media

import (
	"fmt"

	"peerstreamer/core"
)

// Clock writes how long a video plays as players do, 1:02:03, rounded to the nearest second.
func Clock(d core.Time) string {
	s := int64((d + core.Second/2) / core.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
