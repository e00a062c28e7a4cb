package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"peerstreamer/realnet/gateway/ticket"
	"peerstreamer/realnet/media"
)

const (
	playlistType = "application/vnd.apple.mpegurl"

	// filePart is the video itself once more: what playlists lead to, because ffmpeg's programs take a segment only from an
	// address that ends as its kind of file does. The ending is that of all that psnode add makes.
	filePart = "video.mp4"

	// maxPlaylist bounds a playlist in bytes: a day in segments of two seconds.
	maxPlaylist = 4 << 20
)

// partType returns the media type of what belongs to a video, "" if nothing of that kind does.
func partType(part string) string {
	if _, ok := media.Language(part); ok {
		return "text/vtt; charset=utf-8"
	}
	switch part {
	case media.PlaylistPart:
		return playlistType
	case media.PosterPart:
		return "image/jpeg"
	}
	return ""
}

// companion serves what belongs to a video: its poster, subtitles and playlist.
func (g *Gateway) companion(w http.ResponseWriter, r *http.Request) {
	name, part := goodName(r), r.PathValue("part")
	if !g.admits(w, r, name) {
		return
	}
	if file, ok := subtitlesOf(part); ok {
		g.subtitles(w, r, file)
		return
	}
	kind := partType(part)
	if kind == "" || name == "" {
		http.Error(w, fmt.Sprintf("a video has %s, %s and subtitles such as en.vtt, and nothing else", media.PlaylistPart, media.PosterPart),
			http.StatusNotFound)
		return
	}
	v, ok := g.cfg.Catalogue.Find(media.Companion(name, part))
	if !ok {
		text := "there is no such video here"
		if _, ok := g.cfg.Catalogue.Find(name); ok {
			text = "this video has no " + part
		}
		g.missing(w, r, text)
		return
	}
	b, err := g.open(w, r, v.Name)
	if err != nil {
		g.fail(w, r, err)
		return
	}
	defer b.Close()
	if kind == playlistType {
		g.playlist(w, r, name, b)
		return
	}
	g.send(w, r, b, kind)
}

// playlist serves the playlist of a video, so that it leads to the video's bytes on whatever server and below whatever folder
// it was fetched, with the ticket that it was fetched with.
func (g *Gateway) playlist(w http.ResponseWriter, r *http.Request, name string, b *body) {
	if n := b.s.Size(); n > maxPlaylist {
		http.Error(w, fmt.Sprintf("the playlist has %d bytes, more than %d", n, maxPlaylist), http.StatusBadGateway)
		return
	}
	id := etag(b.s.Manifest())
	text, err := io.ReadAll(b)
	if err != nil {
		g.fail(w, r, err)
		return
	}
	text, err = point(text, locator(filePart, ticket.Carry(r.URL.RawQuery)))
	if err != nil {
		http.Error(w, fmt.Sprintf("the playlist of %q: %v", name, err), http.StatusBadGateway)
		return
	}
	serveText(w, r, playlistType, id, text)
}

// locator puts a query behind an address.
func locator(address, query string) string {
	if query == "" {
		return address
	}
	return address + "?" + query
}

// serveText answers with something small that was made for the request.
func serveText(w http.ResponseWriter, r *http.Request, kind, tag string, text []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	if tag != "" {
		h.Set("ETag", tag)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
}

var (
	errNoPlaylist = errors.New("it does not begin with #EXTM3U")
	errVariants   = errors.New("it lists playlists, not segments")
)

// point returns a media playlist with every address in it replaced: all segments are ranges of one file. What a source has
// written there leads nowhere else.
func point(playlist []byte, to string) ([]byte, error) {
	lines := bytes.Split(bytes.ReplaceAll(playlist, []byte("\r"), nil), []byte("\n"))
	if !bytes.HasPrefix(lines[0], []byte("#EXTM3U")) {
		return nil, errNoPlaylist
	}
	var out bytes.Buffer
	out.Grow(len(playlist) + len(lines)*len(to)/2)
	for i, line := range lines {
		switch {
		case bytes.HasPrefix(line, []byte("#EXT-X-STREAM-INF")), bytes.HasPrefix(line, []byte("#EXT-X-MEDIA:")):
			return nil, errVariants
		case len(bytes.TrimSpace(line)) == 0:
			out.Write(line)
		case line[0] != '#':
			out.WriteString(to)
		default:
			pointTag(&out, line, to)
		}
		if i < len(lines)-1 {
			out.WriteByte('\n')
		}
	}
	return out.Bytes(), nil
}

// pointTag writes a line of a playlist with the value of each attribute URI replaced.
func pointTag(out *bytes.Buffer, line []byte, to string) {
	for {
		at := bytes.Index(line, []byte(`URI="`))
		if at < 0 {
			break
		}
		at += len(`URI="`)
		end := bytes.IndexByte(line[at:], '"')
		if end < 0 {
			break
		}
		out.Write(line[:at])
		out.WriteString(to)
		line = line[at+end:]
	}
	out.Write(line)
}
