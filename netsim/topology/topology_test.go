package topology

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"peerstreamer/core"
)

const us, ms = core.Microsecond, core.Millisecond

// table writes a matrix as its rows of microseconds.
func table(m *Matrix) [][]float64 {
	rows := make([][]float64, m.Len())
	for i := range rows {
		for j := range m.Len() {
			rows[i] = append(rows[i], float64(m.At(i, j))/1e3)
		}
	}
	return rows
}

func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		text  string
		power int
		want  core.Time
		ok    bool
	}{
		{"0", 3, 0, true},
		{"1", 0, 1, true},
		{"65433", 3, 65433 * us, true},
		{"12.5", 6, 12500 * us, true},
		{".5", 3, 500, true},
		{"7.", 3, 7 * us, true},
		{"0.0004", 3, 0, true}, // 0.4 ns
		{"0.0005", 3, 1, true}, // half goes up
		{"1.740000000000000000e+02", 6, 174 * ms, true},
		{"1.5E-2", 9, 15 * ms, true},
		{"2e3", 3, 2 * ms, true},
		{"0.000000000000000000000005e24", 3, 5 * us, true},
		{"123456789012345678901234567890e-27", 9, 123456789012, true}, // digits beyond 18 count as zeros
		{"1", 9, core.Second, true},
		{"9999999999999999999999", 9, core.Hour, true},
		{"1e-400", 9, 0, true},
		{"", 3, 0, false},
		{".", 3, 0, false},
		{"e5", 3, 0, false},
		{"1e", 3, 0, false},
		{"1e+-5", 3, 0, false},
		{"1e9999", 3, 0, false},
		{"1.2.3", 3, 0, false},
		{"12ms", 3, 0, false},
		{"+5", 3, 0, false},
	} {
		if got, ok := decimal(c.text, c.power); got != c.want || ok != c.ok {
			t.Errorf("decimal(%q, %d) = %d, %v, want %d, %v", c.text, c.power, got, ok, c.want, c.ok)
		}
	}
}

func TestSquare(t *testing.T) {
	for _, c := range []struct {
		name, text string
		spec       Spec
		want       [][]float64
	}{
		{"microseconds of round trips", "0 65433\n65433 0\n", Spec{Unit: us, RTT: true}, [][]float64{{0, 32716.5}, {32716.5, 0}}},
		{"commas, a comment, empty lines, no last newline", "# ms\n\n0, 10.5\n10.5,0", Spec{Unit: ms}, [][]float64{{0, 10500}, {10500, 0}}},
		{"semicolons and Windows", "1;2\r\n2;3\r\n", Spec{Unit: us}, [][]float64{{1, 2}, {2, 3}}},
		{"places to themselves may be missing", "-1 5\n5 nan", Spec{Unit: us}, [][]float64{{0, 5}, {5, 0}}},
		{"asymmetric", "0 5\n7 0", Spec{Unit: us, Asymmetric: true}, [][]float64{{0, 5}, {7, 0}}},
		{"one place", "3", Spec{Unit: us}, [][]float64{{3}}},
		{"place 1 dropped", "0 -1 4\n-1 0 0\n4 0 0", Spec{Unit: us, Drop: true}, [][]float64{{0, 4}, {4, 0}}},
		{"place 2 lacks most, then place 0 lacks as much as 4 and comes first",
			"0 1 2 3 -1\n1 0 -1 4 5\n2 -1 0 -1 -1\n3 4 -1 0 6\n-1 5 -1 6 0", Spec{Unit: us, Drop: true},
			[][]float64{{0, 4, 5}, {4, 0, 6}, {5, 6, 0}}},
		{"dropped by one direction", "0 1 4\n,0,5\n4 5 0", Spec{Unit: us, Drop: true, Asymmetric: true}, [][]float64{{0, 5}, {5, 0}}},
	} {
		m, err := Square([]byte(c.text), c.spec)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, table(m)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestPairs reads what p2psim's topology of the King data set looks like, and what people make of it.
func TestPairs(t *testing.T) {
	king := "topology E2EGraph 3\nfailure_model NullFailureModel\n\nnode 1\nnode 2\nnode 3\n1,2 100\n1,3 200\n2,3 300\n"
	want := [][]float64{{0, 50, 100}, {50, 0, 150}, {100, 150, 0}}
	for _, c := range []struct {
		name, text string
		spec       Spec
		want       [][]float64
	}{
		{"King", king, Spec{Unit: us, RTT: true}, want},
		{"from 0, by spaces, both directions", "0 1 100\n1 0 100\n0 2 200\n1 2 300\n", Spec{Unit: us, RTT: true}, want},
		{"asymmetric", "1,2 5\n2,1 7\n1,1 2\n", Spec{Unit: us, Asymmetric: true}, [][]float64{{2, 5}, {7, 0}}},
		{"the first that lacks most is dropped", "1,2 -1\n1,3 5\n2,3 6", Spec{Unit: us, Drop: true}, [][]float64{{0, 6}, {6, 0}}},
	} {
		m, err := Pairs([]byte(c.text), c.spec)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, table(m)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestGML takes a square of four nodes with a diagonal that is longer than the way around, with all that other programs
// put into such files, and two nodes with a loop whose delays have units, as Shadow's graphs do.
func TestGML(t *testing.T) {
	square := `Creator "x"
graph [ # a comment
  Network "Square"
  node [ id 10 label "A" graphics [ x 1.5 y [ z -1 ] ] ]
  node [ id 20 ] node [ id 30 ]
  node [ id 40 ]
  edge [ source 10 target 20 weight 1 ]
  edge [ source 20 target 30 weight 2.5 ]
  edge [ source 30 target 40 weight 4 ]
  edge [ source 40 target 10 weight 8 ]
  edge [ source 10 target 30 latency 5 weight 1 ]
]`
	shadow := `graph [
  directed 1
  node [ id 0 host_bandwidth_up "100 Mbit" ]
  node [ id 1 ]
  edge [ source 0 target 0 latency "10 ms" packet_loss 0.0 ]
  edge [ source 0 target 1 latency "20 us" ]
  edge [ source 1 target 0 latency "3 milliseconds" ]
]`
	for _, c := range []struct {
		name, text string
		spec       Spec
		want       [][]float64
	}{
		{"square", square, Spec{Unit: us}, [][]float64{{0, 1, 3.5, 7.5}, {1, 0, 2.5, 6.5}, {3.5, 2.5, 0, 4}, {7.5, 6.5, 4, 0}}},
		{"Shadow", shadow, Spec{Unit: us, Asymmetric: true}, [][]float64{{10000, 20}, {3000, 0}}},
	} {
		m, err := GML([]byte(c.text), c.spec)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, table(m)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestErrors: every mistake that a file or its Spec can have is named with its line.
func TestErrors(t *testing.T) {
	node := "graph [ node [ id 1 ]\nnode [ id 2 ]\n"
	for _, c := range []struct {
		name string
		read func([]byte, Spec) (*Matrix, error)
		text string
		spec Spec
		want string
	}{
		{"nothing", Square, "# only this\n", Spec{Unit: us}, "there are no numbers in it"},
		{"names", Square, "EU,NA\n1,2\n", Spec{Unit: us}, `line 1, number 1: "EU" is not a number: want rows of numbers alone, without names`},
		{"ragged", Square, "0 1 2\n1 0\n", Spec{Unit: us}, "line 2: 2 numbers, but line 1 has 3: want a square"},
		{"too few rows", Square, "0 1 2\n1 0 2\n\n", Spec{Unit: us}, "line 2: 2 rows of 3 numbers: want a square"},
		{"too many rows", Square, "0 1\n1 0\n2 2", Spec{Unit: us}, "line 3: a row too many: rows have 2 numbers, want a square"},
		{"negative", Square, "0 1\n-7 0", Spec{Unit: us}, "line 2, number 1: -7: a negative delay"},
		{"far too long", Square, "0 1\n1e9 0", Spec{Unit: ms, RTT: true}, "line 2, number 1: 1e9 ms is a delay of more than 4s one way: is the unit right?"},
		{"unit", Square, "0 1\n65433 0", Spec{Unit: ms}, "line 2, number 1: 65433 ms is a delay of 1m5.433s one way, more than 4s: is the unit right?"},
		{"asymmetric", Square, "0 1\n\n2 0", Spec{Unit: us}, "line 3, number 1: 2us one way, but line 1, number 2 says 1us: want the same in both directions, or asymmetric = true"},
		{"missing", Square, "0 1\n\n-1 0", Spec{Unit: us}, `line 3, number 1: no delay; 1 of 2 ordered pairs have none: want all, or missing = "drop" to leave out places`},
		{"zero is missing", Square, "0 0\n1 0", Spec{Unit: us}, `line 1, number 2: no delay; 1 of 2 ordered pairs have none: want all, or missing = "drop" to leave out places`},
		{"all dropped", Square, "0 -1\n1 0", Spec{Unit: us, Drop: true}, "line 1, number 2: no delay; so many are missing that no two places are left"},
		{"too large", Square, strings.Repeat("1 ", MaxPlaces+1), Spec{Unit: us}, "line 1: 8193 numbers: want at most 8192 places"},

		{"no pairs", Pairs, "node 1\nnode 2\n", Spec{Unit: us}, `there are no pairs in it: want lines such as "1,2 65433"`},
		{"two fields", Pairs, "1,2 5\n1,3\n", Spec{Unit: us}, `line 2: "1,3": want two places and a delay, such as "1,2 65433"`},
		{"words behind the first pair", Pairs, "1,2 5\nnode 3\n", Spec{Unit: us}, `line 2: "node 3": want two places and a delay, such as "1,2 65433"`},
		{"no place", Pairs, "1,-2 5\n", Spec{Unit: us}, `line 1: "-2": want the number of a place, from 0 or 1`},
		{"place too high", Pairs, "1,8193 5\n", Spec{Unit: us}, "line 1: place 8193: want at most 8192 places"},
		{"places too many", Pairs, "0,8192 5\n", Spec{Unit: us}, "8193 places: want at most 8192"},
		{"too few pairs", Pairs, "1,2 5\n1,4 6\n", Spec{Unit: us}, "2 pairs: 4 places, numbered 1 to 4, have 6: that is less than half of them"},
		{"too few pairs to drop", Pairs, "1,2 5\n1,4 6\n", Spec{Unit: us, Drop: true}, "2 pairs: 4 places, numbered 1 to 4, have 6: that is less than half of them"},
		{"a pair too few", Pairs, "1,2 5\n1,3 6\n", Spec{Unit: us}, `2 pairs: 3 places, numbered 1 to 3, have 3: want all, or missing = "drop" to leave out places`},
		{"directions differ", Pairs, "1,2 5\n2,1 6\n", Spec{Unit: us}, "line 2: 6us one way, but a line before says 5us for this pair: want the same in both directions, or asymmetric = true"},
		{"twice", Pairs, "1,2 5\n2,1 6\n1,2 4", Spec{Unit: us, Asymmetric: true}, "line 3: 4us one way, but a line before says 5us for this pair"},
		{"one direction", Pairs, "1,2 5\n1,1 6", Spec{Unit: us, Asymmetric: true}, `no delay from place 2 to place 1; 1 of 2 ordered pairs have none: want all, or missing = "drop" to leave out places`},
		{"not a number", Pairs, "1,2 5ms\n", Spec{Unit: us}, `line 1: "5ms" is not a number`},

		{"no graph", GML, "node [ id 1 ]", Spec{Unit: us}, "there is no graph [ ... ] in it"},
		{"not GML", GML, "0 1\n1 0", Spec{Unit: us}, `line 1: want a key, such as node or edge, but here is "0"`},
		{"no nodes", GML, "graph [ ]", Spec{Unit: us}, "the graph has no nodes"},
		{"open", GML, "graph [ node [ id 1 ]\n", Spec{Unit: us}, "line 2: the file ends inside [ ... ]"},
		{"quotes", GML, "graph [ label \"x\n", Spec{Unit: us}, "line 1: the text in quotes does not end"},
		{"no id", GML, "graph [\nnode [ label \"x\" ] ]", Spec{Unit: us}, "line 2: no id"},
		{"id", GML, "graph [\nnode [ id 1.5 ] ]", Spec{Unit: us}, `line 2: id "1.5": want a whole number`},
		{"node twice", GML, node + "node [ id 1 ] ]", Spec{Unit: us}, "line 3: node 1 is there twice"},
		{"no such node", GML, node + "edge [ source 1 target 3 weight 1 ] ]", Spec{Unit: us}, "line 3: the edge from 1 to 3: there is no node 3"},
		{"no latency", GML, node + "edge [ source 1 target 2 bandwidth 1 ] ]", Spec{Unit: us}, "line 3: the edge from 1 to 2 has no latency, delay or weight"},
		{"text without unit", GML, node + "edge [ source 1 target 2\n latency \"10\" ] ]", Spec{Unit: us}, `line 4: "10": want a number and a unit, such as "10 ms"`},
		{"text with another unit", GML, node + "edge [ source 1 target 2 latency \"10 km\" ] ]", Spec{Unit: us}, `line 3: "km": want a unit: ns, us, ms or s`},
		{"negative edge", GML, node + "edge [ source 1 target 2 latency -1 ] ]", Spec{Unit: us}, "line 3: -1: a negative delay"},
		{"directed", GML, "graph [ directed 1 node [ id 1 ] ]", Spec{Unit: us}, "the graph is directed, its two directions may differ: want asymmetric = true"},
		{"in two parts", GML, node + "]", Spec{Unit: us}, `no path from node 1 to node 2; 2 of 2 ordered pairs have none: want all, or missing = "drop" to leave out places`},
		{"too long a path", GML, node + "node [ id 3 ] edge [ source 1 target 2 weight 3 ] edge [ source 2 target 3 weight 2 ] ]", Spec{Unit: core.Second},
			"the shortest path from node 1 to node 3 takes more than 4s: is the unit right?"},
	} {
		m, err := c.read([]byte(c.text), c.spec)
		if err == nil {
			t.Errorf("%s: no error but %v", c.name, table(m))
		} else if err.Error() != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, err, c.want)
		}
	}
}

// TestTooManyNodes: a graph is refused before its table is made.
func TestTooManyNodes(t *testing.T) {
	var b strings.Builder
	b.WriteString("graph [\n")
	for i := range MaxGraph + 1 {
		fmt.Fprintf(&b, "node [ id %d ]\n", i)
	}
	_, err := GML([]byte(b.String()+"]"), Spec{Unit: us})
	if want := fmt.Sprintf("line %d: more than 4096 nodes", MaxGraph+2); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestShortestPaths compares all paths of random graphs with those of Floyd and Warshall's algorithm.
func TestShortestPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "nodes")
		directed := rapid.Bool().Draw(t, "directed")
		const far = 1 << 29
		want := make([][]int, n)
		var b strings.Builder
		fmt.Fprintf(&b, "graph [ directed %d\n", map[bool]int{true: 1}[directed])
		for i := range n {
			want[i] = make([]int, n)
			for j := range n {
				if i != j {
					want[i][j] = far
				}
			}
			fmt.Fprintf(&b, "node [ id %d ]\n", 100-i)
		}
		for k := range rapid.IntRange(0, 40).Draw(t, "edges") {
			i, j := rapid.IntRange(0, n-1).Draw(t, fmt.Sprint("from", k)), rapid.IntRange(0, n-1).Draw(t, fmt.Sprint("to", k))
			if i == j {
				continue
			}
			d := rapid.IntRange(1, 20).Draw(t, fmt.Sprint("delay", k))
			fmt.Fprintf(&b, "edge [ source %d target %d delay %d ]\n", 100-i, 100-j, d)
			want[i][j] = min(want[i][j], d)
			if !directed {
				want[j][i] = min(want[j][i], d)
			}
		}
		b.WriteString("]")
		apart := false
		for k := range n {
			for i := range n {
				for j := range n {
					want[i][j] = min(want[i][j], want[i][k]+want[k][j])
				}
			}
		}
		for i := range n {
			for j := range n {
				apart = apart || want[i][j] >= far
			}
		}
		m, err := GML([]byte(b.String()), Spec{Unit: us, Asymmetric: directed})
		if apart || err != nil {
			if !apart || err == nil {
				t.Fatalf("in several parts: %v, error %v\n%s", apart, err, b.String())
			}
			return
		}
		for i := range n {
			for j := range n {
				if got := m.At(i, j); got != core.Time(want[i][j])*us {
					t.Fatalf("from %d to %d: %v, want %d us\n%s", i, j, got, want[i][j], b.String())
				}
			}
		}
	})
}
