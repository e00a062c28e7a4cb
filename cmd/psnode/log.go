package main

import (
	"flag"
	"fmt"
	"io"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// logFlags add -log and -level to a command.
type logFlags struct{ format, level string }

func (l *logFlags) register(f *flag.FlagSet, level string) {
	f.StringVar(&l.format, "log", "console", "log format on standard error: console or json")
	f.StringVar(&l.level, "level", level, "what to log: debug, info, warn or error, and all above it")
}

// open returns the logger that the flags ask for.
func (l *logFlags) open(w io.Writer) (*zap.Logger, error) {
	log, _, err := l.openLevel(w)
	return log, err
}

// parse returns the level.
func (l *logFlags) parse() (zapcore.Level, error) {
	level, err := zapcore.ParseLevel(l.level)
	if err != nil {
		err = fmt.Errorf("-level %q: want debug, info, warn or error", l.level)
	}
	return level, err
}

// openLevel returns a logger with a level that can be changed.
func (l *logFlags) openLevel(w io.Writer) (*zap.Logger, zap.AtomicLevel, error) {
	at, err := l.parse()
	level := zap.NewAtomicLevelAt(at)
	if err != nil {
		return nil, level, err
	}
	cfg := zap.NewProductionEncoderConfig()
	cfg.EncodeTime = zapcore.ISO8601TimeEncoder
	cfg.EncodeDuration = zapcore.StringDurationEncoder
	var enc zapcore.Encoder
	switch l.format {
	case "console":
		cfg.EncodeLevel = zapcore.CapitalLevelEncoder
		enc = zapcore.NewConsoleEncoder(cfg)
	case "json":
		enc = zapcore.NewJSONEncoder(cfg)
	default:
		return nil, level, fmt.Errorf("-log %q: want console or json", l.format)
	}
	return zap.New(zapcore.NewCore(enc, zapcore.Lock(zapcore.AddSync(w)), level)), level, nil
}
