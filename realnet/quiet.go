package realnet

import (
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// strangerLines is how many lines a second a node logs about what peers do to it: refused ones, liars, those who complain. Nobody
// else must be able to fill its disk.
const strangerLines = 5

// quietLog logs about others, at most strangerLines a second. What was left out is counted in the next line.
type quietLog struct {
	log *zap.Logger
	now func() time.Time

	mu     sync.Mutex
	second time.Time // the beginning of the running one
	lines  int       // logged in it
	missed int       // since the last line
}

func (q *quietLog) say(level zapcore.Level, text string, fields ...zap.Field) {
	entry := q.log.Check(level, text)
	if entry == nil {
		return
	}
	q.mu.Lock()
	now := q.now()
	if now.Sub(q.second) >= time.Second || now.Before(q.second) {
		q.second, q.lines = now, 0
	}
	if q.lines >= strangerLines {
		q.missed++
		q.mu.Unlock()
		return
	}
	q.lines++
	missed := q.missed
	q.missed = 0
	q.mu.Unlock()
	if missed > 0 {
		fields = append(fields, zap.Int("more_like_this", missed))
	}
	entry.Write(fields...)
}
