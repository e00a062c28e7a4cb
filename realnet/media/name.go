package media

import (
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// NameOf returns the name that a video gets from its file: without directory and ending; a character that a name may not
// have becomes a hyphen; dots and spaces at both ends go; at most MaxName bytes, whole characters. "" if nothing is left.
func NameOf(path string) string {
	name := filepath.Base(path)
	name = strings.TrimSuffix(name, filepath.Ext(name))
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || strings.ContainsRune(`/\`+mark, r) {
			return '-'
		}
		return r
	}, name)
	name = strings.Trim(name, ". ")
	for len(name) > MaxName {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	return strings.TrimRight(name, ". ")
}

// endings are those of files that are taken for videos in a directory.
var endings = map[string]bool{
	".3gp": true, ".avi": true, ".flv": true, ".m2ts": true, ".m4v": true, ".mkv": true, ".mov": true, ".mp4": true, ".mpeg": true,
	".mpg": true, ".mts": true, ".ogv": true, ".ts": true, ".vob": true, ".webm": true, ".wmv": true,
}

// LooksLikeVideo reports whether a file's name ends as those of videos do.
func LooksLikeVideo(path string) bool { return endings[strings.ToLower(filepath.Ext(path))] }
