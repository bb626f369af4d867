package match

import (
	"bytes"
	"slices"
)

// manyChildren is from how many on a search in one go is quicker.
const manyChildren = 8

// automaton finds literals in the text of a slot in one pass (Aho and
// Corasick, 1975). Its nodes are numbered breadth first, so that the children
// of a node lie side by side.
type automaton struct {
	slot   int32
	first  []int32 // the first child of a node; its children end where the next node's begin
	label  []byte  // the byte that leads to a node
	fail   []int32 // the node of the longest proper suffix
	hit    []int32 // the nearest node, this one or along fail, that ends a literal; 0 for none
	group  []int32 // what is found at a node that ends a literal
	starts [256]int32
	steps  transitions
}

// newAutomaton builds the automaton of literals, which are sorted and unique;
// the literal at place i leads to groups[i].
func newAutomaton(slot int32, literals []string, groups []int32) *automaton {
	a := &automaton{slot: slot}
	type span struct{ from, to, depth int }
	queue := []span{{0, len(literals), 0}}
	a.label = []byte{0}
	for node := 0; node < len(queue); node++ {
		s := queue[node]
		group := int32(-1)
		if s.depth > 0 && len(literals[s.from]) == s.depth {
			group = groups[s.from]
			s.from++
		}
		a.group = append(a.group, group)
		a.first = append(a.first, int32(len(queue)))
		for s.from < s.to {
			b := literals[s.from][s.depth]
			length := slices.IndexFunc(literals[s.from:s.to], func(l string) bool { return l[s.depth] != b })
			if length < 0 {
				length = s.to - s.from
			}
			queue = append(queue, span{s.from, s.from + length, s.depth + 1})
			a.label = append(a.label, b)
			s.from += length
		}
	}
	a.first = append(a.first, int32(len(queue)))
	a.link()
	a.steps = newTransitions(a)
	return a
}

// link sets where to go on when no child fits.
func (a *automaton) link() {
	nodes := len(a.group)
	a.fail, a.hit = make([]int32, nodes), make([]int32, nodes)
	for child := a.first[0]; child < a.first[1]; child++ {
		a.starts[a.label[child]] = child
	}
	for node := range nodes {
		if a.group[node] >= 0 {
			a.hit[node] = int32(node)
		} else {
			a.hit[node] = a.hit[a.fail[node]]
		}
		for child := a.first[node]; child < a.first[node+1]; child++ {
			if node > 0 {
				a.fail[child] = a.next(a.fail[node], a.label[child])
			}
		}
	}
}

// next returns the node behind node and the byte.
func (a *automaton) next(node int32, b byte) int32 {
	for node != 0 {
		from, to := a.first[node], a.first[node+1]
		if to-from > manyChildren {
			if i := bytes.IndexByte(a.label[from:to], b); i >= 0 {
				return from + int32(i)
			}
			from = to
		}
		for ; from < to; from++ {
			if a.label[from] == b {
				return from
			}
		}
		node = a.fail[node]
	}
	return a.starts[b]
}

// scan visits what the literals in the matcher's text lead to.
func (a *automaton) scan(m *Matcher) {
	text := m.values[a.slot].text
	if a.steps.next != nil {
		a.stepThrough(m, text)
		return
	}
	node := int32(0)
	for i := range len(text) {
		node = a.next(node, text[i])
		a.visit(m, node)
	}
}

// visit visits what the literals that end at a node lead to.
func (a *automaton) visit(m *Matcher, node int32) {
	for hit := a.hit[node]; hit != 0; hit = a.hit[a.fail[hit]] {
		m.visitOnce(a.group[hit])
	}
}
