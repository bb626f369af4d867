package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fact is one record or one event, in words that can be compared.
type fact struct {
	// source and id say which one it is.
	source, id string
	fields     map[string]string
	// from is where it stands: a line of a file, or a place on the stream.
	from string
}

func (f fact) name() string { return f.source + " " + f.id }

func number(n float64) string { return strconv.FormatFloat(n, 'g', -1, 64) }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// compareFacts returns what differs between the files and the stream, in the
// order of the files, then of the stream.
func compareFacts(files, stream []fact) []string {
	inFiles, onStream := byName(files), byName(stream)
	var differences []string
	for _, f := range files {
		found := onStream[f.name()]
		switch {
		case len(found) == 0:
			differences = append(differences, fmt.Sprintf("missing: %s (%s)", f.name(), f.from))
		case len(found) > 1:
			differences = append(differences, fmt.Sprintf("%d times instead of once: %s (%s; %s)",
				len(found), f.name(), f.from, places(found)))
		default:
			differences = append(differences, compareFields(f, found[0])...)
		}
	}
	for _, f := range stream {
		if len(inFiles[f.name()]) == 0 {
			differences = append(differences, fmt.Sprintf("in no file: %s (%s) %s", f.name(), f.from, words(f.fields)))
		}
	}
	return differences
}

func byName(facts []fact) map[string][]fact {
	found := make(map[string][]fact, len(facts))
	for _, f := range facts {
		found[f.name()] = append(found[f.name()], f)
	}
	return found
}

// compareFields holds both ways: a field that only one side has differs too.
func compareFields(file, event fact) []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(file.fields)), maps.Keys(event.fields))
	slices.Sort(names)
	var differences []string
	for _, name := range slices.Compact(names) {
		want, got := file.fields[name], event.fields[name]
		if want != got {
			differences = append(differences, fmt.Sprintf("%s: %s is %s, the file has %s (%s; %s)", file.name(), name,
				cmp.Or(got, "nothing"), cmp.Or(want, "nothing"), file.from, event.from))
		}
	}
	return differences
}

func places(facts []fact) string {
	list := make([]string, len(facts))
	for i, f := range facts {
		list[i] = f.from
	}
	return strings.Join(list, ", ")
}

func words(fields map[string]string) string {
	list := make([]string, 0, len(fields))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		list = append(list, name+"="+fields[name])
	}
	return strings.Join(list, " ")
}
