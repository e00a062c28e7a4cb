package scenarios

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"peerstreamer/core"
	"peerstreamer/netsim/topology"
)

// maxMatrixFile bounds what is read of a file of delays: more than MaxPlaces squared numbers have.
const maxMatrixFile = 1 * core.GiB

// matrixFormats read the forms that a file of delays may have; the first is the default.
var matrixFormats = []struct {
	name string
	read func([]byte, topology.Spec) (*topology.Matrix, error)
}{
	{"square", topology.Square},
	{"pairs", topology.Pairs},
	{"gml", topology.GML},
}

func matrixFormatNames() (names []string) {
	for _, f := range matrixFormats {
		names = append(names, f.name)
	}
	return names
}

// matrix checks the keys of a matrix, and that its file was read.
func (k *checker) matrix(l *Latency) {
	const path = "net.latency."
	fine := len(k.faults)
	if l.Unit != "" {
		k.wantOneOf(path+"unit", "unit", l.Unit, topology.UnitNames()...)
	}
	if l.Of != "" {
		k.wantOneOf(path+"of", "of", l.Of, "rtt", "one-way")
	}
	k.wantOneOf(path+"format", "format", l.format(), matrixFormatNames()...)
	k.wantOneOf(path+"missing", "missing", l.Missing, "drop", "")
	k.wantOneOf(path+"assign", "assign", l.Assign, "draw", "turn", "")
	if len(k.faults) == fine && l.File != "" && l.Unit != "" && l.Of != "" {
		k.want(l.matrix != nil || l.refused, path+"file", "file %q was not read: want a scenario that Load or Parse returned", l.File)
	}
}

func (l *Latency) format() string {
	if l.Format == "" {
		return matrixFormats[0].name
	}
	return l.Format
}

// read reads the file of a matrix, if the keys say how.
func (l *Latency) read(dir string) error {
	unit, known := topology.ParseUnit(l.Unit)
	if l.Kind != "matrix" || l.File == "" || !known || l.Of != "rtt" && l.Of != "one-way" {
		return nil
	}
	for _, f := range matrixFormats {
		if f.name != l.format() {
			continue
		}
		l.path = beside(dir, l.File)
		data, err := readFile(l.path)
		if err != nil {
			l.refused = true
			return err
		}
		sum := sha256.Sum256(data)
		l.sum = hex.EncodeToString(sum[:])
		spec := topology.Spec{Unit: unit, RTT: l.Of == "rtt", Asymmetric: l.Asymmetric, Drop: l.Missing == "drop"}
		if l.matrix, err = f.read(data, spec); err != nil {
			l.refused = true
			return fmt.Errorf("%s: %w", l.File, err)
		}
	}
	return nil
}

// readFile reads a file that is not too large.
func readFile(name string) (data []byte, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if data, err = io.ReadAll(io.LimitReader(f, int64(maxMatrixFile)+1)); err == nil && core.Bytes(len(data)) > maxMatrixFile {
		err = fmt.Errorf("%s: more than %v", name, maxMatrixFile)
	}
	return data, err
}

// warnings say what a matrix has that is probably not meant.
func (l *Latency) warnings() (list []string) {
	if l.matrix == nil {
		return nil
	}
	if most := l.matrix.Max(); most < core.Millisecond {
		list = append(list, fmt.Sprintf("net.latency: %s: no delay is above %v: is the unit %q right?", l.File, most, l.Unit))
	}
	if n := l.matrix.Dropped(); n > 0 {
		list = append(list, fmt.Sprintf("net.latency: %s: %d of %d places are left out because delays are missing", l.File, n, n+l.matrix.Len()))
	}
	return list
}
