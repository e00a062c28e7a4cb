package media

import (
	"strings"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
)

// mark stands between a video's name and the part that a companion is. The names of videos that people see have none.
const mark = "~"

// Parts that a companion can be. Subtitles are LANG.vtt, LANG being a language tag such as en or pt-BR.
const (
	PosterPart   = "poster.jpg" // a frame of the video, JPEG
	PlaylistPart = "index.m3u8" // an HLS media playlist of byte ranges into the video itself
	subtitleExt  = ".vtt"
)

// Media types of companions; PlaylistType is beside Playlist.
const (
	PosterType    = "image/jpeg"
	SubtitlesType = "text/vtt; charset=utf-8"
)

// maxPart bounds a part: the longest language tag that RFC 5646 wants room for has 35 characters.
const maxPart = 35 + len(subtitleExt)

// MaxName bounds the name of a video that is to have companions, in bytes.
const MaxName = core.MaxName - len(mark) - maxPart

// Companion returns the name of the companion of a video that is the given part of it.
func Companion(name, part string) string { return name + mark + part }

// SubtitlePart returns the part that subtitles in a language are.
func SubtitlePart(lang string) string { return lang + subtitleExt }

// Parse takes the name of a companion apart. A name that has no mark, or nothing before or behind it, is not a companion's.
func Parse(name string) (video, part string, ok bool) {
	at := strings.LastIndex(name, mark)
	if at <= 0 || at == len(name)-len(mark) {
		return "", "", false
	}
	return name[:at], name[at+len(mark):], true
}

// Language returns the language of subtitles; false for other parts.
func Language(part string) (lang string, ok bool) {
	lang, ok = strings.CutSuffix(part, subtitleExt)
	return lang, ok && lang != ""
}

// CheckVideoName returns nil if a video with companions may have that name: manifest.CheckName's rules, no mark, and room
// for the longest companion's.
func CheckVideoName(name string) error {
	if err := manifest.CheckName(name); err != nil {
		return err
	}
	switch {
	case strings.Contains(name, mark):
		return &manifest.NameError{Name: name, Rule: "contains " + mark + ", which stands before what belongs to a video"}
	case len(name) > MaxName:
		return &manifest.NameError{Name: name, Rule: "leaves no room for the names of its poster and subtitles"}
	}
	return nil
}
