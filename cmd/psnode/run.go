package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"net"
	"strconv"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/station"
)

const runHelp = `
psnode run runs a node until it is interrupted. A node with a video database and no master is a source; one with a
master keeps what it has seen in its chunk directory and serves it to its children, its siblings and viewers.

  psnode run -name source -port 9100 -videodatabase videos
  psnode run -name mit -port 9101 -chunkdirectory mit -master tcp://127.0.0.1:9100
  psnode run -name ben -port 9102 -chunkdirectory ben -master tcp://127.0.0.1:9101 -supermaster tcp://127.0.0.1:9100

Between machines, nodes prove themselves with keys; the name and the master are then known:

  psnode run -keys keys -ip 0.0.0.0 -port 9100 -chunkdirectory ben
`

// maxStore is the largest -store-size: what core counts.
const maxStore = 4 * 1024 * core.GiB

// nodeFlags are the flags of psnode run.
type nodeFlags struct {
	name, ip            string
	port, chunks, slots int
	ahead               uint
	size                string
	dir, database       string
	master, supermaster string
	advertise           string
	uplink, downlink    string
	keys                string
	http                httpFlags
	pins                pinFlags
	insecure, nat       bool
	status              statusFlags
	videos              videoFlags
	log                 logFlags
	configFile          string
}

func (n *nodeFlags) register(f *flag.FlagSet) {
	f.StringVar(&n.name, "name", "", "the node's `NAME`, the same after a restart")
	f.StringVar(&n.ip, "ip", "127.0.0.1", "`ADDRESS` to listen on")
	f.IntVar(&n.port, "port", 0, "`PORT` to listen on; 0 picks a free one")
	f.StringVar(&n.advertise, "advertise", "", "`HOST:PORT` under which others reach this node (default: -ip, or what they see)")
	f.BoolVar(&n.nat, "nat", false, "peers cannot dial this node (see psnode check): serve them over the connections that it opens")
	f.StringVar(&n.dir, "chunkdirectory", "", "`DIR` for the chunks that this node keeps, made if it does not exist")
	f.StringVar(&n.size, "store-size", "10GiB", "how many bytes of chunks to keep at most, and never more than the disk has room for")
	f.IntVar(&n.chunks, "store-chunks", 0, "how many chunks to keep at most, as well; 0: no limit")
	f.StringVar(&n.database, "videodatabase", "", "`DIR` that psnode split has written: this node is a source")
	f.StringVar(&n.master, "master", "", "`ADDRESS` of the node to follow, tcp://host:port")
	f.StringVar(&n.supermaster, "supermaster", "", "`ADDRESS` to turn to while the master is away")
	f.StringVar(&n.uplink, "uplink", "0", "upload limit such as 20Mbit/s; 0: none")
	f.StringVar(&n.downlink, "downlink", "0", "download limit; 0: none")
	f.IntVar(&n.slots, "slots", 0, "uploads at a time; 0: no limit")
	f.UintVar(&n.ahead, "read-ahead", uint(core.DefaultConfig().ReadAhead), fmt.Sprintf("`CHUNKS` that are fetched and kept for each viewer, the one being read included; 1 to %d", core.MaxReadAhead))
	f.StringVar(&n.keys, "keys", "", "`DIR` of the keys that psnode keygen or psnode join has written: TLS with members of the swarm")
	f.Var(&n.pins, "pin", "public `KEY` of a source whose manifests are taken, and no other's; may be repeated (default: what -keys knows)")
	f.BoolVar(&n.insecure, "insecure", false, insecureUsage)
	n.http.register(f)
	n.status.register(f)
	n.videos.register(f)
	n.log.register(f, "info")
	f.StringVar(&n.configFile, configFlag, "", "TOML `FILE` with settings named as these flags are (see psnode config); the command line counts")
}

func runNode(ctx context.Context, args []string, std streams) (err error) {
	f := newFlags("run", runHelp, std)
	var n nodeFlags
	n.register(f)
	member, err := n.read(f, args)
	if err != nil {
		return err
	}
	cfg, err := n.resolve(member)
	if err != nil {
		return complain(f, "%v", err)
	}
	access, err := n.status.access()
	if err != nil {
		return complain(f, "%v", err)
	}
	if cfg.Join, err = member.issuer(); err != nil {
		return err
	}
	log, level, err := n.log.openLevel(std.err)
	if err != nil {
		return complain(f, "%v", err)
	}
	defer func() { _ = log.Sync() }()
	sc := station.Config{Node: cfg, Chunks: n.dir, Videos: n.database, Pins: member.pins(n.pins), Ahead: uint32(n.ahead), HTTP: n.http.addr,
		Status: access, Others: n.status.others, Debug: n.status.debug, Log: log}
	if sc.Web, err = n.http.open(); err != nil {
		return complain(f, "%v", err)
	}
	if n.database != "" {
		if sc.SignKey, err = member.sourceKey(); err != nil {
			return err
		}
	}
	if err := n.videos.configure(&sc); err != nil {
		return complain(f, "%v", err)
	}
	node, err := station.Start(sc)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "%s listens on tcp://%s\n", n.name, node.Node.Addr())
	if node.Gateway != nil {
		fmt.Fprintf(std.out, "watch at %s/\n", node.Gateway.URL())
	}
	o := &operated{args: args, flags: f, log: log, level: level, node: node}
	o.operate(ctx)
	log.Info("stopping")
	r := node.Record()
	end, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err = node.Close(end)
	log.Info("in all", zap.String("name", n.name), zap.Int64("from_source_bytes", int64(r.FromSource)), zap.Int64("from_master_bytes", int64(r.FromMaster)),
		zap.Int64("from_sibling_bytes", int64(r.FromSibling)), zap.Int64("sent_bytes", int64(r.Sent)),
		zap.Uint32("chunks_held", r.Cached), zap.Uint32("directory_entries", r.DirectoryEntries),
		zap.Uint32("failovers", r.Failovers))
	return err
}

// read parses a command line and the configuration file that it names, and opens the keys that either names.
func (n *nodeFlags) read(f *flag.FlagSet, args []string) (membership, error) {
	if err := parse(f, args); err != nil {
		return membership{}, err
	}
	if n.configFile != "" {
		if err := readConfig(f, n.configFile); err != nil {
			return membership{}, err
		}
	}
	return openKeys(n.keys)
}

// resolve fills in what the keys know and returns what the node would be. Its errors are about flags.
func (n *nodeFlags) resolve(m membership) (realnet.Config, error) {
	if err := n.settle(m); err != nil {
		return realnet.Config{}, err
	}
	cfg, err := n.config()
	cfg.Keys = m.keys
	return cfg, err
}

// check returns an error if the node could not run with these flags, without running it.
func (n *nodeFlags) check(m membership) error {
	if _, err := n.resolve(m); err != nil {
		return err
	}
	if err := n.videos.configure(&station.Config{Videos: n.database}); err != nil {
		return err
	}
	_, faultyAccess := n.status.access()
	_, faultyHTTP := n.http.open()
	_, faultyLog := n.log.parse()
	return errors.Join(faultyAccess, faultyHTTP, faultyLog)
}

// rates returns what the node's link is limited to.
func (n *nodeFlags) rates() (up, down core.Rate, err error) {
	if up, err = core.ParseRate(n.uplink); err != nil {
		return 0, 0, fmt.Errorf("-uplink: %w", err)
	}
	if down, err = core.ParseRate(n.downlink); err != nil {
		return 0, 0, fmt.Errorf("-downlink: %w", err)
	}
	return up, down, nil
}

// config checks the flags that make no sense together and fills in what needs no file.
func (n *nodeFlags) config() (realnet.Config, error) {
	var c realnet.Config
	switch {
	case n.name == "":
		return c, errors.New("-name is needed")
	case n.master == "" && n.database == "":
		return c, errors.New("give -master to follow a node, or -videodatabase to be a source")
	case n.master != "" && n.dir == "":
		return c, errors.New("a node with a master needs a -chunkdirectory")
	case n.supermaster != "" && n.master == "":
		return c, errors.New("-supermaster without -master")
	case n.port < 0 || n.port > 65535:
		return c, fmt.Errorf("-port %d: want 0..65535", n.port)
	case n.chunks < 0 || n.chunks > math.MaxInt32:
		return c, fmt.Errorf("-store-chunks %d: want 0..%d", n.chunks, math.MaxInt32)
	case n.ahead < 1 || n.ahead > core.MaxReadAhead:
		return c, fmt.Errorf("-read-ahead %d: want 1..%d", n.ahead, core.MaxReadAhead)
	case n.slots < 0:
		return c, fmt.Errorf("-slots %d: want 0 or more", n.slots)
	}
	up, down, err := n.rates()
	if err != nil {
		return c, err
	}
	size, err := core.ParseBytes(n.size)
	if err == nil && (size <= 0 || size > maxStore) {
		err = fmt.Errorf("want more than 0 and at most %d", maxStore)
	}
	if err != nil {
		return c, fmt.Errorf("-store-size: %w", err)
	}
	c = realnet.Config{
		Name: n.name, Listen: net.JoinHostPort(n.ip, strconv.Itoa(n.port)), Advertise: n.advertise, NAT: n.nat, Master: n.master,
		Supermaster: n.supermaster, Uplink: up, Downlink: down, Slots: int32(n.slots), StoreChunks: int32(n.chunks), StoreBytes: size,
		Seed: uint64(time.Now().UnixNano()),
	}
	for _, a := range []struct{ flag, addr string }{{"-ip", c.Listen}, {"-advertise", c.Advertise},
		{"-master", c.Master}, {"-supermaster", c.Supermaster}} {
		if err := checkAddr(a.flag, a.addr, n.insecure || n.keys != ""); err != nil {
			return c, err
		}
		if hostport, _ := realnet.ParseAddr(a.addr); a.flag != "-ip" && a.flag != "-advertise" && n.port != 0 && hostport == c.Listen {
			return c, fmt.Errorf("%s: %s is this node itself", a.flag, a.addr)
		}
	}
	return c, nil
}

// checkAddr returns an error if an address cannot be read, or leads beyond this machine and nobody said that it may.
func checkAddr(flag, addr string, insecure bool) error {
	if addr == "" {
		return nil
	}
	if _, err := realnet.ParseAddr(addr); err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	err := realnet.OnlyLoopback(addr)
	switch {
	case insecure || err == nil:
		return nil
	case errors.Is(err, realnet.ErrBeyond):
		return fmt.Errorf("%s: %w; say -keys DIR with what psnode keygen (a new swarm) or psnode join (this box) has made, "+
			"or -insecure if you trust the network", flag, err)
	}
	return fmt.Errorf("%s: %w", flag, err)
}
