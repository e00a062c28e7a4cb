package sample

import (
	_ "embed"
	"time"
)

// Name is what the video is called.
const Name = "sample.mp4"

// Duration is how long it plays.
const Duration = 40 * time.Second

// Video is the file, 2.8 MB. It must not be changed.
//
//go:embed sample.mp4
var Video []byte
