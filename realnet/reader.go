package realnet

import (
	"errors"
	"fmt"
	"os"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/wire"
)

// protocolError ends a connection because of what the peer sent.
type protocolError struct {
	why  core.Reason
	text string
}

func (e *protocolError) Error() string { return e.text }

// breach is the error of a peer that breaks the wire format.
func breach(format string, args ...any) error {
	return &protocolError{core.BadPeer, fmt.Sprintf(format, args...)}
}

// goodbye is the "error" of a peer that closes the connection in good order.
type goodbye wire.Close

func (g *goodbye) Error() string { return fmt.Sprintf("the peer closes: %v %s", g.Why, g.Text) }

// errClosing ends the reader of a link that this node closes.
var errClosing = errors.New("closing")

func isVersion(err error) bool { return errors.Is(err, wire.ErrVersion) }

// readHello reads the peer's first frame.
func (l *link) readHello() lost {
	h, body, err := l.next()
	if err == nil {
		l.n.meters.controlReceived.Add(int64(wire.HeaderSize + h.Len))
		switch h.Type {
		case wire.TypeHello:
			l.peer, err = wire.ParseHello(body)
			if isVersion(err) {
				return lost{core.Refused, err.Error()}
			}
			if err == nil {
				err = l.impostor()
			}
		case wire.TypeClose:
			var c wire.Close
			if c, err = wire.ParseClose(body); err == nil {
				l.told = true
				return lost{c.Why, "the peer refuses: " + c.Text}
			}
		default:
			err = fmt.Errorf("%v frame: want a hello first", h.Type)
		}
		if err != nil {
			return lost{core.BadPeer, err.Error()}
		}
		return lost{}
	}
	if l.who.Name == "" && l.frames.isTLS() {
		return lost{core.Refused, noTLS}
	}
	return l.ending(err)
}

// ending says what an error of the reader means.
func (l *link) ending(err error) lost {
	var bad *protocolError
	var bye *goodbye
	switch {
	case errors.As(err, &bad):
		return lost{bad.why, bad.text}
	case errors.As(err, &bye):
		return lost{bye.Why, bye.Text}
	case errors.Is(err, os.ErrDeadlineExceeded) && l.frames.r < l.frames.w && l.reader == nil:
		return lost{core.BadPeer, "no whole hello in time"}
	case errors.Is(err, os.ErrDeadlineExceeded) && !l.frames.due.IsZero() && !time.Now().Before(l.frames.due):
		return lost{core.BadPeer, fmt.Sprintf("a frame that takes more than %v", frameStalls*l.n.cfg.Stall)}
	case errors.Is(err, os.ErrDeadlineExceeded) && l.frames.r < l.frames.w:
		return lost{core.BadPeer, fmt.Sprintf("no byte for %v in the middle of a frame", l.n.cfg.Stall)}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return lost{core.TimedOut, "no word from the peer"}
	}
	return lost{core.Lost, err.Error()}
}

// reader is what the reader of an open link knows of its peer.
type reader struct {
	*link
	videos   map[core.Video]core.Video // the peer's handles to ours
	flows    map[wire.FlowNumber]*inflow
	manifest assembly
}

// assembly is a manifest of which parts are missing.
type assembly struct {
	video core.Video
	total int
	data  []byte
}

// read takes frames until the link ends, and tells the owner why it did.
func (l *link) read() {
	r := &reader{link: l, videos: map[core.Video]core.Video{}, flows: map[wire.FlowNumber]*inflow{}}
	l.reader = r
	defer l.frames.drop()
	defer r.forgetParts()
	var err error
	for err == nil {
		var h wire.Header
		var body []byte
		h, body, err = l.next()
		l.n.gate.pass()
		if l.closing.Load() {
			return
		}
		if err == nil {
			err = r.frame(h, body)
		}
	}
	end := l.ending(err)
	switch end.why {
	case core.BadPeer, core.BadData, core.TooMany:
		if _, theirs := err.(*goodbye); theirs {
			l.blamed(end)
		} else {
			l.shutdown(wire.Close{Why: end.why, Text: end.text})
			l.blame(end)
		}
	case core.NoSpace:
		if _, theirs := err.(*goodbye); !theirs { // it is to hear why, and is not to blame
			l.shutdown(wire.Close{Why: end.why, Text: end.text})
		}
	}
	l.n.post(event{kind: evLost, c: l.c, arg: end})
}

// blame logs, counts and bans a peer that broke the rules.
func (l *link) blame(end lost) {
	if end.why == core.BadData {
		l.n.meters.badDataPeers.Add(1)
	} else {
		l.n.meters.badPeers.Add(1)
	}
	l.n.doors.say(zap.WarnLevel, "closed a connection", zap.Stringer("peer", l), zap.Stringer("why", end.why),
		zap.String("because", end.text), l.ban())
}

// ban keeps the peer out for a while, if there is a name or an address to know it by, and returns what to log of that.
func (l *link) ban() zap.Field {
	until, banned := l.n.bans.add(l.culprit())
	if !banned {
		return zap.Skip()
	}
	l.n.meters.banned.Add(1)
	if l.who.Name != "" {
		l.n.post(event{kind: evBanned, arg: l.who.Name})
	}
	return zap.Time("banned_until", until)
}

// blamed logs that the peer holds this node for the one that broke the rules. Bad data most likely comes from this
// node's own disk, which nobody else would tell.
func (l *link) blamed(end lost) {
	advice := zap.Skip()
	if end.why == core.BadData {
		advice = zap.String("advice", "a restart checks every chunk on the disk")
	}
	l.n.doors.say(zap.WarnLevel, "a peer complains", zap.Stringer("peer", l), zap.Stringer("why", end.why), zap.String("because", end.text),
		advice)
}

// frame does what one frame says.
func (r *reader) frame(h wire.Header, body []byte) error {
	if h.Type != wire.TypeData {
		r.n.meters.controlReceived.Add(int64(wire.HeaderSize + h.Len))
	}
	switch h.Type {
	case wire.TypeData:
		return r.data(body)
	case wire.TypeVideo:
		return r.introduced(body)
	case wire.TypeManifest:
		return r.part(body)
	case wire.TypeBegin:
		return r.begin(body)
	case wire.TypeEnd:
		return r.end(body)
	case wire.TypeRefuse:
		flow, err := wire.ParseRefuse(body)
		if err != nil {
			return breach("%v", err)
		}
		r.n.post(event{kind: evRefuse, c: r.c, msg: core.Msg{Aux: uint32(flow)}})
	case wire.TypeForget:
		s, err := r.span(h.Type, body)
		if err != nil {
			return err
		}
		r.n.post(event{kind: evForget, c: r.c, msg: core.Msg{Video: s.Video, Chunk: s.Chunk, First: s.First, N: s.N}})
	case wire.TypeForgot:
		s, err := r.span(h.Type, body)
		if err != nil {
			return err
		}
		r.c.in.forgot(s)
	case wire.TypeClose:
		c, err := wire.ParseClose(body)
		if err != nil {
			return breach("%v", err)
		}
		return (*goodbye)(&c)
	case wire.TypeHello:
		return breach("a second hello")
	case wire.TypeAbout:
		return breach("an about that nobody asked for")
	default:
		return r.message(core.MsgKind(h.Type), body)
	}
	return nil
}

// message translates a message's handles and hands it to the owner.
func (r *reader) message(kind core.MsgKind, body []byte) error {
	var peers wire.Peers
	m, err := wire.ParseMsg(kind, body, &peers)
	if err != nil {
		return breach("%v", err)
	}
	if m.Video, err = r.handle(m.Video); err != nil {
		return err
	}
	if kind == core.MsgNo && m.Refused() == core.MsgResolve {
		m.Video = r.n.videos.heir(m.Video)
	}
	for i, a := range peers[:m.NIDs] {
		// If the address book is full, the Machine sees no peer there.
		m.IDs[i], _ = r.n.peers.intern(a)
	}
	r.n.post(event{kind: evMsg, c: r.c, msg: m})
	return nil
}

// handle translates a video's handle; 0, no video, stays 0.
func (r *reader) handle(theirs core.Video) (core.Video, error) {
	v, ok := r.videos[theirs]
	if !ok && theirs != 0 {
		return 0, breach("video handle %d, which was not introduced", theirs)
	}
	return v, nil
}

// span reads the body of a forget or forgot frame.
func (r *reader) span(t wire.Type, body []byte) (core.Span, error) {
	s, err := wire.ParseSpan(t, body)
	if err != nil {
		return s, breach("%v", err)
	}
	s.Video, err = r.handle(s.Video)
	return s, err
}

// introduced learns a video's handle.
func (r *reader) introduced(body []byte) error {
	in, err := wire.ParseVideo(body)
	if err != nil {
		return breach("%v", err)
	}
	if _, again := r.videos[in.Handle]; again {
		return breach("video handle %d introduced twice", in.Handle)
	}
	if len(r.videos) >= r.n.cfg.MaxVideos {
		return &protocolError{core.TooMany, "too many videos introduced"}
	}
	v, err := r.n.videos.intern(in.Name, in.ID)
	switch {
	case errors.Is(err, errTooManyVideos):
		// Others may have filled the table. The handle means no video, and who asks for that hears no.
		r.n.doors.say(zap.ErrorLevel, "cannot learn of a video", zap.Stringer("peer", r.link), zap.String("video", in.Name), zap.Error(err))
	case err != nil:
		return breach("video introduced: %v", err)
	}
	r.videos[in.Handle] = v
	return nil
}

// part adds to a manifest and, when it is whole, checks and keeps it.
func (r *reader) part(body []byte) error {
	p, err := wire.ParsePart(body)
	if err != nil {
		return breach("%v", err)
	}
	a := &r.manifest
	switch {
	case p.Total > r.n.cfg.MaxManifest:
		return breach("manifest of %d bytes: want at most %d", p.Total, r.n.cfg.MaxManifest)
	case a.data == nil:
		if _, err := r.handle(p.Video); err != nil {
			return err
		}
		a.video, a.total = p.Video, p.Total
	case p.Video != a.video || p.Total != a.total || len(a.data)+len(p.Data) > a.total:
		return breach("a manifest's parts do not belong together")
	}
	if core.Bytes(r.n.parts.Add(int64(len(p.Data)))) > r.n.cfg.MaxManifests {
		r.n.parts.Add(-int64(len(p.Data)))
		return &protocolError{core.NoSpace, "the manifests that are arriving are too large together"}
	}
	// Grown by what has come, not by what was promised.
	if a.data = append(a.data, p.Data...); len(a.data) < a.total {
		return nil
	}
	data := a.data
	r.forgetParts()
	v, err := r.handle(p.Video)
	if err != nil {
		return err
	}
	if v != 0 {
		// The peer has told its handle once, and keeps to it. Here the video may have been forgotten and asked for again since.
		v = r.n.videos.heir(v)
		r.videos[p.Video] = v
	}
	return r.described(v, data)
}

// forgetParts ends an assembly.
func (r *reader) forgetParts() {
	r.n.parts.Add(-int64(len(r.manifest.data)))
	r.manifest = assembly{}
}

// described keeps a manifest and tells the owner.
func (r *reader) described(v core.Video, data []byte) error {
	m, err := manifest.Decode(data)
	if err != nil {
		return &protocolError{core.BadData, err.Error()}
	}
	if v == 0 {
		return nil // of a name for which there was no room
	}
	e := r.n.videos.at(v)
	if e == nil || m.Name() != e.name {
		return &protocolError{core.BadData, fmt.Sprintf("manifest of video %q sent for another", m.Name())}
	}
	if e.own {
		return nil // nobody else describes what this node owns
	}
	if !r.n.believes(m, r.link.String()) {
		r.disregard(v)
		return nil
	}
	switch err := r.n.keep(v, m); {
	case errors.Is(err, errOtherVideo):
		r.n.doors.say(zap.WarnLevel, "a peer describes another video of this name", zap.Stringer("peer", r.link),
			zap.String("video", m.Name()), zap.Stringer("id", m.ID()))
	case err != nil:
		r.n.doors.say(zap.ErrorLevel, "cannot keep a manifest", zap.String("video", m.Name()), zap.Error(err))
		r.disregard(v)
	default:
		r.n.post(event{kind: evVideo, c: r.c, msg: core.Msg{Video: v}})
	}
	return nil
}

// disregard makes a manifest that has come as if the peer did not have it: whoever waits for it is told, and may ask again.
func (r *reader) disregard(v core.Video) {
	r.n.post(event{kind: evMsg, c: r.c, msg: core.No(core.Msg{Kind: core.MsgResolve, Video: v}, core.NoVideo)})
}

// errManifests says that peers have sent as much as the node keeps in mind.
var errManifests = errors.New("the manifests of all videos are too large together")

// errOtherVideo says that a handle means another manifest of the name.
var errOtherVideo = errors.New("the handle is that of another video of this name")

// keep binds a handle to a manifest that is believed. What cannot be bound is not stored either: a peer that describes one
// name again and again would fill the disk.
func (n *Node) keep(v core.Video, m *manifest.Manifest) error {
	n.keeping.Lock()
	defer n.keeping.Unlock()
	e := n.videos.at(v)
	if !e.mayBe(m) {
		return errOtherVideo
	}
	if e.m == nil && n.videos.size()+core.Bytes(len(m.Encoded())) > n.cfg.MaxManifests {
		return errManifests
	}
	// Kept before it is known, so that no flow arrives for a video that the store does not have.
	if n.cfg.Store != nil && (e.m == nil || manifest.Resigned(e.m, m)) {
		if err := n.cfg.Store.AddManifest(m); err != nil {
			return err
		}
	}
	n.videos.bind(v, m, false)
	return nil
}

// trickle counts the part of a data frame that has arrived, as a sign of life on a slow link.
func (l *link) trickle(body []byte) {
	if l.reader == nil {
		return
	}
	flow, payload, err := wire.ParseData(body)
	if err != nil {
		return
	}
	if f := l.reader.flows[flow]; f != nil && f.w != nil {
		f.w.partial.Store(int64(len(payload)))
	}
}
