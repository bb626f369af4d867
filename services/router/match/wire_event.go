package match

// readWire fills the slots from the bytes of an event. It reports false for
// bytes that are not quite usual: a message that comes twice and must be
// merged, two payloads, a text that is no UTF-8, anything malformed.
func (m *Matcher) readWire(data []byte) bool {
	v := m.values
	for _, slot := range [...]int{slotID, slotSource, slotVendor, slotNativeID, slotEntity, slotSeverity, slotTitle, slotURL, slotRaw} {
		v[slot].present = true
	}
	r := reader{data: data, ok: true}
	for r.more() {
		switch tag := r.varint(); tag {
		case 1<<3 | bytesTag:
			v[slotID].text = r.text()
		case 2<<3 | bytesTag:
			v[slotSource].text = r.text()
		case 3<<3 | varintTag:
			v[slotVendor] = r.enum()
		case 4<<3 | bytesTag:
			v[slotNativeID].text = r.text()
		case 5<<3 | bytesTag:
			m.skeleton.occurredAt = m.wireStamp(&r, slotOccurredAt)
		case 6<<3 | bytesTag:
			m.skeleton.observedAt = m.wireStamp(&r, slotObservedAt)
		case 7<<3 | bytesTag:
			v[slotEntity].text = r.text()
		case 8<<3 | varintTag:
			v[slotSeverity] = r.enum()
		case 9<<3 | bytesTag:
			m.wireLabel(&r)
		case 10<<3 | bytesTag:
			v[slotTitle].text = r.text()
		case 11<<3 | bytesTag:
			v[slotURL].text = r.text()
		case 12<<3 | bytesTag:
			m.wireAnomaly(&r)
		case 13<<3 | bytesTag:
			m.wireFeedback(&r)
		case 14<<3 | bytesTag:
			m.wireTraffic(&r)
		case 15<<3 | bytesTag:
			v[slotRaw].text = r.text()
		default:
			r.unknown(tag, 15)
		}
	}
	return r.ok
}

// wireStamp reads a timestamp.
func (m *Matcher) wireStamp(outer *reader, slot int) stamp {
	if m.values[slot].present {
		outer.ok = false
	}
	m.values[slot].present = true
	r := outer.message()
	var s stamp
	for r.more() {
		switch tag := r.varint(); tag {
		case 1<<3 | varintTag:
			s.seconds = int64(r.varint())
		case 2<<3 | varintTag:
			s.nanos = int32(r.varint())
		default:
			r.unknown(tag, 2)
		}
	}
	outer.ok = r.ok
	return s
}

// wireLabel reads an entry of the labels; a later one of the same key wins.
func (m *Matcher) wireLabel(outer *reader) {
	r := outer.message()
	var key, text string
	for r.more() {
		switch r.varint() {
		case 1<<3 | bytesTag:
			key = r.text()
		case 2<<3 | bytesTag:
			text = r.text()
		default:
			r.ok = false
		}
	}
	if slot, wanted := m.index.slots.labels[key]; wanted {
		m.values[slot] = textValue(text)
	}
	outer.ok = r.ok
}

// wirePayload begins a payload, of which there is one.
func (m *Matcher) wirePayload(outer *reader, kind, slot int) reader {
	if m.kind != kindNone {
		outer.ok = false
	}
	m.kind = kind
	m.values[slot].present = true
	return outer.message()
}

func (m *Matcher) wireAnomaly(outer *reader) {
	r := m.wirePayload(outer, kindAnomaly, slotAnomaly)
	v := m.values
	for _, slot := range [...]int{slotMetric, slotAlertID, slotAnomalyID, slotDetector, slotScore, slotValue, slotDirection, slotPhase} {
		v[slot].present = true
	}
	for r.more() {
		switch tag := r.varint(); tag {
		case 1<<3 | bytesTag:
			v[slotMetric].text = r.text()
		case 2<<3 | bytesTag:
			v[slotAlertID].text = r.text()
		case 3<<3 | bytesTag:
			v[slotAnomalyID].text = r.text()
		case 4<<3 | bytesTag:
			v[slotDetector].text = r.text()
		case 5<<3 | doubleTag:
			v[slotScore] = numberValue(r.double())
		case 6<<3 | doubleTag:
			v[slotValue] = numberValue(r.double())
		case 7<<3 | doubleTag:
			v[slotLower] = numberValue(r.double())
		case 8<<3 | doubleTag:
			v[slotUpper] = numberValue(r.double())
		case 9<<3 | varintTag:
			v[slotDirection] = r.enum()
		case 10<<3 | varintTag:
			v[slotPhase] = r.enum()
		case 11<<3 | bytesTag:
			m.wireStamp(&r, slotStartedAt)
		case 12<<3 | bytesTag:
			m.wireStamp(&r, slotEndedAt)
		default:
			r.unknown(tag, 12)
		}
	}
	outer.ok = outer.ok && r.ok
}

func (m *Matcher) wireFeedback(outer *reader) {
	r := m.wirePayload(outer, kindFeedback, slotFeedback)
	v := m.values
	for _, slot := range [...]int{slotVerdict, slotComment, slotUser, slotFeedbackAlertID, slotAlertTitle, slotFeedbackAnomalyID} {
		v[slot].present = true
	}
	for r.more() {
		switch tag := r.varint(); tag {
		case 1<<3 | varintTag:
			v[slotVerdict] = r.enum()
		case 2<<3 | bytesTag:
			v[slotComment].text = r.text()
		case 3<<3 | bytesTag:
			v[slotUser].text = r.text()
		case 4<<3 | bytesTag:
			v[slotFeedbackAlertID].text = r.text()
		case 5<<3 | bytesTag:
			v[slotAlertTitle].text = r.text()
		case 6<<3 | bytesTag:
			v[slotFeedbackAnomalyID].text = r.text()
		default:
			r.unknown(tag, 6)
		}
	}
	outer.ok = outer.ok && r.ok
}

func (m *Matcher) wireTraffic(outer *reader) {
	r := m.wirePayload(outer, kindTraffic, slotTraffic)
	for r.more() {
		switch tag := r.varint(); tag {
		case 1<<3 | bytesTag:
			m.wireStamp(&r, slotWindowStart)
		case 2<<3 | bytesTag:
			m.wireStamp(&r, slotWindowEnd)
		case 3<<3 | bytesTag:
			m.wireMeasure(&r)
		default:
			r.unknown(tag, 3)
		}
	}
	outer.ok = outer.ok && r.ok
}

// wireMeasure reads an entry of the measures; a later one of the same key wins.
func (m *Matcher) wireMeasure(outer *reader) {
	r := outer.message()
	var key string
	var f float64
	for r.more() {
		switch r.varint() {
		case 1<<3 | bytesTag:
			key = r.text()
		case 2<<3 | doubleTag:
			f = r.double()
		default:
			r.ok = false
		}
	}
	if slot, wanted := m.index.slots.measures[key]; wanted {
		m.values[slot] = numberValue(f)
	}
	outer.ok = r.ok
}
