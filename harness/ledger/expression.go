package ledger

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// costLimit bounds what one evaluation may cost, in CEL's units: about one per
// value looked at.
const costLimit = 5_000_000

// truth is the outcome of an expression. What lacks a field that the expression
// asks for is neither true nor false.
type truth int

const (
	undecided truth = iota
	no
	yes
)

// expression is a CEL expression that says true or false.
type expression struct {
	program cel.Program
	// at is where a part of it stands, for messages.
	at func(part int64) string
	// explain evaluates once more, with the values of all parts.
	explain func() (cel.Program, error)
	ast     *ast.AST
}

// language is what expressions may name.
type language struct {
	env               *cel.Env
	variables, fields []string // for messages
}

// languages are those of "when" and of "witness".
func languages(stores []string) (when, witness *language, err error) {
	base, err := cel.NewEnv(
		ext.Strings(), ext.Bindings(), cel.OptionalTypes(), cel.EnableIdentifierEscapeSyntax(),
		cel.ASTValidators(cel.ValidateRegexLiterals(), cel.ValidateTimestampLiterals(), cel.ValidateDurationLiterals()),
	)
	if err != nil {
		return nil, nil, fmt.Errorf("make expression environment: %w", err)
	}
	p := provider{Provider: base.CELTypeProvider(), records: records(stores)}
	if when, err = newLanguage(base, p, "legacy"); err != nil {
		return nil, nil, err
	}
	witness, err = newLanguage(base, p, "observation")
	return when, witness, err
}

// newLanguage knows request, fixture and an observation.
func newLanguage(base *cel.Env, p provider, observation string) (*language, error) {
	env, err := base.Extend(
		cel.CustomTypeProvider(p), cel.Variable("request", object("Request")),
		cel.Variable("fixture", object("Fixture")), cel.Variable(observation, object("Observation")),
	)
	if err != nil {
		return nil, fmt.Errorf("make expression environment: %w", err)
	}
	var fields []string
	for _, r := range p.records {
		fields = slices.AppendSeq(fields, maps.Keys(r))
	}
	return &language{env, []string{"fixture", observation, "request"}, fields}, nil
}

// compile checks an expression; what is wrong with it becomes problems of the
// node's file, each at its place in the text. It is nil then.
func (l *language) compile(n strictyaml.Node, src source) *expression {
	var text string
	if !n.String(&text) {
		return nil
	}
	if strings.TrimSpace(text) == "" {
		n.Problemf("the expression is empty")
		return nil
	}
	problem := func(line, column int, message string) {
		line, column = src.place(n, line, column)
		n.Doc().Problemf(line, column, "%s", message)
	}
	checked, issues := l.env.Compile(text)
	if issues.Err() != nil {
		for _, e := range issues.Errors() {
			column := e.Location.Column()
			if strings.HasPrefix(e.Message, "undefined field") {
				column++ // behind the dot
			}
			problem(e.Location.Line(), column, l.message(e.Message))
		}
		return nil
	}
	if t := checked.OutputType(); !t.IsExactType(cel.BoolType) {
		problem(1, 0, fmt.Sprintf("want an expression that says true or false, have one of type %s%s", t, compareHint(t)))
		return nil
	}
	return l.plan(n, src, checked)
}

func compareHint(t *cel.Type) string {
	if t.IsExactType(cel.DynType) {
		return "; compare the value, for example with == true"
	}
	return ""
}

func (l *language) plan(n strictyaml.Node, src source, checked *cel.Ast) *expression {
	program, err := l.env.Program(checked, cel.CostLimit(costLimit), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		n.Problemf("%s", l.message(err.Error()))
		return nil
	}
	return &expression{
		program: program, ast: checked.NativeRep(),
		at: func(part int64) string {
			start := checked.NativeRep().SourceInfo().GetStartLocation(part)
			line, column := src.place(n, start.Line(), start.Column())
			return fmt.Sprintf("%s:%d:%d", n.Doc().File, line, column)
		},
		explain: sync.OnceValues(func() (cel.Program, error) {
			return l.env.Program(checked, cel.CostLimit(costLimit), cel.EvalOptions(cel.OptTrackState))
		}),
	}
}

// message is what CEL says, in the words of this program.
func (l *language) message(text string) string {
	text, _ = strings.CutPrefix(text, "Syntax error: ")
	text = strings.ReplaceAll(text, "(in container '')", "")
	text = strings.TrimSpace(text)
	if name, ok := quotedAfter(text, "undeclared reference to '"); ok && !strings.Contains(text, "did you mean") {
		text += strictyaml.Suggest(name, l.variables)
	}
	if name, ok := quotedAfter(text, "undefined field '"); ok {
		text += strictyaml.Suggest(name, l.fields)
	}
	return "expression: " + text
}

func quotedAfter(text, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return "", false
	}
	name, _, ok := strings.Cut(rest, "'")
	return name, ok
}

// eval evaluates. The error says that the expression went wrong otherwise than
// by asking for what is not there.
func (e *expression) eval(vars map[string]any) (truth, error) {
	out, _, err := e.program.Eval(vars)
	if err != nil {
		if e.missing(err, vars) {
			return undecided, nil
		}
		part := e.ast.Expr().ID()
		if at, ok := errors.AsType[*types.Err](err); ok && at.NodeID() != 0 {
			part = at.NodeID()
		}
		hint := ""
		if strings.HasPrefix(err.Error(), "no such overload") {
			hint = " for values of these types; convert one of them, for example with double(x)"
		}
		return undecided, fmt.Errorf("%s: %w%s", e.at(part), err, hint)
	}
	if out == types.True {
		return yes, nil
	}
	return no, nil
}

// missing reports whether an evaluation ended because something is absent, null
// or beyond the end of a list.
func (e *expression) missing(err error, vars map[string]any) bool {
	text := err.Error()
	for _, absent := range []string{"no such key", "index out of bounds", "got 'types.Null', expected iterable"} {
		if strings.HasPrefix(text, absent) {
			return true
		}
	}
	var at *types.Err
	if !strings.HasPrefix(text, "no such overload") || !errors.As(err, &at) {
		return false
	}
	program, err := e.explain()
	if err != nil {
		return false
	}
	_, details, _ := program.Eval(vars)
	return details != nil && e.nullOperand(at.NodeID(), details)
}

// nullOperand reports whether a part of the expression was applied to null.
func (e *expression) nullOperand(id int64, details *cel.EvalDetails) bool {
	found := false
	ast.PreOrderVisit(e.ast.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.ID() != id || x.Kind() != ast.CallKind {
			return
		}
		operands := x.AsCall().Args()
		if x.AsCall().IsMemberFunction() {
			operands = append(slices.Clone(operands), x.AsCall().Target())
		}
		for _, o := range operands {
			v, ok := details.State().Value(o.ID())
			found = found || ok && v == types.NullValue || o.Kind() == ast.LiteralKind && o.AsLiteral() == types.NullValue
		}
	}))
	return found
}
