"""One way to execute on graphql-core 2 (Debian 12) and 3 (later)."""
import logging

try:
    from graphql import build_schema, graphql_sync
except ImportError:
    from graphql import graphql, parse
    from graphql.error import format_error
    from graphql.utils.build_ast_schema import build_ast_schema

    logging.disable(logging.ERROR)  # it logs what clients do wrong

    def build(sdl, resolvers):
        schema = build_ast_schema(parse(sdl))
        schema.get_type("DateTime").serialize = str
        for root, module in zip((schema.get_query_type(), schema.get_mutation_type()), resolvers):
            for name, field in root.fields.items():
                field.resolver = getattr(module, name)
        return schema

    def execute(schema, body, context):
        """Gives data, errors, and whether the request could not be executed at all."""
        result = graphql(schema, body["query"], None, context, body.get("variables"), body.get("operationName"))
        return result.data, [format_error(e) for e in result.errors or []], result.invalid
else:
    def build(sdl, resolvers):
        schema = build_schema(sdl)
        schema.get_type("DateTime").serialize = str
        for root, module in zip((schema.query_type, schema.mutation_type), resolvers):
            for name, field in root.fields.items():
                field.resolve = getattr(module, name)
        return schema

    def execute(schema, body, context):
        """Gives data, errors, and whether the request could not be executed at all."""
        result = graphql_sync(schema, body["query"], None, context, body.get("variables"), body.get("operationName"))
        errors = result.errors or []
        return result.data, [e.formatted for e in errors], any(e.path is None for e in errors)
