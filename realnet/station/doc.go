// Package station is one operated node with all that belongs to it: the realnet.Node, its store, its source's database, what it
// believes, the desk for viewers and, if asked for, the web server. psnode run is a station with flags, psnode demo is nine of
// them in one process.
//
// It decides nothing by itself: it opens things in order, connects them, and closes them in the opposite order.
//
//	s, err := station.Start(station.Config{
//		Node: realnet.Config{Name: "ben", Listen: "127.0.0.1:9102", Master: "tcp://127.0.0.1:9101"},
//		Chunks: "ben", HTTP: "127.0.0.1:8080",
//	})
//	...
//	err = s.Close(ctx)
package station
