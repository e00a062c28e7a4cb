package media

import (
	"os"
	"path/filepath"
	"strings"
)

// sidecars are the endings of files with subtitles.
var sidecars = map[string]string{".srt": "subrip", ".vtt": "webvtt", ".ass": "ass", ".ssa": "ssa"}

// maxSidecars bounds the subtitles beside one video.
const maxSidecars = 32

// Sidecars returns the subtitles that lie beside a video: for Holiday.mkv, Holiday.srt and Holiday.en.srt, by name.
func Sidecars(path string) []Stream {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil // Who opens the video will tell.
	}
	base := filepath.Base(path)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	var found []Stream
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), base)
		ext := filepath.Ext(rest)
		codec := sidecars[strings.ToLower(ext)]
		if !ok || codec == "" || e.IsDir() || len(found) == maxSidecars {
			continue
		}
		lang := strings.TrimSuffix(rest, ext)
		if lang != "" {
			if lang = languageTag(strings.TrimPrefix(lang, ".")); lang == "" || rest[0] != '.' {
				continue // another video's: Holiday 2.srt
			}
		}
		found = append(found, Stream{Path: filepath.Join(filepath.Dir(path), e.Name()), Codec: codec, Language: lang})
	}
	return found
}
