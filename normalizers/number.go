package normalizers

import (
	"math/big"
	"strconv"
	"strings"
)

// canonicalNumber is one text for all literals of one decimal value: "1", "1.0"
// and "10e-1" are "1". Large exponents stay exponents, so that the text is never
// much longer than the literal.
func canonicalNumber(literal string) string {
	if plainInteger(literal) {
		return literal
	}
	mantissa, exponent, _ := strings.Cut(strings.Replace(literal, "E", "e", 1), "e")
	sign := ""
	if strings.HasPrefix(mantissa, "-") {
		sign, mantissa = "-", mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return "0"
	}
	significant := strings.TrimRight(digits, "0")
	shift := len(digits) - len(significant) - len(fraction)
	exp, ok := addExponent(exponent, shift)
	if !ok {
		return sign + significant + "e" + bigExponent(exponent, shift)
	}
	if exp >= 0 && len(significant)+exp <= 21 {
		return sign + significant + strings.Repeat("0", exp)
	}
	return sign + significant + "e" + strconv.Itoa(exp)
}

// plainInteger reports whether the literal is its own canonical text.
func plainInteger(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || len(digits) > 21 || digits[0] == '0' && s != "0" {
		return false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return false
		}
	}
	return true
}

func addExponent(exponent string, shift int) (int, bool) {
	if exponent == "" {
		return shift, true
	}
	n, err := strconv.ParseInt(exponent, 10, 32)
	return int(n) + shift, err == nil
}

// bigExponent adds where the exponent is beyond what any machine number holds.
func bigExponent(exponent string, shift int) string {
	n, _ := new(big.Int).SetString(strings.TrimPrefix(exponent, "+"), 10)
	if n == nil {
		n = new(big.Int)
	}
	return n.Add(n, big.NewInt(int64(shift))).String()
}
