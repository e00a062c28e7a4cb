package media

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// How a video is made. Fragments of a few seconds are what players fetch at a time; key frames of transcoded video are as
// far apart as a viewer who seeks may notice.
const (
	fragmentLength = 4 * time.Second
	keyframeEvery  = 2 * time.Second
	posterWidth    = 640              // pixels
	posterAt       = 10               // per cent of the duration
	trialLength    = 20 * time.Second // of the video, that Estimate transcodes at most
	trialLimit     = 3 * time.Second  // how long that may take
	trialLeast     = time.Second      // of the video, between the first and the last that Estimate hears of
	videoQuality   = "21"             // x264's constant rate factor
	audioRate      = "160k"           // bit/s
)

// VideoType is the media type of what Make makes.
const VideoType = "video/mp4"

// Made are the files that Make has made.
type Made struct {
	Video     string // path
	Index     Index
	Poster    string            // path; "": there is none
	Subtitles map[string]string // paths by language tag
	Left      []string          // what could not be taken over, for people
}

// Make makes the video and what belongs to it in a directory of the caller's, which it leaves to the caller to remove.
// progress, which may be nil, is told how much of the video's playing time is done.
func (t Tools) Make(ctx context.Context, p Plan, dir string, progress func(time.Duration)) (Made, error) {
	made := Made{Video: filepath.Join(dir, "video.mp4"), Subtitles: map[string]string{}, Left: p.Info.Left}
	args := []string{"-y", "-v", "error", "-nostdin", "-progress", "pipe:1", "-nostats", "-i", local(p.Info.Path)}
	args = append(args, p.encode()...)
	args = append(args, "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1",
		"-movflags", "+frag_keyframe+global_sidx+default_base_moof+delay_moov+skip_trailer",
		"-min_frag_duration", strconv.FormatInt(fragmentLength.Microseconds(), 10), "-f", "mp4", local(made.Video))
	err := run(ctx, onProgress(progress), t.ffmpeg, args...)
	if err != nil {
		return made, fmt.Errorf("make a video of %s: %w", p.Info.Path, err)
	}
	if made.Index, err = readIndexOf(made.Video); err != nil {
		return made, fmt.Errorf("make a video of %s: %w", p.Info.Path, err)
	}
	if err := t.poster(ctx, &made, filepath.Join(dir, PosterPart)); err != nil {
		return made, err
	}
	for i, s := range p.Info.Subtitles {
		if err := t.subtitle(ctx, p.Info, s, i, dir, &made); err != nil {
			return made, err
		}
	}
	return made, nil
}

// onProgress has f, which may be nil, told of each line of ffmpeg's -progress how much playing time is done.
func onProgress(f func(time.Duration)) func(line string) {
	return func(line string) {
		if us, ok := strings.CutPrefix(line, "out_time_us="); ok && f != nil {
			if n, err := strconv.ParseInt(us, 10, 64); err == nil && n > 0 {
				f(time.Duration(n) * time.Microsecond)
			}
		}
	}
}

func readIndexOf(path string) (Index, error) {
	f, err := os.Open(path)
	if err != nil {
		return Index{}, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return Index{}, err
	}
	return ReadIndex(f, st.Size())
}

// encode returns the arguments that choose and encode video and audio.
func (p Plan) encode() []string {
	args := []string{"-map", fmt.Sprintf("0:%d", p.Info.Video.Index)}
	switch {
	case !p.CopyVideo:
		args = append(args, "-c:v", "libx264", "-preset", "veryfast", "-crf", videoQuality, "-pix_fmt", "yuv420p",
			"-vf", "scale=trunc(iw/2)*2:trunc(ih/2)*2", // what 4:2:0 needs
			"-force_key_frames", fmt.Sprintf("expr:gte(t,n_forced*%d)", int(keyframeEvery.Seconds())))
	case p.Info.Video.Codec == "hevc":
		args = append(args, "-c:v", "copy", "-tag:v", "hvc1") // Apple's players know it by no other.
	default:
		args = append(args, "-c:v", "copy")
	}
	switch {
	case p.Info.Audio.Codec == "":
		return append(args, "-an")
	case p.CopyAudio:
		args = append(args, "-c:a", "copy")
	default:
		args = append(args, "-c:a", "aac", "-b:a", audioRate, "-ac", "2")
	}
	return append(args, "-map", fmt.Sprintf("0:%d", p.Info.Audio.Index))
}

// poster takes a frame of the video. That there is none is no error.
func (t Tools) poster(ctx context.Context, made *Made, path string) error {
	at := made.Index.Duration() * posterAt / 100
	err := run(ctx, nil, t.ffmpeg, "-y", "-v", "error", "-nostdin", "-ss", fmt.Sprintf("%.3f", at.Seconds()), "-i", local(made.Video),
		"-frames:v", "1", "-vf", fmt.Sprintf("scale='min(%d,iw)':-2", posterWidth), "-q:v", "4", "-f", "mjpeg", local(path))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if st, statErr := os.Stat(path); err != nil || statErr != nil || st.Size() == 0 {
		made.Left = append(made.Left, fmt.Sprintf("a poster: %v", err))
		return nil
	}
	made.Poster = path
	return nil
}

// subtitle makes WebVTT of the i-th subtitles. That they cannot be read is no error.
func (t Tools) subtitle(ctx context.Context, info Info, s Stream, i int, dir string, made *Made) error {
	lang := s.Language
	if lang == "" {
		lang = "und"
	}
	for n := 2; made.Subtitles[lang] != ""; n++ {
		base, _, _ := strings.Cut(lang, "-x-")
		lang = fmt.Sprintf("%s-x-%d", base, n) // for private use (RFC 5646, section 2.2.7): the second of a language
	}
	from, stream := info.Path, fmt.Sprintf("0:%d", s.Index)
	if s.Path != "" {
		from = s.Path
	}
	path := filepath.Join(dir, fmt.Sprintf("%d.vtt", i))
	err := run(ctx, nil, t.ffmpeg, "-y", "-v", "error", "-nostdin", "-i", local(from), "-map", stream, "-f", "webvtt", local(path))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if st, statErr := os.Stat(path); err != nil || statErr != nil || st.Size() == 0 {
		made.Left = append(made.Left, fmt.Sprintf("subtitles %q: %v", lang, err))
		return nil
	}
	made.Subtitles[lang] = path
	return nil
}
