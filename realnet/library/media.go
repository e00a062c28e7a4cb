package library

import (
	"net/http"
	"path/filepath"
	"strings"
)

// mediaTypes are the types of files by their name's ending. The system's own table is left out: it differs between
// machines, and with it a video's id would.
var mediaTypes = map[string]string{
	".aac":  "audio/aac",
	".avi":  "video/x-msvideo",
	".flac": "audio/flac",
	".flv":  "video/x-flv",
	".m4a":  "audio/mp4",
	".m4v":  "video/mp4",
	".mkv":  "video/x-matroska",
	".mov":  "video/quicktime",
	".mp3":  "audio/mpeg",
	".mp4":  "video/mp4",
	".mpeg": "video/mpeg",
	".mpg":  "video/mpeg",
	".oga":  "audio/ogg",
	".ogg":  "application/ogg",
	".ogv":  "video/ogg",
	".ts":   "video/mp2t",
	".wav":  "audio/wav",
	".webm": "video/webm",
}

// mediaType guesses what a file is: by the ending of its name, or of the video's, and else by its first bytes.
func mediaType(fileName, name string, head []byte) string {
	for _, n := range []string{fileName, name} {
		if t := mediaTypes[strings.ToLower(filepath.Ext(n))]; t != "" {
			return t
		}
	}
	// What the standard sniffer does not know: all brands of MP4, and MPEG-TS, packets of 188 bytes that begin with 0x47.
	switch {
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		switch string(head[8:12]) {
		case "qt  ":
			return "video/quicktime"
		case "M4A ":
			return "audio/mp4"
		}
		return "video/mp4"
	case len(head) > 2*188 && head[0] == 0x47 && head[188] == 0x47 && head[2*188] == 0x47:
		return "video/mp2t"
	}
	return http.DetectContentType(head)
}
