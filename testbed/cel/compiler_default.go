//go:build !v131

package main

import authenticationcel "k8s.io/apiserver/pkg/authentication/cel"

func newCompiler() authenticationcel.Compiler { return authenticationcel.NewDefaultCompiler() }
