// Package sample is a small real video, for demonstrations and end-to-end tests: 40 s of H.264 and AAC in an MP4 file
// with its index first, a moving test picture that counts seconds and a 440 Hz tone. It was made with ffmpeg 5.1 by
//
//	ffmpeg -f lavfi -i testsrc2=size=640x360:rate=25 -f lavfi -i sine=frequency=440:sample_rate=48000 \
//	  -t 40 -c:v libx264 -preset veryslow -b:v 500k -maxrate 600k -bufsize 1200k -pix_fmt yuv420p -c:a aac -b:a 64k \
//	  -movflags +faststart -fflags +bitexact -flags:v +bitexact -flags:a +bitexact sample.mp4
package sample
