// Package cmcd reads Common Media Client Data (CTA-5004): what a player tells with each request of how it fares, in the header
// fields CMCD-Request, CMCD-Object, CMCD-Status and CMCD-Session or in the query argument CMCD.
//
// It takes what an operator's page needs, version 1 and msd of version 2; other keys are read over. It does not write CMCD, and
// believes nothing: whoever sends a request says what they like in it.
//
//	if d, ok := cmcd.FromRequest(r); ok && d.HasBuffer {
//		show(d.Session, d.Buffer)
//	}
package cmcd
