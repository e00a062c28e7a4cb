package media

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
)

// ErrNoVideo is wrapped by Probe's error for a file that has no moving picture.
var ErrNoVideo = errors.New("not a video")

// maxProbe bounds what ffprobe may tell of a file, in bytes.
const maxProbe = 4 << 20

// Info is what is in a file.
type Info struct {
	Path      string
	Bytes     int64
	Duration  time.Duration // 0: unknown
	Video     Stream
	Audio     Stream // Codec "": none
	Subtitles []Stream
	Left      []string // what is in the file and will not be in the video, for people
}

// Stream is one of a file's.
type Stream struct {
	Path     string // of its file, if it is in one of its own
	Index    int
	Codec    string // as ffprobe names it
	Pixels   string // pixel format, of video
	Language string // a language tag; "": not told
	Default  bool
	Width    int // of video, in pixels
	Height   int
}

// probed is ffprobe's answer, as far as it matters here.
type probed struct {
	Streams []struct {
		Index       int    `json:"index"`
		Codec       string `json:"codec_name"`
		Kind        string `json:"codec_type"`
		Pixels      string `json:"pix_fmt"`
		Width       int    `json:"width"`
		Height      int    `json:"height"`
		Disposition struct {
			Default  int `json:"default"`
			Attached int `json:"attached_pic"`
		} `json:"disposition"`
		Tags map[string]string `json:"tags"`
	} `json:"streams"`
	Format struct {
		Duration string `json:"duration"`
	} `json:"format"`
}

// Probe tells what is in a file. The error wraps ErrNoVideo if that is no video.
func (t Tools) Probe(ctx context.Context, path string) (Info, error) {
	st, err := os.Stat(path)
	if err != nil {
		return Info{}, err
	}
	var answer strings.Builder
	err = run(ctx, func(line string) {
		if answer.Len() < maxProbe {
			answer.WriteString(line)
		}
	}, t.ffprobe, "-v", "error", "-show_format", "-show_streams", "-of", "json", "-i", local(path))
	switch {
	case ctx.Err() != nil:
		return Info{}, ctx.Err()
	case err != nil:
		return Info{}, fmt.Errorf("%s: %w: %w", path, ErrNoVideo, err)
	}
	info, err := parseProbe([]byte(answer.String()))
	if err != nil {
		return Info{}, fmt.Errorf("%s: %w", path, err)
	}
	info.Path, info.Bytes = path, st.Size()
	return info, nil
}

// local writes a path so that the tools take it for a file, whatever it looks like.
func local(path string) string { return "file:" + path }

// parseProbe chooses the streams that matter.
func parseProbe(answer []byte) (Info, error) {
	var p probed
	if err := json.Unmarshal(answer, &p); err != nil {
		return Info{}, fmt.Errorf("ffprobe's answer: %w", err)
	}
	info := Info{Duration: seconds(p.Format.Duration)}
	for _, s := range p.Streams {
		x := Stream{Index: s.Index, Codec: s.Codec, Pixels: s.Pixels, Width: s.Width, Height: s.Height,
			Language: languageTag(s.Tags["language"]), Default: s.Disposition.Default != 0}
		var take *Stream
		switch {
		case s.Kind == "video" && s.Disposition.Attached == 0 && !stills[s.Codec]:
			take = &info.Video
		case s.Kind == "audio":
			take = &info.Audio
		case s.Kind == "subtitle" && textSubtitles[s.Codec]:
			info.Subtitles = append(info.Subtitles, x)
			continue
		case s.Kind == "subtitle":
			info.Left = append(info.Left, fmt.Sprintf("subtitles %q: they are pictures (%s)", x.Language, x.Codec))
			continue
		default:
			continue
		}
		switch {
		case take.Codec == "":
			*take = x
		case x.Default && !take.Default:
			*take, x = x, *take
			fallthrough
		default:
			info.Left = append(info.Left, fmt.Sprintf("a further %s track (%s %s)", s.Kind, x.Codec, x.Language))
		}
	}
	if info.Video.Codec == "" {
		return Info{}, fmt.Errorf("%w: there is no moving picture in it", ErrNoVideo)
	}
	return info, nil
}

// stills are codecs of pictures that do not move, which ffprobe calls video too.
var stills = map[string]bool{"png": true, "bmp": true, "gif": true, "webp": true, "tiff": true, "ansi": true}

// textSubtitles are what becomes WebVTT.
var textSubtitles = map[string]bool{"subrip": true, "ass": true, "ssa": true, "webvtt": true, "mov_text": true, "text": true}

// seconds reads a number of seconds with a fraction; 0 for what is none, or more than 100 days.
func seconds(s string) time.Duration {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || f < 0 || f > 100*86400 {
		return 0
	}
	return time.Duration(f * float64(time.Second)).Round(time.Microsecond)
}
