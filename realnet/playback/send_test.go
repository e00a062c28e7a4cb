package playback

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/sample"
	"peerstreamer/realnet/store"
)

// socket is what a TCP connection is to Send: it takes bytes from files by itself.
type socket struct {
	bytes.Buffer
	fromFiles int64
}

func (s *socket) ReadFrom(src io.Reader) (int64, error) {
	l, ok := src.(*io.LimitedReader)
	if !ok {
		return 0, errors.New("not a part of something")
	}
	if _, ok := l.R.(*os.File); !ok {
		return 0, errors.New("not a file")
	}
	n, err := s.Buffer.ReadFrom(src)
	s.fromFiles += n
	return n, err
}

// sendAll sends from where a session is to its end.
func sendAll(t *testing.T, s *Session, w io.Writer) {
	t.Helper()
	for {
		switch n, err := s.Send(w, 100_000); {
		case err == io.EOF:
			return
		case err != nil || n == 0:
			t.Errorf("sent %d bytes: %v", n, err)
			return
		}
	}
}

// TestSendsFiles: at the source and below it a connection gets all bytes from files, while others send from them, too.
func TestSendsFiles(t *testing.T) {
	video := sample.Video[:5*chunkSize+1]
	top, _, atSource := source(t, video)
	_, _, below := cache(t, top, 0, Options{})
	var all sync.WaitGroup
	for name, d := range map[string]*Desk{"source": atSource, "below": below} {
		for range 4 {
			s := open(t, d)
			all.Go(func() {
				var w socket
				sendAll(t, s, &w)
				if !bytes.Equal(w.Bytes(), video) {
					t.Errorf("%s: %d bytes that are not the video's %d", name, w.Len(), len(video))
				}
				if w.fromFiles != int64(len(video)) {
					t.Errorf("%s: %d bytes from files, want all %d", name, w.fromFiles, len(video))
				}
			})
		}
	}
	all.Wait()
}

// TestSendsCopies: who cannot take files, and who sends from a store without files, gets the same bytes.
func TestSendsCopies(t *testing.T) {
	video := sample.Video[:3*chunkSize+1]
	top, _, atSource := source(t, video)
	_, _, inMemory := start(t, realnet.Config{Name: "ben", Master: top.Addr(), Store: &store.Memory{}}, Options{})
	var w socket
	sendAll(t, open(t, inMemory), &w)
	if !bytes.Equal(w.Bytes(), video) || w.fromFiles != 0 {
		t.Errorf("from memory: %d bytes, %d from files; want the video's %d, 0", w.Len(), w.fromFiles, len(video))
	}
	var b bytes.Buffer
	sendAll(t, open(t, atSource), struct{ io.Writer }{&b})
	if !bytes.Equal(b.Bytes(), video) {
		t.Errorf("into a writer: %d bytes that are not the video's %d", b.Len(), len(video))
	}
}

// TestSendGoesOn: Send, Read and Seek share one position.
func TestSendGoesOn(t *testing.T) {
	top, _, _ := source(t, sample.Video)
	_, _, d := cache(t, top, 0, Options{})
	s := open(t, d)
	var w socket
	buf := make([]byte, 1000)
	if _, err := s.Seek(int64(chunkSize)-500, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Send(&w, 1000); n != 500 || err != nil {
		t.Errorf("sent %d bytes, %v; want the 500 that the chunk still has", n, err)
	}
	if _, err := io.ReadFull(s, buf); err != nil || !bytes.Equal(buf, sample.Video[chunkSize:][:1000]) {
		t.Errorf("read behind that: %v", err)
	}
	if got := s.Position(); got != int64(chunkSize)+1000 {
		t.Errorf("position %d, want %d", got, int64(chunkSize)+1000)
	}
}

// TestSendOfWhatIsLost: bytes that the disk has lost are fetched again.
func TestSendOfWhatIsLost(t *testing.T) {
	top, _, _ := source(t, sample.Video)
	ben, machine, d := cache(t, top, 0, Options{})
	s := open(t, d)
	var w socket
	if _, err := s.Send(&w, int64(chunkSize)); err != nil {
		t.Fatal(err)
	}
	ben.Do(func(net core.Network, self core.NodeID) {
		machine.OnLost(net, self, core.ChunkID{Video: s.video, Chunk: 2})
	})
	sendAll(t, s, &w)
	if !bytes.Equal(w.Bytes(), sample.Video) {
		t.Errorf("%d bytes that are not the video's %d", w.Len(), len(sample.Video))
	}
}

// TestSendToTheDead: what a connection says ends the sending at once.
func TestSendToTheDead(t *testing.T) {
	_, _, d := source(t, sample.Video)
	if n, err := open(t, d).Send(dead{}, int64(chunkSize)); n != 0 || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%d bytes, %v; want 0, %v", n, err, io.ErrClosedPipe)
	}
}

type dead struct{}

func (dead) Write([]byte) (int, error)         { return 0, io.ErrClosedPipe }
func (dead) ReadFrom(io.Reader) (int64, error) { return 0, io.ErrClosedPipe }

// TestNameOfAnother: a file whose name has passed to another is not sent from by that name.
func TestNameOfAnother(t *testing.T) {
	name := filepath.Join(t.TempDir(), "chunks")
	stored, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer stored.Close()
	var d descriptor
	defer d.close()
	own, err := d.open(store.NewFile(stored, 0, 1, nil))
	if err != nil || own == stored {
		t.Fatalf("%v, %v: want a descriptor of its own", own, err)
	}
	if err := errors.Join(os.Rename(name, name+"-old"), os.WriteFile(name, []byte("another"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if again, err := d.open(store.NewFile(stored, 0, 1, nil)); again != own || err != nil {
		t.Errorf("%v, %v: want the one that is open", again, err)
	}
	var later descriptor
	if f, err := later.open(store.NewFile(stored, 0, 1, nil)); err == nil {
		t.Errorf("%v is taken for the store's", f.Name())
	}
}
