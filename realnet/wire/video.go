package wire

import (
	"encoding/binary"
	"fmt"

	"peerstreamer/core"
)

// Video introduces a handle, so that it costs 4 bytes from then on.
type Video struct {
	Handle core.Video // the sender's, not 0
	ID     Hash       // of the manifest that the sender knows; zeros if it knows none
	Name   string
}

// AppendVideo appends a video frame: core.VideoIntroSize bytes.
func AppendVideo(b []byte, v Video) []byte {
	b = appendHeader(b, TypeVideo, videoFixed+len(v.Name))
	b = binary.BigEndian.AppendUint32(b, uint32(v.Handle))
	b = append(b, v.ID[:]...)
	return append(append(b, byte(len(v.Name))), v.Name...)
}

// ParseVideo reads a video frame's body. The name is as it came: whoever uses it checks it.
func ParseVideo(body []byte) (Video, error) {
	if len(body) < videoFixed {
		return Video{}, wrongLen(TypeVideo, len(body), videoFixed+1)
	}
	if want := videoFixed + int(body[videoFixed-1]); len(body) != want {
		return Video{}, wrongLen(TypeVideo, len(body), want)
	}
	v := Video{Handle: core.Video(take32(&body)), ID: Hash(body), Name: string(body[core.HashOnWire+1:])}
	if v.Handle == 0 {
		return v, fmt.Errorf("video frame introduces handle 0")
	}
	return v, nil
}

// Part is a piece of a manifest. The parts of one manifest follow each other in order, each but the last with MaxPart
// bytes, so that a reader needs no larger buffer for them than for payload.
type Part struct {
	Video core.Video // the sender's handle
	Total int        // bytes of the whole manifest
	Data  []byte
}

// AppendManifest appends a manifest, cut into parts.
func AppendManifest(b []byte, v core.Video, encoded []byte) []byte {
	for at := 0; at < len(encoded); at += MaxPart {
		part := encoded[at:min(at+MaxPart, len(encoded))]
		b = appendHeader(b, TypeManifest, partFixed+len(part))
		b = binary.BigEndian.AppendUint32(b, uint32(v))
		b = binary.BigEndian.AppendUint32(b, uint32(len(encoded)))
		b = append(b, part...)
	}
	return b
}

// ParsePart reads a manifest frame's body. Data aliases it.
func ParsePart(body []byte) (Part, error) {
	if len(body) <= partFixed {
		return Part{}, wrongLen(TypeManifest, len(body), partFixed+1)
	}
	p := Part{Video: core.Video(take32(&body)), Total: int(take32(&body)), Data: body}
	if len(p.Data) > p.Total || len(p.Data) < min(p.Total, MaxPart) && len(p.Data) != p.Total%MaxPart {
		return p, fmt.Errorf("manifest frame with %d bytes of %d: want %d until the last", len(p.Data), p.Total, MaxPart)
	}
	return p, nil
}
