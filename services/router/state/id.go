package state

// packedChars is the length of the ids that the product makes: 128 bits in
// lower-case base32, of which the last character holds three.
const packedChars = 26

// packID returns an id of that form in 128 bits that order as the text does;
// false for any other.
func packID(id string) (hi, lo uint64, ok bool) {
	if len(id) != packedChars {
		return 0, 0, false
	}
	a, okA := digits(id[:12])
	b, okB := digits(id[12:24])
	c, okC := digits(id[24:25])
	last, okLast := lastDigit(id[25])
	return a<<4 | b>>56, b<<8 | c<<3 | last, okA && okB && okC && okLast
}

// digits reads five bits of each character, the digits of base32 before its
// letters as in Unicode.
func digits(text string) (n uint64, ok bool) {
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z':
			n = n<<5 | uint64(c-'a'+6)
		case c >= '2' && c <= '7':
			n = n<<5 | uint64(c-'2')
		default:
			return 0, false
		}
	}
	return n, true
}

// lastDigit reads the three bits of the character whose others are zero.
func lastDigit(c byte) (n uint64, ok bool) {
	switch {
	case c == '4':
		return 0, true
	case c >= 'a' && c <= 'y' && (c-'a')%4 == 0:
		return uint64(c-'a')/4 + 1, true
	default:
		return 0, false
	}
}

// unpackID appends the text of a packed id.
func unpackID(buf []byte, hi, lo uint64) []byte {
	a, b := hi>>4, hi<<56|lo>>8
	for shift := 55; shift >= 0; shift -= 5 {
		buf = append(buf, char(a>>shift&31))
	}
	for shift := 55; shift >= 0; shift -= 5 {
		buf = append(buf, char(b>>shift&31))
	}
	buf = append(buf, char(lo>>3&31))
	if last := byte(lo & 7); last > 0 {
		return append(buf, 'a'+4*(last-1))
	}
	return append(buf, '4')
}

func char(digit uint64) byte {
	if digit < 6 {
		return '2' + byte(digit)
	}
	return 'a' + byte(digit-6)
}
