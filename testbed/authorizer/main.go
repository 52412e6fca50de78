// Answers requests with upstream's own RBAC authorizer, for the bench: how many decisions a second, and how many it allows.
//
//	authorizer OBJECTS.json REQUESTS.json
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	rbaclisters "k8s.io/client-go/listers/rbac/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"
)

type request struct {
	User struct {
		Username string
		Groups   []string
	}
	Verb, APIGroup, Resource, Subresource, Namespace, Name string
}

func read(path string, into any) {
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		log.Fatalf("%s: %v", path, err)
	}
}

func main() {
	var objects []json.RawMessage
	var requests []request
	read(os.Args[1], &objects)
	read(os.Args[2], &requests)
	// The listers and indexers that the API server has.
	byNamespace := cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc}
	stores := map[string]cache.Indexer{}
	for _, kind := range []string{"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"} {
		stores[kind] = cache.NewIndexer(cache.MetaNamespaceKeyFunc, byNamespace)
	}
	for _, text := range objects {
		var kind struct{ Kind string }
		_ = json.Unmarshal(text, &kind)
		object := map[string]any{"Role": &rbacv1.Role{}, "ClusterRole": &rbacv1.ClusterRole{}, "RoleBinding": &rbacv1.RoleBinding{}, "ClusterRoleBinding": &rbacv1.ClusterRoleBinding{}}[kind.Kind]
		if err := json.Unmarshal(text, object); err != nil {
			log.Fatal(err)
		}
		_ = stores[kind.Kind].Add(object)
	}
	authorize := rbac.New(
		&rbac.RoleGetter{Lister: rbaclisters.NewRoleLister(stores["Role"])},
		&rbac.RoleBindingLister{Lister: rbaclisters.NewRoleBindingLister(stores["RoleBinding"])},
		&rbac.ClusterRoleGetter{Lister: rbaclisters.NewClusterRoleLister(stores["ClusterRole"])},
		&rbac.ClusterRoleBindingLister{Lister: rbaclisters.NewClusterRoleBindingLister(stores["ClusterRoleBinding"])},
	)
	allowed := 0
	start := time.Now()
	for _, one := range requests {
		decision, _, _ := authorize.Authorize(context.Background(), authorizer.AttributesRecord{
			User: &user.DefaultInfo{Name: one.User.Username, Groups: one.User.Groups}, Verb: one.Verb, APIGroup: one.APIGroup, APIVersion: "v1",
			Resource: one.Resource, Subresource: one.Subresource, Namespace: one.Namespace, Name: one.Name, ResourceRequest: true,
		})
		if decision == authorizer.DecisionAllow {
			allowed++
		}
	}
	fmt.Printf("{\"seconds\": %f, \"allowed\": %d}\n", time.Since(start).Seconds(), allowed)
}
