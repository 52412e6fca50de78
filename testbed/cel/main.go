// Compiles and evaluates expressions as kube-apiserver does for AuthenticationConfiguration, with the server's own packages.
//
//	cel < CASES.jsonl > ANSWERS.jsonl
//
// A case: {"variable": "claims"|"user", "condition": bool, "expression": text, "value": {…}, "now"?}. An answer: {"compile": error} or
// {"type": type of the value, "value": JSON where it has one, "error": error of the evaluation}.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"reflect"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	authenticationcel "k8s.io/apiserver/pkg/authentication/cel"
)

type question struct {
	Variable   string          `json:"variable"`
	Condition  bool            `json:"condition"`
	Expression string          `json:"expression"`
	Value      json.RawMessage `json:"value"`
}

type answer struct {
	Compile string `json:"compile,omitempty"`
	Error   string `json:"error,omitempty"`
	Type    string `json:"type,omitempty"`
	Value   any    `json:"value,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	compiler := newCompiler()
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			log.Fatal(err)
		}
		if err := out.Encode(reply(compiler, asked)); err != nil {
			log.Fatal(err)
		}
	}
}

func reply(compiler authenticationcel.Compiler, asked question) answer {
	compile := compiler.CompileClaimsExpression
	if asked.Variable == "user" {
		compile = compiler.CompileUserExpression
	}
	var accessor authenticationcel.ExpressionAccessor = &authenticationcel.ClaimMappingExpression{Expression: asked.Expression}
	if asked.Condition {
		accessor = &authenticationcel.ClaimValidationCondition{Expression: asked.Expression}
	}
	compiled, err := compile(accessor)
	if err != nil {
		return answer{Compile: err.Error()}
	}
	var value map[string]any
	if err := utiljson.Unmarshal(asked.Value, &value); err != nil {
		log.Fatal(err)
	}
	result, _, err := compiled.Program.ContextEval(context.Background(), map[string]any{asked.Variable: value})
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Type: result.Type().TypeName(), Value: shown(result)}
}

func shown(value ref.Val) any {
	if value.Type() == types.IntType || value.Type() == types.UintType {
		return fmt.Sprint(value.Value())
	}
	converted, err := value.ConvertToNative(reflect.TypeOf(&structpb.Value{}))
	if err != nil {
		return nil
	}
	text, err := protojson.Marshal(converted.(*structpb.Value))
	if err != nil {
		return nil
	}
	return json.RawMessage(text)
}
