package poll

import "hash/fnv"

// standsOf tells one way in which a thing stands from another: a hash of the id of the
// event that tells it, never 0. The cursor carries it for each open thing, so it is
// short.
func standsOf(id string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	return max(h.Sum32(), 1)
}

// change notes how a thing stands, of which the event of the id tells and the one of the
// id first told first, and returns why that event is none to publish, "" if it is.
func (s sifted) change(cur cursor, id, first string) (reason string) {
	m, was := s.returned[first], cur.seen[first].stands
	if m.stands != 0 { // the same batch has it twice
		was = m.stands
	}
	m.stands = standsOf(id)
	s.returned[first] = m
	if was == 0 || was == m.stands {
		return repeatedUnchanged
	}
	return ""
}
