package media

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// PlaylistType is the media type of Playlist.
const PlaylistType = "application/vnd.apple.mpegurl"

// Playlist returns the HLS media playlist (RFC 8216) of a video: byte ranges into the file called name, which is where the
// playlist is.
func (x Index) Playlist(name string) string {
	uri := "./" + url.PathEscape(name) // With "./" a colon in the name does not make a scheme of what is before it.
	longest := time.Duration(0)
	for _, f := range x.Fragments {
		longest = max(longest, f.Duration)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%d\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n",
		(longest+time.Second-1)/time.Second)
	fmt.Fprintf(&b, "#EXT-X-MAP:URI=\"%s\",BYTERANGE=\"%d@0\"\n", uri, x.Header)
	at := x.First
	for _, f := range x.Fragments {
		fmt.Fprintf(&b, "#EXTINF:%.6f,\n#EXT-X-BYTERANGE:%d@%d\n%s\n", f.Duration.Seconds(), f.Bytes, at, uri)
		at += f.Bytes
	}
	b.WriteString("#EXT-X-ENDLIST\n")
	return b.String()
}
