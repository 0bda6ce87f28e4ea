"""Which prompt, model and guardrail versions are live for a use case, and experiments between them."""
