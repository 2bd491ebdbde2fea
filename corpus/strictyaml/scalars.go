package strictyaml

import "gopkg.in/yaml.v3"

// Scalars visits every scalar value below the node.
func (n Node) Scalars(visit func(Node)) {
	if n.Node == nil {
		return
	}
	if n.Kind == yaml.ScalarNode {
		visit(n)
	}
	for _, c := range n.Content {
		n.Of(c).Scalars(visit)
	}
}
