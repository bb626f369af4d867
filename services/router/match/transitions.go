package match

import "slices"

// maxTransitions bounds the table of an automaton; a larger one goes along its
// nodes.
const maxTransitions = 1 << 19

// transitions is an automaton written out: where each byte leads from each node,
// one look-up for a byte of a text. Bytes that are in no literal are alike.
type transitions struct {
	class [256]uint8
	width int32
	// next is by node and class; where a literal ends, it is the complement.
	next []int32
}

// newTransitions returns the table, without next where it would be too large.
func newTransitions(a *automaton) transitions {
	t := transitions{width: 1}
	for _, b := range a.label[1:] {
		if t.class[b] == 0 && t.width < 256 {
			t.class[b] = uint8(t.width)
			t.width++
		}
	}
	nodes := len(a.group)
	if t.width == 256 || nodes*int(t.width) > maxTransitions {
		return t
	}
	t.next = make([]int32, 0, nodes*int(t.width))
	for node := range int32(nodes) {
		row := slices.Clone(t.row(a.fail[node])) // of a node before this one
		if node == 0 {
			row = make([]int32, t.width)
		}
		for child := a.first[node]; child < a.first[node+1]; child++ {
			row[t.class[a.label[child]]] = child
			if a.hit[child] != 0 {
				row[t.class[a.label[child]]] = ^child
			}
		}
		t.next = append(t.next, row...)
	}
	return t
}

// row returns where bytes lead from a node; nothing before there is any.
func (t *transitions) row(node int32) []int32 {
	if len(t.next) == 0 {
		return nil
	}
	return t.next[node*t.width : (node+1)*t.width]
}

// stepThrough visits what the literals in the text lead to.
func (a *automaton) stepThrough(m *Matcher, text string) {
	t, node := &a.steps, int32(0)
	for i := range len(text) {
		node = t.next[node*t.width+int32(t.class[text[i]])]
		if node < 0 {
			node = ^node
			a.visit(m, node)
		}
	}
}
