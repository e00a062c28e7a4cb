// Package audience knows who watches at a node's web server, and how they fare: it turns the requests of a player into one viewing,
// plays it along with core.Playout, the model of the simulator's viewers, and hears what the player itself tells (package cmcd).
//
// It serves nothing and decides nothing. A gateway hands it each request for a video's bytes and writes through what it returns:
//
//	w, leave := people.Enter(w, r, audience.Visit{Came: came, From: addr, Video: name, Info: info})
//	defer leave()
//	http.ServeContent(w, r, "", time.Time{}, session)
//
// # How a viewing is told apart
//
// Requests belong together that carry the same CMCD session id and video, or else come from the same IP address and user agent
// for the same video. A viewing is over 60 s after its last request has ended.
//
// # The model and its known error
//
// Bytes count as the player's when the kernel has taken them, so the buffer is too large by what lies in socket buffers. Media
// time is bytes over the mean bitrate. A player that takes nothing for 5 s although bytes are offered, or asks for nothing, is
// not starved but has enough or is paused: then the model's clock stands at the end of its buffer, and no stall is counted. One
// that pauses for less, on a slow network, counts as stalled. A player that loads ahead without playing counts as playing.
// What is asked of the last twentieth of a file before the first frame is taken for an index, not for a seek.
//
// A player that sends CMCD is believed: its buffer and its starvations count and not the model's; the time in stalls and,
// without msd, the startup latency, which CMCD does not tell, stay estimates.
package audience
