//go:build v131

package main

import (
	authenticationcel "k8s.io/apiserver/pkg/authentication/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// Before 1.34 the environment is asked for by version and gate.
func newCompiler() authenticationcel.Compiler {
	return authenticationcel.NewCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion(), true))
}
