package gateway

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"peerstreamer/realnet/catalog"
	"peerstreamer/realnet/gateway/ticket"
	"peerstreamer/realnet/media"
)

// Subtitles in HLS: players that play nothing but HLS, as on an iPhone, hear of them in the multivariant playlist, which leads to
// a playlist for each language of one segment, the WebVTT file. Our pages have the files as tracks of their own, and ask for
// a playlist without them, or each language would be offered twice.

const (
	playlistEnding = ".m3u8" // behind a subtitle file's name: its playlist

	// pageSubtitles in an address says that whoever asks has the subtitles already.
	pageSubtitles = "subtitles=page"
)

// withPageSubtitles adds pageSubtitles to a query, which begins with a question mark or is "".
func withPageSubtitles(query string) string {
	if query == "" {
		return "?" + pageSubtitles
	}
	return query + "&" + pageSubtitles
}

// subtitled returns the languages to be listed in a multivariant playlist.
func subtitled(v catalog.Video, r *http.Request) []string {
	if v.Duration <= 0 || r.FormValue("subtitles") == "page" {
		return nil
	}
	return v.Subtitles
}

// renditions writes the subtitles that a pathway has, as a group, and returns what its variant says of that.
func renditions(out *bytes.Buffer, langs []string, group int, root, name, query string) (attribute string) {
	if len(langs) == 0 {
		return ""
	}
	for _, lang := range langs {
		fmt.Fprintf(out, "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"text%d\",NAME=%q,LANGUAGE=%q,DEFAULT=NO,AUTOSELECT=YES,URI=%q\n",
			group, lang, lang, locator(root+"/v/"+name+"/"+url.PathEscape(media.SubtitlePart(lang))+playlistEnding, query))
	}
	return fmt.Sprintf(",SUBTITLES=\"text%d\"", group)
}

// subtitles serves the playlist of a subtitle file.
func (g *Gateway) subtitles(w http.ResponseWriter, r *http.Request, part string) {
	v, ok := g.find(w, r)
	if !ok {
		return
	}
	if _, ok := g.cfg.Catalogue.Find(media.Companion(v.Name, part)); !ok || v.Duration <= 0 {
		g.missing(w, r, "this video has no "+part+playlistEnding)
		return
	}
	seconds := time.Duration(v.Duration).Seconds()
	text := fmt.Sprintf("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%d\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:%.6f,\n%s\n#EXT-X-ENDLIST\n",
		int(math.Ceil(seconds)), seconds, locator("./"+url.PathEscape(part), ticket.Carry(r.URL.RawQuery)))
	serveText(w, r, playlistType, "", []byte(text))
}

// subtitlesOf returns the subtitle file that a part is the playlist of.
func subtitlesOf(part string) (file string, ok bool) {
	file, ok = strings.CutSuffix(part, playlistEnding)
	if ok {
		_, ok = media.Language(file)
	}
	return file, ok
}
