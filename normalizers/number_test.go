package normalizers

import (
	"math/big"
	"strconv"
	"strings"
	"testing"
)

// exact reads a number of a moderate exponent.
func exact(s string) (*big.Rat, bool) {
	_, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	if n, err := strconv.Atoi("0" + strings.TrimLeft(exponent, "+-")); err != nil || n > 1000 {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

func TestCanonicalNumbers(t *testing.T) {
	for _, test := range []struct{ literal, want string }{
		{"1", "1"},
		{"1.0", "1"},
		{"100", "100"},
		{"1e2", "100"},
		{"1E+2", "100"},
		{"-0.0", "0"},
		{"0e99", "0"},
		{"0.10", "1e-1"},
		{"1.5", "15e-1"},
		{"1e21", "1e21"},
		{"12345678901234567890123", "12345678901234567890123e0"},
		{"1e99999999999999999999", "1e99999999999999999999"},
		{"10e99999999999999999998", "1e99999999999999999999"},
		{"1e-99999999999999999999", "1e-99999999999999999999"},
		{"1e2147483648", "1e2147483648"},
	} {
		if got := canonicalNumber(test.literal); got != test.want {
			t.Errorf("%s is %s, want %s", test.literal, got, test.want)
		}
	}
}
