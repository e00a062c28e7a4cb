package netsim

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"peerstreamer/core"
)

// TestDigestSeesEveryField changes each field of each argument of a callback, one at a time.
func TestDigestSeesEveryField(t *testing.T) {
	desc := []core.VideoDesc{{Video: 3, Info: core.VideoInfo{Length: 1, ChunkSize: 2, PieceSize: 3, Duration: 4}}}
	for _, c := range []struct {
		name string
		arg  any // a pointer to a struct
		add  func(*digest, any)
	}{
		{"message", &core.Msg{}, func(d *digest, v any) { d.msg(v.(*core.Msg)) }},
		{"flow event", &core.FlowEvent{}, func(d *digest, v any) { d.flow(v.(*core.FlowEvent)) }},
		{"view event", &core.ViewEvent{}, func(d *digest, v any) { d.view(*v.(*core.ViewEvent)) }},
		{"manifest", &core.VideoInfo{}, func(d *digest, v any) { d.video(1, *v.(*core.VideoInfo)) }},
		{"boot", &core.Boot{Owns: slices.Clone(desc), Knows: desc, Held: []core.ChunkID{{Video: 1, Chunk: 2}}},
			func(d *digest, v any) { d.boot(v.(*core.Boot)) }},
	} {
		sum := func() digest {
			d := digestStart
			c.add(&d, c.arg)
			return d
		}
		seen := map[digest]string{sum(): "nothing"}
		var walk func(path string, v reflect.Value)
		walk = func(path string, v reflect.Value) {
			switch v.Kind() {
			case reflect.Struct:
				for i := range v.NumField() {
					walk(path+"."+v.Type().Field(i).Name, v.Field(i))
				}
			case reflect.Array, reflect.Slice:
				for i := range v.Len() {
					walk(fmt.Sprintf("%s[%d]", path, i), v.Index(i))
				}
			default:
				was := reflect.New(v.Type()).Elem()
				was.Set(v)
				switch {
				case v.CanUint():
					v.SetUint(v.Uint() + 1)
				case v.CanInt():
					v.SetInt(v.Int() + 1)
				default:
					v.SetBool(!v.Bool())
				}
				if other, ok := seen[sum()]; ok {
					t.Errorf("%s: a change of %s looks like a change of %s", c.name, path, other)
				}
				seen[sum()] = path
				v.Set(was)
			}
		}
		walk(c.name, reflect.ValueOf(c.arg).Elem())
		if len(seen) < 4 {
			t.Errorf("%s: only %d fields were tried", c.name, len(seen)-1)
		}
	}
}

// TestDigestSeesOrder: the same words in another order, or one zero more, are another history.
func TestDigestSeesOrder(t *testing.T) {
	sum := func(words ...uint64) digest {
		d := digestStart
		for _, w := range words {
			d.add(w)
		}
		return d
	}
	seen := map[digest]int{}
	for i, words := range [][]uint64{{}, {0}, {0, 0}, {1, 2}, {2, 1}, {1}, {1, 2, 0}} {
		if j, ok := seen[sum(words...)]; ok {
			t.Errorf("histories %d and %d have one digest", i, j)
		}
		seen[sum(words...)] = i
	}
}
