package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCompareFacts_HoldsBothWays(t *testing.T) {
	t.Parallel()
	file := func(id, value string) fact {
		return fact{source: "s", id: id, from: "f:" + id, fields: map[string]string{"value": value}}
	}
	event := func(id, value string) fact {
		return fact{source: "s", id: id, from: "message " + id, fields: map[string]string{"value": value}}
	}
	files := []fact{file("1", "0.5"), file("2", "1")}
	for name, test := range map[string]struct {
		stream []fact
		want   []string
	}{
		"equal in any order": {stream: []fact{event("2", "1"), event("1", "0.5")}},
		"one is missing":     {stream: []fact{event("1", "0.5")}, want: []string{"missing: s 2 (f:2)"}},
		"one is doubled": {
			stream: []fact{event("1", "0.5"), event("2", "1"), event("2", "1")},
			want:   []string{"2 times instead of once: s 2 (f:2; message 2, message 2)"},
		},
		"one is in no file": {
			stream: []fact{event("1", "0.5"), event("2", "1"), event("3", "7")},
			want:   []string{"in no file: s 3 (message 3) value=7"},
		},
		"a field differs": {
			stream: []fact{event("1", "0.25"), event("2", "1")},
			want:   []string{"s 1: value is 0.25, the file has 0.5 (f:1; message 1)"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, compareFacts(files, test.stream))
		})
	}
}

func TestCompareFacts_SeesAFieldThatOneSideLacks(t *testing.T) {
	t.Parallel()
	with := fact{source: "s", id: "1", from: "here", fields: map[string]string{"user": "AL"}}
	without := fact{source: "s", id: "1", from: "there"}
	require.Equal(t, []string{"s 1: user is nothing, the file has AL (here; there)"},
		compareFacts([]fact{with}, []fact{without}))
	require.Equal(t, []string{"s 1: user is AL, the file has nothing (there; here)"},
		compareFacts([]fact{without}, []fact{with}))
}
