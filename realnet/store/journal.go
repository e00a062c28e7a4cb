package store

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
)

// The journal is a file of records, each 44 bytes: what happened (1 byte), three zeros, the chunk (4, big-endian), the
// video's id (32), and the CRC-32C of all that (4). Records are only appended; now and then the file is replaced by one
// that holds a record for each chunk still here.
const recordSize = 44

// event says what a record tells of a chunk. The numbers are on disk.
type event uint8

const (
	added   event = 1 // it became whole
	dropped event = 2
	used    event = 3 // it was read
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendRecord(b []byte, e event, k Key) []byte {
	at := len(b)
	b = append(b, byte(e), 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, k.Chunk)
	b = append(b, k.ID[:]...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b[at:], castagnoli))
}

// parseRecord is the inverse of appendRecord; false if b was not written by it.
func parseRecord(b *[recordSize]byte) (event, Key, bool) {
	body := b[:recordSize-4]
	e := event(b[0])
	if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(b[recordSize-4:]) || e < added || e > used {
		return 0, Key{}, false
	}
	k := Key{Chunk: binary.BigEndian.Uint32(b[4:])}
	copy(k.ID[:], b[8:])
	return e, k, true
}

// journal appends to the file at path. It is not safe for concurrent use.
type journal struct {
	path    string
	f       *os.File
	records int64
}

// append adds a record. A record that could be written in part only is overwritten by the next one.
func (j *journal) append(e event, k Key) error {
	if _, err := j.f.WriteAt(appendRecord(make([]byte, 0, recordSize), e, k), j.records*recordSize); err != nil {
		return err
	}
	j.records++
	return nil
}

// rewrite replaces the journal by one that holds the given chunks in order of use. After an error the old one remains.
func (j *journal) rewrite(held []Key) error {
	data := make([]byte, 0, len(held)*recordSize)
	for _, k := range held {
		data = appendRecord(data, added, k)
	}
	if err := writeFile(j.path, data); err != nil {
		return err
	}
	f, err := os.OpenFile(j.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if j.f != nil {
		j.f.Close()
	}
	j.f, j.records = f, int64(len(held))
	return nil
}

// readJournal returns the chunks that the journal's records leave whole, least recently used first. It ends at the first
// record that is not one: what a kill or a full disk left there was never reported as done. No file is an empty journal.
func readJournal(path string) ([]Key, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()

	last := make(map[Key]int) // a chunk's place in order
	var order []Key           // places that a later record made void hold a Key that last does not point at
	r := bufio.NewReader(f)
	for {
		var b [recordSize]byte
		if _, err := io.ReadFull(r, b[:]); err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		} else if err != nil {
			return nil, err
		}
		e, k, ok := parseRecord(&b)
		if !ok {
			break
		}
		_, whole := last[k]
		switch {
		case e == dropped:
			delete(last, k)
		case e == added || whole:
			last[k] = len(order)
			order = append(order, k)
		}
	}
	var held []Key
	for i, k := range order {
		if at, ok := last[k]; ok && at == i {
			held = append(held, k)
		}
	}
	return held, nil
}
