package store

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"
	"slices"

	"peerstreamer/realnet/manifest"
)

// The journal is a file of records, each 44 bytes: what happened (1 byte), three zeros, the chunk (4, big-endian), 32
// bytes that are the video's id or what the event says, and the CRC-32C of all that (4). Records are only appended; now
// and then the file is replaced by one that holds a record for each chunk still here.
const recordSize = 44

// event says what a record tells. The numbers are on disk.
type event uint8

const (
	added     event = 1 // the chunk became whole
	dropped   event = 2 // it went
	used      event = 3 // it was read
	committed event = 4 // the chunks of the first so many records are durable; the number is in the first 8 bytes
	kept      event = 5 // the chunk was whole and durable when the journal was written anew
	opened    event = 6 // a process took the directory; SHA-256 of the name of the kernel's run, zeros if unknown
	closed    event = 7 // the process gave the directory back, all of it durable and nothing half written
	numEvents event = 8
)

// journalReserve is how many bytes the journal is ahead of the disk's free space: enough to record drops, which make
// room, when there is none left.
const journalReserve = 64 << 10

// maxJournal bounds the journal that Open reads: 16 million chunks, and as many records of use again.
const maxJournal = 2 * (16 << 20) * recordSize

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendRecord(b []byte, e event, k Key) []byte {
	at := len(b)
	b = append(b, byte(e), 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, k.Chunk)
	b = append(b, k.ID[:]...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b[at:], castagnoli))
}

// parseRecord is the inverse of appendRecord; false if b was not written by it.
func parseRecord(b []byte) (event, Key, bool) {
	body := b[:recordSize-4]
	e := event(b[0])
	if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(b[recordSize-4:]) || e < added || e >= numEvents {
		return 0, Key{}, false
	}
	k := Key{Chunk: binary.BigEndian.Uint32(b[4:])}
	copy(k.ID[:], b[8:])
	return e, k, true
}

// commitKey is what a record of a commit carries: how many records it is about.
func commitKey(records int64) (k Key) {
	binary.BigEndian.PutUint64(k.ID[:], uint64(records))
	return k
}

// bootKey is what the record of an Open carries; zeros if the kernel's run has no name.
func bootKey(boot string) (k Key) {
	if boot != "" {
		k.ID = sha256.Sum256([]byte(boot))
	}
	return k
}

// journal appends to a file. It is not safe for concurrent use, except that sync may run beside append.
type journal struct {
	d        disk
	f        file
	records  int64
	reserved int64 // bytes from the start that the disk has room for
}

// append adds a record. A record that could be written in part only is overwritten by the next one.
func (j *journal) append(e event, k Key) error {
	at := j.records * recordSize
	if at+journalReserve/2 > j.reserved {
		if j.f.Allocate(at, journalReserve) == nil { // else the write below may still find room
			j.reserved = at + journalReserve
		}
	}
	if _, err := j.f.WriteAt(appendRecord(make([]byte, 0, recordSize), e, k), at); err != nil {
		return err
	}
	j.records++
	return nil
}

// entry is a chunk that the journal leaves whole.
type entry struct {
	Key
	durable bool
}

// appendEntries appends a record for each chunk, in order of use.
func appendEntries(b []byte, entries []entry) []byte {
	for _, e := range entries {
		if e.durable {
			b = appendRecord(b, kept, e.Key)
		} else {
			b = appendRecord(b, added, e.Key)
		}
	}
	return b
}

// replace writes a journal anew and leaves it under its temporary name, durable, for adopt. The caller may append to the
// old one meanwhile.
func (j *journal) replace(boot Key, entries []entry) (*journal, error) {
	data := make([]byte, 0, (len(entries)+1)*recordSize)
	data = appendEntries(appendRecord(data, opened, boot), entries)
	const temp = tempPrefix + journalName
	if err := writeNew(j.d, temp, data); err != nil {
		_ = j.d.Remove(temp) // the next Open does it otherwise
		return nil, err
	}
	f, err := j.d.Open(temp, false)
	if err != nil {
		return nil, err
	}
	next := &journal{d: j.d, f: f, records: int64(len(entries)) + 1}
	if f.Allocate(int64(len(data)), journalReserve) == nil {
		next.reserved = int64(len(data)) + journalReserve
	}
	return next, nil
}

// handOver puts a journal that replace has made in the place of j, with the records of j from a given one on. Its name
// is durable after the next SyncDir; until then a power cut may bring the old one back.
func (j *journal) handOver(next *journal, from int64) error {
	tail := make([]byte, (j.records-from)*recordSize)
	err := next.copyFrom(j, tail, from)
	if err == nil {
		err = j.d.Rename(tempPrefix+journalName, journalName)
	}
	if err != nil {
		return errors.Join(err, next.f.Close())
	}
	next.records += j.records - from
	if j.f != nil {
		err = j.f.Close()
	}
	*j = *next
	return err
}

// copyFrom appends the bytes of j's records from a given one on.
func (next *journal) copyFrom(j *journal, tail []byte, from int64) error {
	if len(tail) == 0 {
		return nil
	}
	if _, err := j.f.ReadAt(tail, from*recordSize); err != nil {
		return err
	}
	_, err := next.f.WriteAt(tail, next.records*recordSize)
	return err
}

// past is what a journal tells of an earlier life.
type past struct {
	entries []entry // least recently used first
	boot    manifest.ID
	closed  bool  // the last one gave the directory back
	records int64 // that could be read
	torn    bool  // there is more in the file, which is none
}

// readJournal reads the journal to the first record that is not one: what a kill or a full disk left there was never
// reported as done. No file is an empty journal.
func readJournal(d disk) (past, error) {
	data, err := readFile(d, journalName, maxJournal)
	if errors.Is(err, fs.ErrNotExist) {
		return past{}, nil
	}
	if err != nil {
		return past{}, err
	}
	return parseJournal(data), nil
}

// parseJournal reads a journal's bytes, whatever they are. O(records), with a map entry for each chunk.
func parseJournal(data []byte) past {
	type whole struct {
		place   int   // in order
		since   int64 // the record that made it whole
		durable bool
	}
	var p past
	chunks := make(map[Key]*whole)
	var order []Key // places that a later record made void hold a Key whose whole has another place
	vouched := int64(0)
	for ; len(data) >= recordSize; data = data[recordSize:] {
		e, k, ok := parseRecord(data[:recordSize])
		if !ok {
			break
		}
		p.closed = e == closed
		switch c := chunks[k]; {
		case e == opened:
			p.boot = k.ID
		case e == committed:
			vouched = max(vouched, int64(min(binary.BigEndian.Uint64(k.ID[:]), uint64(p.records))))
		case e == closed:
			vouched = p.records
		case e == dropped:
			delete(chunks, k)
		case e == added || e == kept:
			chunks[k] = &whole{len(order), p.records, e == kept}
			order = append(order, k)
		case e == used && c != nil:
			c.place = len(order)
			order = append(order, k)
		}
		p.records++
	}
	p.torn = len(data) > 0
	for i, k := range order {
		if c := chunks[k]; c != nil && c.place == i {
			p.entries = append(p.entries, entry{k, c.durable || c.since < vouched})
		}
	}
	p.entries = slices.Clip(p.entries)
	return p
}
