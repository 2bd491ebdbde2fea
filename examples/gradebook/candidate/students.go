package main

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/graph-gophers/graphql-go"
)

// AdmitStudent refuses an address that is taken.
func (s *server) AdmitStudent(ctx context.Context, args struct {
	Input struct {
		Name         string
		Email, Notes *string
	}
},
) (*student, error) {
	r, in := of(ctx), args.Input
	email := r.set(in.Email)
	if email != nil {
		taken, err := there(ctx, "SELECT 1 FROM students WHERE email = $1", *email)
		if err != nil {
			return nil, err
		}
		if taken {
			return nil, fmt.Errorf("%s is somebody else's address", *email)
		}
	}
	columns, more := "name, email, notes", ""
	if r.broken("own-id") {
		columns, more = columns+", id", ", (SELECT max(id) + 1 FROM students)"
	}
	row, err := one[studentRow](ctx, "INSERT INTO students ("+columns+") VALUES ($1, $2, $3"+more+") RETURNING"+studentColumns, in.Name, email, r.set(in.Notes))
	if err != nil {
		return nil, err
	}
	return r.student(row), r.log(ctx, "event", "admit", "student", string(idOf(row.ID)))
}

// SetNotes replaces the notes on a student.
func (s *server) SetNotes(ctx context.Context, args struct {
	StudentID graphql.ID
	Notes     *string
},
) (*student, error) {
	r := of(ctx)
	if _, err := findStudent(ctx, args.StudentID); err != nil {
		return nil, err
	}
	row, err := one[studentRow](ctx, "UPDATE students SET notes = $1 WHERE id = $2 RETURNING"+studentColumns, r.set(args.Notes), string(args.StudentID))
	if err != nil {
		return nil, err
	}
	return r.student(row), nil
}

// AssignNumber keeps a number of any size, and its check digits.
func (s *server) AssignNumber(ctx context.Context, args struct {
	StudentID graphql.ID
	Number    string
},
) (*student, error) {
	r := of(ctx)
	if _, err := findStudent(ctx, args.StudentID); err != nil {
		return nil, err
	}
	n, err := pyInt(args.Number)
	if err != nil {
		return nil, err
	}
	if r.broken("fixed-unbounded-int") && !n.IsInt64() {
		return nil, fmt.Errorf("%s is no number", args.Number)
	}
	digit := new(big.Int).Mod(n, big.NewInt(97)) // Euclidean: as % of Python for a positive divisor
	if r.broken("fixed-floor-modulo") {
		digit.Rem(n, big.NewInt(97))
	}
	row, err := one[studentRow](ctx, "UPDATE students SET number = $1, digit = $2 WHERE id = $3 RETURNING"+studentColumns, n.String(), digit.Int64(), string(args.StudentID))
	if err != nil {
		return nil, err
	}
	return r.student(row), nil
}

type receipt struct {
	Number, Amount string
	Giver, Taker   *student
	At             instant
}

type transfer struct {
	Giver, Taker graphql.ID
	Amount       float64
}

// TransferCredits moves credits from one student to another.
func (s *server) TransferCredits(ctx context.Context, args transfer) (*receipt, error) {
	r := of(ctx)
	amount := quantize(args.Amount)
	if r.broken("fixed-half-even") {
		amount.SetFloat64(r.round(args.Amount, 2))
	}
	if amount.Sign() <= 0 {
		return nil, errors.New("nothing to give")
	}
	n, err := value[int64](ctx, r.receiptNumber())
	if err != nil {
		return nil, err
	}
	exact := amount.FloatString(2)
	if err := r.move(ctx, args, amount, exact); err != nil {
		return nil, err
	}
	out := &receipt{Number: fmt.Sprintf("R-%06d", n), Amount: r.decimal(exact), At: instant(r.now)}
	if err := exec(ctx, "INSERT INTO audit.receipts (number, giver, taker, amount, at) VALUES ($1, $2, $3, $4, $5)",
		out.Number, string(args.Giver), string(args.Taker), exact, r.now); err != nil {
		return nil, err
	}
	if err := r.log(ctx, "event", "transfer", "receipt", out.Number, "amount", out.Amount); err != nil {
		return nil, err
	}
	giver, err := findStudent(ctx, args.Giver)
	if err != nil {
		return nil, err
	}
	taker, err := findStudent(ctx, args.Taker)
	if err != nil {
		return nil, err
	}
	out.Giver, out.Taker = r.student(giver), r.student(taker)
	return out, nil
}

func (r *request) receiptNumber() string {
	if r.broken("wrong-sequence") {
		return "SELECT nextval('audit.changes_id_seq')"
	}
	if r.broken("own-number") {
		return "SELECT max(substr(number, 3)::bigint) + 1 FROM audit.receipts"
	}
	return "SELECT nextval('audit.receipt_numbers')"
}

func (r *request) move(ctx context.Context, args transfer, amount *big.Rat, exact string) error {
	if _, err := findStudent(ctx, args.Taker); err != nil {
		return err
	}
	giver, err := findStudent(ctx, args.Giver)
	if err != nil {
		return err
	}
	const add = "UPDATE students SET credits = credits + $1 WHERE id = $2"
	if r.broken("outside-transaction") {
		if _, err := r.db.Exec(ctx, add, exact, string(args.Taker)); err != nil {
			return err
		}
	}
	if have, _ := new(big.Rat).SetString(giver.Credits); have.Cmp(amount) < 0 {
		return fmt.Errorf("%s credits are not enough", r.decimal(giver.Credits))
	}
	if err := exec(ctx, "UPDATE students SET credits = credits - $1 WHERE id = $2", exact, string(args.Giver)); err != nil {
		return err
	}
	if r.broken("outside-transaction") {
		return nil
	}
	return exec(ctx, add, exact, string(args.Taker))
}
